import type { RouteName } from '@rerig/domain/cards';

const titles: Readonly<Record<RouteName, string>> = {
  'cuda-13': 'CUDA 13',
  'cuda-12': 'CUDA 12',
  rocm: 'ROCm',
  vulkan: 'Vulkan',
  cpu: 'the processor',
};

const ROUTE = /\bby (cuda-13|cuda-12|rocm|vulkan|cpu)\b/g;

/** A route as people write it: `CUDA 13`. */
export function routeTitle(name: RouteName): string {
  return titles[name];
}

/** `8B Q4_K_M by cuda-12` → `8B Q4_K_M by CUDA 12`. */
export function withRouteTitles(text: string): string {
  return text.replace(ROUTE, (_, name: RouteName) => `by ${titles[name]}`);
}
