import type { ObservedCard } from '@rerig/domain/inventory';
import type { CardFeatures } from '@rerig/domain/workloads';

/** What a card can do by what its probe alone tells: nearly every graphics card of a farm is driven by Vulkan. */
export function plainFeatures({ cardId, kind, name, vramBytes = 0 }: ObservedCard): CardFeatures {
  return {
    cardModelName: name ?? cardId,
    vramBytes: kind === 'cpu' ? 0 : vramBytes,
    routes: [kind === 'cpu' ? 'cpu' : 'vulkan'],
  };
}
