import { unreachable } from '@rerig/domain/fault';

/** What computes: the processor, or a card by way of Vulkan or CUDA. */
export type Route = 'cpu' | 'vulkan' | 'cuda';

/** A route that drives a card. */
export type CardRoute = Exclude<Route, 'cpu'>;

/** Every route, the one that every machine has first. */
export const ROUTES: readonly Route[] = ['cpu', 'vulkan', 'cuda'];

/** The route of that name, or `undefined` where there is none. */
export function parseRoute(text: string): Route | undefined {
  return ROUTES.find((route) => route === text);
}

/** A build of llama.cpp v0.5.0, as an npm package carries it. */
export interface LlamaBuild {
  readonly packageName: string;
  /** Where its libraries lie in the package. */
  readonly folder: string;
  readonly ggmlFile: string;
  readonly llamaFile: string;
  /** What installs it, as a sentence. */
  readonly mend: string;
}

/** CPU and Vulkan; comes with `npm ci`. */
const VULKAN_BUILD: LlamaBuild = {
  packageName: '@node-llama-cpp/linux-x64-vulkan',
  folder: 'bins/linux-x64-vulkan',
  ggmlFile: 'libggml.vulkan.v0.5.0.so',
  llamaFile: 'libllama.vulkan.v0.5.0.so',
  mend: 'Run npm ci without --omit=optional, on Linux x86-64.',
};

/** CPU and CUDA 13; its backend alone takes 159 MB, so that only farms with NVIDIA cards install it. */
const CUDA_BUILD: LlamaBuild = {
  packageName: '@node-llama-cpp/linux-x64-cuda',
  folder: 'bins/linux-x64-cuda',
  ggmlFile: 'libggml.cuda.v0.5.0.so',
  llamaFile: 'libllama.cuda.v0.5.0.so',
  mend: 'Run npm install --no-save --ignore-scripts @node-llama-cpp/linux-x64-cuda@3.22.1, or serve with --route vulkan.',
};

/** The build that a route needs. */
export function buildOf(route: Route): LlamaBuild {
  switch (route) {
    case 'cpu':
    case 'vulkan':
      return VULKAN_BUILD;
    case 'cuda':
      return CUDA_BUILD;
    default:
      return unreachable(route);
  }
}

/** A library of the system's that a backend needs, with the mend where it is missing. */
export interface SystemLibrary {
  readonly file: string;
  readonly mend: string;
}

/** How a route drives cards. */
export interface CardBackend {
  /** As people call it. */
  readonly name: string;
  readonly file: string;
  readonly systemLibraries: readonly SystemLibrary[];
  /** What shows the cards that the driver sees, as a sentence. */
  readonly mend: string;
}

const CUDA_13_MEND =
  "Install cuda-cudart-13-0 and libcublas-13-0 from NVIDIA's package repository (their folder in LD_LIBRARY_PATH where " +
  'the system does not find them), or serve with --route vulkan.';

/** How a route's cards are driven. */
export function cardBackendOf(route: CardRoute): CardBackend {
  switch (route) {
    case 'vulkan':
      return {
        name: 'Vulkan',
        file: 'libggml-vulkan.so',
        systemLibraries: [
          { file: 'libvulkan.so.1', mend: "Install it (Debian: apt install libvulkan1) with the card's driver." },
        ],
        mend: "Check the card's driver with vulkaninfo --summary, or serve with --route cpu.",
      };
    case 'cuda':
      return {
        name: 'CUDA',
        file: 'libggml-cuda.so',
        systemLibraries: [
          { file: 'libcuda.so.1', mend: "Install NVIDIA's driver, 580 or newer, or serve with --route vulkan." },
          { file: 'libcudart.so.13', mend: CUDA_13_MEND },
          { file: 'libcublas.so.13', mend: CUDA_13_MEND },
        ],
        mend: 'Check the driver (580 or newer) with nvidia-smi; cards older than Turing are served with --route vulkan.',
      };
    default:
      return unreachable(route);
  }
}
