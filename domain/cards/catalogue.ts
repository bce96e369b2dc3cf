import { type Bytes, GIB } from '../quantity.ts';
import { type Chip, chipOf } from './chips.ts';
import { ethashByRow } from './ethash.ts';
import { geForceGtx } from './geforce-gtx.ts';
import { geForceRtx } from './geforce-rtx.ts';
import { intelArc } from './intel-arc.ts';
import { launchPriceUsdByRow } from './launch-prices.ts';
import type { CardModel, Vendor } from './model.ts';
import { cardNotes } from './notes.ts';
import { nvidiaLaptop } from './nvidia-laptop.ts';
import { nvidiaMining } from './nvidia-mining.ts';
import { nvidiaProfessional } from './nvidia-professional.ts';
import { radeon } from './radeon.ts';
import type { CardRow, VramVariant } from './row.ts';
import { bandwidthOf, computeOf, linkOf, present, tflopsOf } from './row-figures.ts';
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
  falcon: 'GPU Falcon Research, May 2026 (sixteen cards), at the clock of a Tesla V100',
  spec: 'the maker’s specification (lanes, clocks, bus, power), entered by hand and checked by arithmetic',
};

const pciVendors: Readonly<Record<Vendor, string>> = { nvidia: '10de', amd: '1002', intel: '8086' };

const rows: readonly CardRow[] = [
  ...geForceGtx,
  ...geForceRtx,
  ...nvidiaLaptop,
  ...nvidiaMining,
  ...nvidiaProfessional,
  ...radeon,
  ...intelArc,
];

/** What a model was made from: a row, and the variant where it is the row's card with another amount of VRAM. */
export interface Origin {
  readonly row: CardRow;
  readonly variant?: VramVariant;
}

interface Entry extends Origin {
  readonly model: CardModel;
}

const variantsByFamily = Map.groupBy(vramVariants, ({ name }) => name);
const mobileRows: ReadonlySet<CardRow> = new Set(nvidiaLaptop);
const miningRows: ReadonlySet<CardRow> = new Set(nvidiaMining);

const entries: readonly Entry[] = rows.flatMap(entriesOf);

/**
 * Every card model. 119 were collected in November 2026 from TechPowerUp, Wikipedia, FluidX3D, pci.ids, Hugging Face
 * tasks and minerstat; the others were entered by hand from the makers' specifications; each has its own `sources`, and
 * each figure its own by `figureSourcesOf`.
 */
export const cardModels: readonly CardModel[] = entries.map(({ model }) => model);

let originsById: ReadonlyMap<string, Origin> | undefined;

/** What a model was made from, by its id; undefined for a model that is not of this catalogue. */
export function originOf({ modelId }: CardModel): Origin | undefined {
  originsById ??= new Map(entries.map((entry) => [entry.model.modelId, entry]));
  return originsById.get(modelId);
}

/** A name without the kind and amount of its VRAM: `GTX 1060 6GB` → `GTX 1060`, `GTX 1650 GDDR6` → `GTX 1650`. */
function familyOf(name: string): string {
  return name.replace(/ (\d+GB|GDDR\dX?)$/, '');
}

function entriesOf(row: CardRow): readonly Entry[] {
  const [name, , , vramGib] = row;
  const family = familyOf(name);
  const variants = variantsByFamily.get(family) ?? [];
  const ownName = variants.length > 0 && vramGib !== null ? `${family} ${vramGib}GB` : name;
  const own = modelOf(row, ownName);
  return [{ model: own, row }, ...variants.map((variant) => ({ model: withVariant(own, variant), row, variant }))];
}

function withVariant(own: CardModel, variant: VramVariant): CardModel {
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
  return {
    modelId: modelIdOf(name),
    name,
    family: familyOf(rowName),
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
    ...(mobileRows.has(row) ? { isMobile: true } : {}),
    ...present('ethash', ethashByRow.get(rowName) ?? null),
    ...present('launchPriceUsd', launchPriceUsdByRow[rowName] ?? null),
    isMiningOnly: miningRows.has(row),
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
