import { type Bytes, GIB } from '../quantity.ts';
import { type Chip, type ChipName, chipOf, ratiosOf } from './chips.ts';
import { ethashByRow } from './ethash.ts';
import { geForceGtx } from './geforce-gtx.ts';
import { geForceMore } from './geforce-more.ts';
import { geForceNew } from './geforce-new.ts';
import { geForceRtx } from './geforce-rtx.ts';
import { intelArc } from './intel-arc.ts';
import { launchPriceUsdByRow } from './launch-prices.ts';
import { matrixFp16TflopsByRow } from './matrix-figures.ts';
import type { CardModel, PcieLink, Vendor } from './model.ts';
import { cardNotes } from './notes.ts';
import { nvidiaLaptop } from './nvidia-laptop.ts';
import { nvidiaMining } from './nvidia-mining.ts';
import { nvidiaProfessional } from './nvidia-professional.ts';
import { nvidiaProfessionalMore } from './nvidia-professional-more.ts';
import { radeon } from './radeon.ts';
import { radeonMore } from './radeon-more.ts';
import type { CardRow, Figure, VramVariant } from './row.ts';
import { stockThrottleByRow } from './throttles.ts';
import { vramVariants } from './variants.ts';

const sourceNames: Readonly<Record<string, string>> = {
  tpu: 'TechPowerUp',
  wiki: 'Wikipedia',
  fluid: 'FluidX3D',
  hf: 'Hugging Face tasks',
  ids: 'pci.ids',
  ms: 'minerstat 2021',
  eth: 'ethereum-emissions benchmarks',
  hand: 'entered by hand (chip, year, VRAM)',
  spec: 'the maker’s specification (lanes, clocks, bus, power), entered by hand and checked by arithmetic',
};

const pciVendors: Readonly<Record<Vendor, string>> = { nvidia: '10de', amd: '1002', intel: '8086' };

const rows: readonly CardRow[] = [
  ...geForceGtx,
  ...geForceMore,
  ...geForceRtx,
  ...geForceNew,
  ...nvidiaLaptop,
  ...nvidiaMining,
  ...nvidiaProfessional,
  ...nvidiaProfessionalMore,
  ...radeon,
  ...radeonMore,
  ...intelArc,
];

/**
 * Every card model: 119 as collected in November 2026 from TechPowerUp, Wikipedia, FluidX3D, pci.ids, Hugging Face
 * tasks and minerstat (each with its own `sources`), and the same names with another amount of VRAM.
 * VRAM, bandwidth, compute capability and gfx target are of high trust; FP32 and board power of medium trust.
 */
export const cardModels: readonly CardModel[] = rows.flatMap(modelsOf);

/** A name without the kind and amount of its VRAM: `GTX 1060 6GB` → `GTX 1060`, `GTX 1650 GDDR6` → `GTX 1650`. */
function familyOf(name: string): string {
  return name.replace(/ (\d+GB|GDDR\dX?)$/, '');
}

function modelsOf(row: CardRow): readonly CardModel[] {
  const [name, , , vramGib] = row;
  const family = familyOf(name);
  const variants = vramVariants.filter((variant) => variant.name === family);
  const ownName = variants.length > 0 && vramGib !== null ? `${family} ${vramGib}GB` : name;
  const own = modelOf(row, ownName);
  return [own, ...variants.map((variant) => variantOf(own, variant))];
}

function variantOf(own: CardModel, variant: VramVariant): CardModel {
  const name = `${own.family} ${variant.vramGib}GB`;
  const bandwidth = variant.bandwidthGigabytesPerSecond;
  return {
    ...own,
    ...(bandwidth === undefined ? {} : { memoryBandwidthBytesPerSecond: bandwidth * 1e9 }),
    modelId: modelIdOf(name),
    name,
    vramBytes: variant.vramGib * GIB,
    vramBasis: variant.basis,
    sources: `${own.sources}; its VRAM: ${variant.source}`,
  };
}

function modelOf(row: CardRow, name: string): CardModel {
  const [rowName, chipName, releaseYear, vramGib, memory, boardPowerWatts, link, fp32, ids, keys] = row;
  const chip = chipOf(chipName);
  const family = familyOf(rowName);
  return {
    modelId: modelIdOf(name),
    name,
    family,
    chip: chipName,
    ...chip,
    ...present('releaseYear', releaseYear),
    ...present<'vramBytes', Bytes>('vramBytes', vramGib === null ? null : vramGib * GIB),
    vramBasis: 'sold',
    ...present('memoryBandwidthBytesPerSecond', bandwidthOf(memory)),
    ...present('boardPowerWatts', boardPowerWatts),
    ...present('pcieLink', link === null ? null : linkOf(link)),
    ...computeOf(row, chipName, tflopsOf(fp32)),
    pciIds: pciIdsOf(chip, ids),
    ...(nvidiaLaptop.includes(row) ? { isMobile: true } : {}),
    ...present('ethash', ethashByRow.get(rowName) ?? null),
    ...present('launchPriceUsd', launchPriceUsdByRow[rowName] ?? null),
    isMiningOnly: nvidiaMining.includes(row),
    ...present('stockThrottle', stockThrottleByRow[rowName] ?? null),
    ...cardNotes[rowName],
    sources: keys
      .split(' ')
      .map((key) => sourceNames[key] ?? key)
      .join(', '),
  };
}

function modelIdOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function pciIdsOf(chip: Chip, ids: string): readonly string[] {
  return ids === '' ? [] : ids.split(' ').map((id) => `${pciVendors[chip.vendor]}:${id}`);
}

/** Bytes a second: bus bits x Gbit/s a pin, or 10⁹ bytes a second as published. */
function bandwidthOf(memory: Figure | null): number | null {
  if (memory === null || typeof memory === 'number') return memory === null ? null : memory * 1e9;
  const [busBits = 0, gigabitsPerPin = 0] = memory.split('x').map(Number);
  return Math.round((busBits * gigabitsPerPin) / 0.8) * 1e8;
}

/** Lanes x MHz, each lane a multiplication and an addition a cycle, or TFLOPS as published. */
function tflopsOf(fp32: Figure | null): number | null {
  if (fp32 === null || typeof fp32 === 'number') return fp32;
  const [laneCount = 0, clockMhz = 0] = fp32.split('x').map(Number);
  return Number(((2 * laneCount * clockMhz) / 1e6).toPrecision(4));
}

type Compute = Pick<CardModel, 'fp32Tflops' | 'fp16Tflops' | 'matrixFp16Tflops' | 'int8DotTops'>;

/** FP32, and what follows from it by the chip's ratios where the maker gives no figure of its own. */
function computeOf([rowName]: CardRow, chipName: ChipName, fp32Tflops: number | null): Compute {
  if (fp32Tflops === null) return {};
  const { fp16, int8Dot, matrixFp16 } = ratiosOf(chipName);
  const times = (ratio: number | null) => (ratio === null ? null : Number((ratio * fp32Tflops).toPrecision(4)));
  return {
    fp32Tflops,
    ...present('fp16Tflops', times(fp16)),
    ...present('matrixFp16Tflops', matrixFp16TflopsByRow[rowName] ?? times(matrixFp16)),
    ...present('int8DotTops', times(int8Dot)),
  };
}

/** `4x16` → generation 4, 16 lanes. */
function linkOf(link: string): PcieLink {
  const [generation = 0, laneCount = 0] = link.split('x').map(Number);
  return { generation, laneCount };
}

/** An object with the one key, or none where the value is not known. */
function present<Key extends string, Value>(key: Key, value: Value | null): { readonly [K in Key]?: Value } {
  const none: { readonly [K in Key]?: Value } = {};
  return value === null ? none : { ...none, [key]: value };
}
