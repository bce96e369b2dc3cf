/** What a card has from its chip, whatever its name. */
export interface Chip {
  readonly vendor: 'nvidia' | 'amd' | 'intel';
  readonly architecture: string;
  /** NVIDIA's compute capability. */
  readonly cudaComputeCapability?: number;
  /** AMD's target of the LLVM back end. */
  readonly amdGfxTarget?: string;
  /** Units that multiply matrices: NVIDIA's tensor cores, RDNA's WMMA and CDNA's MFMA instructions, Intel's XMX. */
  readonly matrixUnits: 'tensor-cores' | 'wmma' | 'mfma' | 'xmx' | 'none';
}

/** Operations per FP32 operation, as the chip has them without any throttle; null: no faster than FP32, or not there. */
export interface ChipRatios {
  /** FP16 by the ordinary lanes. */
  readonly fp16: number | null;
  /** Dot products of four 8-bit numbers. */
  readonly int8Dot: number | null;
  /** FP16 by the matrix units, dense, at the width of accumulation that is fastest. */
  readonly matrixFp16: number | null;
}

interface Architecture {
  readonly vendor: Chip['vendor'];
  readonly name: string;
  readonly matrixUnits: Chip['matrixUnits'];
  readonly ratios: ChipRatios;
}

type Ratios = readonly [fp16: number | null, int8Dot: number | null, matrixFp16: number | null];

function nvidia(name: string, ratios: Ratios): Architecture {
  return architecture('nvidia', name, ratios[2] === null ? 'none' : 'tensor-cores', ratios);
}

function amd(name: string, ratios: Ratios, matrixUnits: Chip['matrixUnits'] = 'none'): Architecture {
  return architecture('amd', name, matrixUnits, ratios);
}

function architecture(
  vendor: Chip['vendor'],
  name: string,
  matrixUnits: Chip['matrixUnits'],
  [fp16, int8Dot, matrixFp16]: Ratios,
): Architecture {
  return { vendor, name, matrixUnits, ratios: { fp16, int8Dot, matrixFp16 } };
}

/**
 * Ratios by the makers' architecture papers: CUDA C++ Programming Guide (throughput of arithmetic instructions), the
 * Volta, Turing, Ampere, Ada and Hopper papers, AMD's RDNA and CDNA instruction set guides, Intel's Xe-HPG guide.
 * GeForce of Turing and later accumulate in FP32 at half the matrix ratio given here. FP32 of RDNA 3 and 4 counts two
 * issues a lane, which packed FP16 and dot products do not have: hence 1 and 2 where AMD's pages print twice that.
 */
const architectures = {
  kepler: nvidia('Kepler', [null, null, null]),
  maxwell: nvidia('Maxwell', [null, null, null]),
  pascalServer: nvidia('Pascal', [2, null, null]),
  pascal: nvidia('Pascal', [1 / 64, 4, null]),
  volta: nvidia('Volta', [2, 4, 8]),
  turing: nvidia('Turing', [2, 4, 8]),
  turingPlain: nvidia('Turing', [2, 4, null]),
  ampereServer: nvidia('Ampere', [4, 4, 16]),
  ampere: nvidia('Ampere', [1, 2, 4]),
  ada: nvidia('Ada Lovelace', [1, 2, 4]),
  hopper: nvidia('Hopper', [2, 2, 14.79]),
  blackwell: nvidia('Blackwell', [1, 2, 4]),
  blackwellServer: nvidia('Blackwell', [2, 2, 30]),
  gcn1: amd('GCN 1', [null, null, null]),
  gcn2: amd('GCN 2', [null, null, null]),
  gcn3: amd('GCN 3', [1, null, null]),
  polaris: amd('GCN 4 (Polaris)', [1, null, null]),
  vega10: amd('GCN 5 (Vega)', [2, null, null]),
  vega20: amd('GCN 5 (Vega)', [2, 4, null]),
  rdna1: amd('RDNA 1', [2, null, null]),
  rdna1Dot: amd('RDNA 1', [2, 4, null]),
  rdna2: amd('RDNA 2', [2, 4, null]),
  rdna3: amd('RDNA 3', [1, 2, 2], 'wmma'),
  rdna4: amd('RDNA 4', [1, 2, 4], 'wmma'),
  cdna1: amd('CDNA 1', [2, 4, 8], 'mfma'),
  cdna2: amd('CDNA 2', [2, 4, 8], 'mfma'),
  cdna3: amd('CDNA 3', [1, 2, 8], 'mfma'),
  alchemist: architecture('intel', 'Xe-HPG (Alchemist)', 'xmx', [2, 4, 8]),
  battlemage: architecture('intel', 'Xe2-HPG (Battlemage)', 'xmx', [2, 4, 8]),
} as const satisfies Record<string, Architecture>;

type Facts = readonly [architecture: keyof typeof architectures, target: number | string | null];

/**
 * TU116 and TU117 report compute capability 7.5 as Turing does, and have no tensor cores. Navi 10 has no dot products
 * of 8-bit numbers, Navi 12 and Navi 14 have. Source: NVIDIA's list of CUDA GPUs, LLVM's list of AMDGPU processors and
 * gpus.csv of November 2026; trust in these columns: high.
 */
const facts = {
  GK104: ['kepler', 3.0],
  GK110: ['kepler', 3.5],
  GK210: ['kepler', 3.7],
  GM107: ['maxwell', 5.0],
  GM200: ['maxwell', 5.2],
  GM204: ['maxwell', 5.2],
  GM206: ['maxwell', 5.2],
  GP100: ['pascalServer', 6.0],
  GP102: ['pascal', 6.1],
  GP104: ['pascal', 6.1],
  GP106: ['pascal', 6.1],
  GP107: ['pascal', 6.1],
  GP108: ['pascal', 6.1],
  GV100: ['volta', 7.0],
  TU102: ['turing', 7.5],
  TU104: ['turing', 7.5],
  TU106: ['turing', 7.5],
  TU116: ['turingPlain', 7.5],
  TU117: ['turingPlain', 7.5],
  GA100: ['ampereServer', 8.0],
  GA102: ['ampere', 8.6],
  GA103: ['ampere', 8.6],
  GA104: ['ampere', 8.6],
  GA106: ['ampere', 8.6],
  GA107: ['ampere', 8.6],
  AD102: ['ada', 8.9],
  AD103: ['ada', 8.9],
  AD104: ['ada', 8.9],
  AD106: ['ada', 8.9],
  AD107: ['ada', 8.9],
  GH100: ['hopper', 9.0],
  GB100: ['blackwellServer', 10.0],
  GB202: ['blackwell', 12.0],
  GB203: ['blackwell', 12.0],
  GB205: ['blackwell', 12.0],
  GB206: ['blackwell', 12.0],
  GB207: ['blackwell', 12.0],
  Tahiti: ['gcn1', 'gfx600'],
  Pitcairn: ['gcn1', 'gfx601'],
  Hawaii: ['gcn2', 'gfx701'],
  Grenada: ['gcn2', 'gfx701'],
  Tonga: ['gcn3', 'gfx802'],
  Fiji: ['gcn3', 'gfx803'],
  Baffin: ['polaris', 'gfx803'],
  Ellesmere: ['polaris', 'gfx803'],
  'Polaris 20': ['polaris', 'gfx803'],
  'Polaris 21': ['polaris', 'gfx803'],
  'Polaris 30': ['polaris', 'gfx803'],
  Lexa: ['polaris', 'gfx803'],
  'Vega 10': ['vega10', 'gfx900'],
  'Vega 20': ['vega20', 'gfx906'],
  Arcturus: ['cdna1', 'gfx908'],
  Aldebaran: ['cdna2', 'gfx90a'],
  'Aqua Vanjaram': ['cdna3', 'gfx942'],
  'Navi 10': ['rdna1', 'gfx1010'],
  'Navi 12': ['rdna1Dot', 'gfx1011'],
  'Navi 14': ['rdna1Dot', 'gfx1012'],
  'Navi 21': ['rdna2', 'gfx1030'],
  'Navi 22': ['rdna2', 'gfx1031'],
  'Navi 23': ['rdna2', 'gfx1032'],
  'Navi 24': ['rdna2', 'gfx1034'],
  'Navi 31': ['rdna3', 'gfx1100'],
  'Navi 32': ['rdna3', 'gfx1101'],
  'Navi 33': ['rdna3', 'gfx1102'],
  'Navi 44': ['rdna4', 'gfx1200'],
  'Navi 48': ['rdna4', 'gfx1201'],
  'DG2-128': ['alchemist', null],
  'DG2-256': ['alchemist', null],
  'DG2-512': ['alchemist', null],
  'BMG-G21': ['battlemage', null],
} as const satisfies Record<string, Facts>;

/** The chips that the catalogue knows. */
export type ChipName = keyof typeof facts;

/** A chip's facts. */
export function chipOf(chipName: ChipName): Chip {
  const [key, target] = facts[chipName];
  const { vendor, name, matrixUnits } = architectures[key];
  const chip = { vendor, architecture: name, matrixUnits };
  if (typeof target === 'number') return { ...chip, cudaComputeCapability: target };
  return target === null ? chip : { ...chip, amdGfxTarget: target };
}

/** What a chip does of other kinds for one FP32 operation. */
export function ratiosOf(chipName: ChipName): ChipRatios {
  return architectures[facts[chipName][0]].ratios;
}
