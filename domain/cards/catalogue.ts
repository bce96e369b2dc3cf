import { type Bytes, GIB } from '../quantity.ts';
import { type Chip, chipOf } from './chips.ts';
import { geForceGtx } from './geforce-gtx.ts';
import { geForceRtx } from './geforce-rtx.ts';
import type { CardModel, PcieLink, Vendor } from './model.ts';
import { cardNotes } from './notes.ts';
import { nvidiaMining } from './nvidia-mining.ts';
import { nvidiaProfessional } from './nvidia-professional.ts';
import { radeon } from './radeon.ts';
import type { CardRow, VramVariant } from './row.ts';
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
};

const pciVendors: Readonly<Record<Vendor, string>> = { nvidia: '10de', amd: '1002', intel: '8086' };

const rows: readonly CardRow[] = [...geForceGtx, ...geForceRtx, ...nvidiaMining, ...nvidiaProfessional, ...radeon];

/**
 * Every card model: 119 as collected in November 2026 from TechPowerUp, Wikipedia, FluidX3D, pci.ids, Hugging Face
 * tasks and minerstat (each with its own `sources`), and the same names with another amount of VRAM.
 * VRAM, bandwidth, compute capability and gfx target are of high trust; FP32 and board power of medium trust.
 */
export const cardModels: readonly CardModel[] = rows.flatMap(modelsOf);

/** A name without the amount of VRAM at its end: `GTX 1060 6GB` → `GTX 1060`. */
function familyOf(name: string): string {
  return name.replace(/ \d+GB$/, '');
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
  const [rowName, chipName, releaseYear, vramGib, bandwidth, boardPowerWatts, link, fp32Tflops, ids, keys] = row;
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
    ...present('memoryBandwidthBytesPerSecond', bandwidth === null ? null : bandwidth * 1e9),
    ...present('boardPowerWatts', boardPowerWatts),
    ...present('pcieLink', link === null ? null : linkOf(link)),
    ...present('fp32Tflops', fp32Tflops),
    pciIds: pciIdsOf(chip, ids),
    isMiningOnly: nvidiaMining.includes(row),
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
