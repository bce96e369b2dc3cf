import { unreachable } from '../fault.ts';
import { type Origin, originOf } from './catalogue.ts';
import { matrixFp16TflopsByRow } from './matrix-figures.ts';
import type { CardModel } from './model.ts';
import type { CardRow } from './row.ts';

/** The figures of a card model, as they are named in it. */
export type FigureName =
  | 'vramBytes'
  | 'memoryBandwidthBytesPerSecond'
  | 'boardPowerWatts'
  | 'pcieLink'
  | 'fp32Tflops'
  | 'fp16Tflops'
  | 'matrixFp16Tflops'
  | 'int8DotTops'
  | 'pciIds'
  | 'launchPriceUsd'
  | 'ethash'
  | 'stockThrottle';

/** Where a figure comes from, and how far to trust it. */
export interface FigureSource {
  readonly source: string;
  /** `high`: several sources agree; `medium`: one, or reckoned from what is of high trust; `low`: sources differ, or none. */
  readonly trust: 'high' | 'medium' | 'low';
}

/**
 * The source of each figure that a model has, and of no other. A figure that this catalogue reckons from another says
 * how; a figure by hand was entered from the maker's specification and checked by arithmetic, and not read again.
 */
export function figureSourcesOf(model: CardModel): Readonly<Partial<Record<FigureName, FigureSource>>> {
  const origin = originOf(model);
  if (origin === undefined) return {};
  const known = figures.filter((name) => (name === 'pciIds' ? model.pciIds.length > 0 : model[name] !== undefined));
  return Object.fromEntries(known.map((name) => [name, sourceOf(name, model, origin)]));
}

const figures: readonly FigureName[] = [
  'vramBytes',
  'memoryBandwidthBytesPerSecond',
  'boardPowerWatts',
  'pcieLink',
  'fp32Tflops',
  'fp16Tflops',
  'matrixFp16Tflops',
  'int8DotTops',
  'pciIds',
  'launchPriceUsd',
  'ethash',
  'stockThrottle',
];

function sourceOf(name: FigureName, model: CardModel, origin: Origin): FigureSource {
  const { row } = origin;
  switch (name) {
    case 'vramBytes':
      return vramSource(origin);
    case 'memoryBandwidthBytesPerSecond':
      return bandwidthSource(origin);
    case 'boardPowerWatts':
      return powerSources[row[0]] ?? ownSource(row, 'medium');
    case 'pcieLink':
      return linkSource(model, row);
    case 'fp32Tflops':
      return fp32Source(row);
    case 'fp16Tflops':
    case 'int8DotTops':
      return derived(model);
    case 'matrixFp16Tflops':
      return matrixFp16TflopsByRow[row[0]] === undefined ? derived(model) : published;
    case 'pciIds':
      return idSource(model);
    case 'launchPriceUsd':
      return { source: 'the maker’s announced price, by hand', trust: 'medium' };
    case 'ethash':
      return { source: model.ethash?.source ?? '', trust: 'medium' };
    case 'stockThrottle':
      return throttleSource(model);
    default:
      return unreachable(name);
  }
}

const published: FigureSource = {
  source: 'NVIDIA’s data sheet; where it prints a figure with sparsity, half of it',
  trust: 'high',
};

/** Sources that were read as tables, by key: `tpu wiki` → TechPowerUp, Wikipedia. */
const tables: Readonly<Record<string, string>> = {
  tpu: 'TechPowerUp',
  wiki: 'Wikipedia',
  fluid: 'FluidX3D',
  hf: 'Hugging Face tasks',
  hand: 'by hand',
  spec: 'the maker’s specification, by hand',
  falcon: 'GPU Falcon Research, May 2026',
};

function ownSource(row: CardRow, trust: FigureSource['trust']): FigureSource {
  const read = row[9].split(' ').flatMap((key) => tables[key] ?? []);
  return { source: read.join(', '), trust: row[9].startsWith('spec') ? 'medium' : trust };
}

function vramSource({ row, variant }: Origin): FigureSource {
  if (variant === undefined) return ownSource(row, 'high');
  return { source: variant.source, trust: variant.basis === 'sold' ? 'medium' : 'high' };
}

/** Rows whose sources give several bandwidths; their notes say which. */
const DISPUTED_BANDWIDTH: ReadonlySet<string> = new Set([
  'GTX 970',
  'Tesla P40',
  'Tesla T4',
  'A100 PCIe 80GB',
  'Instinct MI25',
]);

function bandwidthSource({ row, variant }: Origin): FigureSource {
  if (variant?.bandwidthGigabytesPerSecond !== undefined) return { source: variant.source, trust: 'medium' };
  if (DISPUTED_BANDWIDTH.has(row[0])) return { source: `${ownSource(row, 'low').source}, which differ`, trust: 'low' };
  const product = typeof row[4] === 'string' ? ` (bus bits x Gbit/s a pin: ${row[4]})` : '';
  return { ...ownSource(row, 'high'), source: ownSource(row, 'high').source + product };
}

const fromMemory: FigureSource = { source: 'from memory, without a source', trust: 'low' };

const powerSources: Readonly<Record<string, FigureSource>> = {
  'P106-090': { source: 'a write-up of the P106', trust: 'low' },
  'P106-100': { source: 'a write-up of the P106; as GTX 1060 6GB', trust: 'medium' },
  'P104-100': { source: 'nvidia-smi of driver 530.41', trust: 'high' },
  'P102-100': { source: 'nvidia-smi of driver 430.50', trust: 'high' },
  'CMP 30HX': { source: 'minerstat 2021: NVIDIA’s rated power', trust: 'medium' },
  'CMP 40HX': { source: 'minerstat 2021; nvidia-smi says 184 W', trust: 'high' },
  'CMP 50HX': { source: 'minerstat 2021', trust: 'medium' },
  'CMP 90HX': { source: 'minerstat 2021', trust: 'medium' },
  'CMP 170HX': { source: 'It-Still-Boots/cmp-170hx-docs@1c1e8ea6', trust: 'medium' },
  'Titan V': fromMemory,
  'Radeon VII': fromMemory,
};

function linkSource(model: CardModel, row: CardRow): FigureSource {
  if (!model.isMiningOnly) return ownSource(row, 'high');
  return { source: 'owners’ reports of the link as shipped; TechPowerUp prints the chip’s own', trust: 'medium' };
}

function fp32Source(row: CardRow): FigureSource {
  if (typeof row[7] === 'string')
    return { source: `lanes x MHz at boost, two operations a cycle: ${row[7]}`, trust: 'medium' };
  return ownSource(row, 'medium');
}

function derived({ architecture }: CardModel): FigureSource {
  return {
    source: `reckoned: FP32 by the ratio of ${architecture} in the makers’ architecture papers`,
    trust: 'medium',
  };
}

/** Ids are of high trust, and yet shared by models: a match says so. */
function idSource({ vendor }: CardModel): FigureSource {
  const lists = {
    nvidia: 'pci.ids of 2023-04-11; NVIDIA, open-gpu-kernel-modules, compatible GPUs, 2026',
    amd: 'pci.ids of 2023-04-11; amdgpu.ids of libdrm, November 2026',
    intel: 'pci.ids of 2023-04-11; Battlemage by boards’ listings',
  };
  return { source: lists[vendor], trust: vendor === 'intel' ? 'medium' : 'high' };
}

function throttleSource({ stockThrottle }: CardModel): FigureSource {
  const source = stockThrottle?.source ?? '';
  return { source, trust: source.startsWith('not measured') ? 'low' : 'medium' };
}
