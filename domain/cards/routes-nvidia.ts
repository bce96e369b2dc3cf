import type { Route } from './route.ts';

const MATRIX = 'NVIDIA, CUDA Toolkit, Driver, and Architecture Matrix';
const CUDA_13_SOURCE = `${MATRIX}: Turing and newer go on; CUDA 13 release notes; effects.csv e049, e052`;
const R580_SOURCE =
  `${MATRIX}: Maxwell, Pascal and Volta end at R580 and CUDA 12; Supported Drivers: R580 ends in June 2028; ` +
  'PyTorch issue 190385 and test-infra pull request 8739: 2.15 has no cu126; effects.csv e050 to e053';
const R470_SOURCE = `${MATRIX}: Kepler ends at R470, toolkit CUDA 11 (compute capability 3.0: CUDA 10.2)`;
const VULKAN_SOURCE = 'NVIDIA, Vulkan driver support; llama.cpp pull request 13324; effects.csv e063, e064';

/** The routes of an NVIDIA card by its compute capability. */
export function nvidiaRoutes(computeCapability: number): readonly Route[] {
  if (computeCapability >= 10) return [cuda13, blackwellCuda12, { ...vulkan, driverMajorMin: 570 }];
  if (computeCapability >= 7.5) return [cuda13, cuda12, vulkan];
  return computeCapability >= 5 ? legacyRoutes : [keplerRoute(computeCapability)];
}

const cuda13: Route = {
  name: 'cuda-13',
  status: 'supported',
  driverMajorMin: 580,
  note: 'CUDA 13.',
  source: CUDA_13_SOURCE,
};

/** CUDA 12 ends as a line of toolkits; the card goes on with CUDA 13. */
const cuda12: Route = {
  name: 'cuda-12',
  status: 'supported',
  driverMajorMin: 525,
  toolkitLast: 'CUDA 12.9',
  frameworkLast: 'PyTorch 2.14 (cu126)',
  note: 'CUDA 12.',
  source: `${CUDA_13_SOURCE}; PyTorch issue 190385: 2.15 has no cu126`,
};

const blackwellCuda12: Route = {
  ...cuda12,
  driverMajorMin: 570,
  frameworkLast: 'PyTorch 2.11 (cu128)',
  note: 'CUDA 12.8 is the first that builds for it.',
  source: `${CUDA_13_SOURCE}; PyTorch’s support matrix: cu128 from 2.7 to 2.11`,
};

const vulkan: Route = {
  name: 'vulkan',
  status: 'supported',
  driverMajorMin: 470,
  note: 'Vulkan 1.2.',
  source: VULKAN_SOURCE,
};

/** Maxwell, Pascal and Volta. */
const legacy = {
  status: 'supported',
  supportedUntil: '2028',
  driverMajorMax: 580,
  driverBranchLast: 'R580',
  source: R580_SOURCE,
} as const;

const legacyRoutes: readonly Route[] = [
  {
    ...legacy,
    name: 'cuda-12',
    driverMajorMin: 525,
    toolkitLast: 'CUDA 12.9',
    frameworkLast: 'PyTorch 2.14 (cu126)',
    note: 'CUDA 12; driver R580 is the last that drives it.',
  },
  { ...legacy, name: 'vulkan', driverMajorMin: 470, note: 'In the same driver, about 6 times slower at prefill.' },
];

function keplerRoute(computeCapability: number): Route {
  return {
    name: 'vulkan',
    status: 'ended',
    supportedUntil: '2024-09',
    driverMajorMin: 390,
    driverMajorMax: 470,
    driverBranchLast: 'R470',
    toolkitLast: computeCapability >= 3.5 ? 'CUDA 11.8' : 'CUDA 10.2',
    note:
      'Driver R470 is the last and no longer maintained; CUDA 12 never drove it. llama.cpp on Vulkan was seen to run, ' +
      'at 1 token/s for a 3B model on a Quadro K4200.',
    source: `${R470_SOURCE}; NVIDIA forum, Current graphics driver releases; whichllm pull request 75`,
  };
}
