import type { CardModel } from './model.ts';
import type { Route } from './route.ts';
import { amdRoutes } from './routes-amd.ts';
import { nvidiaRoutes } from './routes-nvidia.ts';

/** The day as of which the routes were read. */
export const routesReadOn = '2026-11-25';

/**
 * The routes of a card model, best first: its vendor's own stack, then Vulkan, which is common to all. CUDA 13 and
 * drivers after R580 have dropped Maxwell, Pascal and Volta, drivers after R470 Kepler; ROCm has dropped gfx803, gfx900
 * and gfx906.
 */
export function routesOf(model: CardModel): readonly Route[] {
  if (model.vendor === 'nvidia') return nvidiaRoutes(model.cudaComputeCapability ?? 0);
  return model.vendor === 'amd' ? amdRoutes(model) : [intelRoute];
}

/** The route of a rig's own processor. */
export const cpuRoute: Route = {
  name: 'cpu',
  status: 'supported',
  note: 'llama.cpp on the processor; slow, bound by the memory of the rig.',
  source: 'llama.cpp builds in node-llama-cpp 3.22, from SSE4.2 on',
};

const intelRoute: Route = {
  name: 'vulkan',
  status: 'supported',
  note: 'Mesa ANV with llama.cpp. SYCL and PyTorch’s XPU drive it too, and are not used here.',
  source: 'Mesa, documentation of ANV; llama.cpp, documentation of its back ends',
};
