/** What a card has from its chip, whatever its name. */
export interface Chip {
  readonly vendor: 'nvidia' | 'amd' | 'intel';
  readonly architecture: string;
  /** NVIDIA's compute capability. */
  readonly cudaComputeCapability?: number;
  /** AMD's target of the LLVM back end. */
  readonly amdGfxTarget?: string;
  /** Units that multiply matrices: NVIDIA's tensor cores, RDNA 3's WMMA instructions. */
  readonly matrixUnits: 'tensor-cores' | 'wmma' | 'none';
}

type Facts = readonly [architecture: string, target: number | string, matrixUnits: Chip['matrixUnits']];

/**
 * TU116 and TU117 report compute capability 7.5 as Turing does, and have no tensor cores.
 * Source: gpus.csv of November 2026 (TechPowerUp, Wikipedia, pci.ids); trust in these columns: high.
 */
const facts = {
  GM200: ['Maxwell', 5.2, 'none'],
  GM204: ['Maxwell', 5.2, 'none'],
  GM206: ['Maxwell', 5.2, 'none'],
  GP100: ['Pascal', 6.0, 'none'],
  GP102: ['Pascal', 6.1, 'none'],
  GP104: ['Pascal', 6.1, 'none'],
  GP106: ['Pascal', 6.1, 'none'],
  GP107: ['Pascal', 6.1, 'none'],
  GV100: ['Volta', 7.0, 'tensor-cores'],
  TU102: ['Turing', 7.5, 'tensor-cores'],
  TU104: ['Turing', 7.5, 'tensor-cores'],
  TU106: ['Turing', 7.5, 'tensor-cores'],
  TU116: ['Turing', 7.5, 'none'],
  TU117: ['Turing', 7.5, 'none'],
  GA100: ['Ampere', 8.0, 'tensor-cores'],
  GA102: ['Ampere', 8.6, 'tensor-cores'],
  GA104: ['Ampere', 8.6, 'tensor-cores'],
  GA106: ['Ampere', 8.6, 'tensor-cores'],
  AD102: ['Ada Lovelace', 8.9, 'tensor-cores'],
  AD103: ['Ada Lovelace', 8.9, 'tensor-cores'],
  AD104: ['Ada Lovelace', 8.9, 'tensor-cores'],
  AD106: ['Ada Lovelace', 8.9, 'tensor-cores'],
  AD107: ['Ada Lovelace', 8.9, 'tensor-cores'],
  GH100: ['Hopper', 9.0, 'tensor-cores'],
  Hawaii: ['GCN 2', 'gfx701', 'none'],
  Grenada: ['GCN 2', 'gfx701', 'none'],
  Fiji: ['GCN 3', 'gfx803', 'none'],
  Baffin: ['GCN 4 (Polaris)', 'gfx803', 'none'],
  Ellesmere: ['GCN 4 (Polaris)', 'gfx803', 'none'],
  'Polaris 20': ['GCN 4 (Polaris)', 'gfx803', 'none'],
  'Polaris 21': ['GCN 4 (Polaris)', 'gfx803', 'none'],
  'Polaris 30': ['GCN 4 (Polaris)', 'gfx803', 'none'],
  'Vega 10': ['GCN 5 (Vega)', 'gfx900', 'none'],
  'Vega 20': ['GCN 5 (Vega)', 'gfx906', 'none'],
  'Navi 10': ['RDNA 1', 'gfx1010', 'none'],
  'Navi 14': ['RDNA 1', 'gfx1012', 'none'],
  'Navi 21': ['RDNA 2', 'gfx1030', 'none'],
  'Navi 22': ['RDNA 2', 'gfx1031', 'none'],
  'Navi 23': ['RDNA 2', 'gfx1032', 'none'],
  'Navi 24': ['RDNA 2', 'gfx1034', 'none'],
  'Navi 31': ['RDNA 3', 'gfx1100', 'wmma'],
  'Navi 32': ['RDNA 3', 'gfx1101', 'wmma'],
  'Navi 33': ['RDNA 3', 'gfx1102', 'wmma'],
} as const satisfies Record<string, Facts>;

/** The chips that the catalogue knows. */
export type ChipName = keyof typeof facts;

/** A chip's facts. */
export function chipOf(name: ChipName): Chip {
  const [architecture, target, matrixUnits] = facts[name];
  return typeof target === 'number'
    ? { vendor: 'nvidia', architecture, cudaComputeCapability: target, matrixUnits }
    : { vendor: 'amd', architecture, amdGfxTarget: target, matrixUnits };
}
