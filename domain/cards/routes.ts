import type { CardModel } from './model.ts';

/** A software stack that can drive a card; `cpu` drives a rig's own processor. */
export type RouteName = 'cuda-13' | 'cuda-12' | 'rocm' | 'vulkan' | 'cpu';

/** Where a route stands for a card, as of `routesReadOn`. */
export interface Route {
  readonly name: RouteName;
  /** `supported` by its vendor; `unofficial`: known to work, not on the vendor's list; `ended`: its vendor dropped it. */
  readonly status: 'supported' | 'unofficial' | 'ended';
  /** The last year or month of support, `2028` or `2024-06`. Absent: no end is announced. */
  readonly supportedUntil?: string;
  /** The first driver that carries it, as the branch's number. */
  readonly driverMajorMin?: number;
  /** The last driver branch that drives this card. */
  readonly driverMajorMax?: number;
  readonly note: string;
  readonly source: string;
}

/** The day as of which the routes were read. */
export const routesReadOn = '2026-11-24';

const CUDA_13_SOURCE =
  'NVIDIA, CUDA 13 release notes (2025-08): compute capability 7.5 and newer; effects.csv e049, e052';
const R580_SOURCE =
  'NVIDIA, Unix driver branch R580 is the last for Maxwell, Pascal, Volta; effects.csv e050 (to about 2028)';
const MESA_SOURCE = 'llama.cpp pull request 13324 and FireCulex/llm-rx580; effects.csv e063';

/**
 * The routes of a card model, best first. CUDA 13 and drivers after R580 have dropped Maxwell, Pascal and Volta; ROCm
 * has dropped gfx803 (after 4.x), gfx900 and gfx906 (maintenance ended in Q2 2024). Vulkan is common to all of them.
 */
export function routesOf(model: CardModel): readonly Route[] {
  if (model.vendor === 'nvidia') return nvidiaRoutes(model.cudaComputeCapability ?? 0);
  return [...rocmRoutes(model.amdGfxTarget ?? ''), mesaRoute];
}

/** The route of a rig's own processor. */
export const cpuRoute: Route = {
  name: 'cpu',
  status: 'supported',
  note: 'llama.cpp on the processor; slow, bound by the memory of the rig.',
  source: 'llama.cpp builds in node-llama-cpp 3.22, from SSE4.2 on',
};

const mesaRoute: Route = {
  name: 'vulkan',
  status: 'supported',
  note: 'Mesa RADV with llama.cpp; Polaris has neither fast FP16 nor integer dot products.',
  source: MESA_SOURCE,
};

function nvidiaRoutes(computeCapability: number): readonly Route[] {
  if (computeCapability >= 7.5) {
    return [
      { name: 'cuda-13', status: 'supported', driverMajorMin: 580, note: 'CUDA 13.', source: CUDA_13_SOURCE },
      { name: 'cuda-12', status: 'supported', driverMajorMin: 525, note: 'CUDA 12.', source: CUDA_13_SOURCE },
      { name: 'vulkan', status: 'supported', driverMajorMin: 470, note: 'Vulkan 1.2.', source: MESA_SOURCE },
    ];
  }
  const last = { status: 'supported', supportedUntil: '2028', driverMajorMax: 580, source: R580_SOURCE } as const;
  return [
    { ...last, name: 'cuda-12', driverMajorMin: 525, note: 'CUDA 12; driver R580 is the last that drives it.' },
    { ...last, name: 'vulkan', driverMajorMin: 470, note: 'In the same driver, about 6 times slower at prefill.' },
  ];
}

/** AMD's own lists, by target. Read second-hand (effects.csv); RX 7600 (gfx1102) is on no list that we read. */
const rocmByTarget: Readonly<Record<string, Route>> = {
  gfx1100: rocmSupported('RX 7900'),
  gfx1101: rocmSupported('RX 7700 XT and RX 7800 XT'),
  gfx1030: rocmSupported('RX 6800 to RX 6950 XT and Pro V620'),
  gfx1102: rocmUnofficial('RX 7600 runs with HSA_OVERRIDE_GFX_VERSION=11.0.0 by common practice.'),
  gfx1031: rocmUnofficial('It runs with HSA_OVERRIDE_GFX_VERSION=10.3.0.'),
  gfx1032: rocmUnofficial('It runs with HSA_OVERRIDE_GFX_VERSION=10.3.0.'),
  gfx803: rocmEnded('Dropped after ROCm 4.x; community rebuilds exist.', 'effects.csv e058'),
  gfx900: rocmEnded('Removed; ROCm 7 has no gfx900 kernels.', 'effects.csv e059'),
  gfx906: {
    ...rocmEnded('Maintenance ended in Q2 2024.', 'ROCm 5.6 notes; effects.csv e060'),
    supportedUntil: '2024-06',
  },
};

function rocmRoutes(target: string): readonly Route[] {
  const route = rocmByTarget[target];
  return route === undefined ? [] : [route];
}

function rocmSupported(cards: string): Route {
  const source = 'AMD, ROCm supported GPUs for Linux, as generally reported for ROCm 6.4 and 7; not re-read here';
  return { name: 'rocm', status: 'supported', note: `ROCm lists ${cards}.`, source };
}

function rocmUnofficial(note: string): Route {
  return {
    name: 'rocm',
    status: 'unofficial',
    note,
    source: 'common practice, ollama documentation; effects.csv e062',
  };
}

function rocmEnded(note: string, source: string): Route {
  return { name: 'rocm', status: 'ended', note, source };
}
