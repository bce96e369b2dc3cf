import { isFault, unreachable } from '@rerig/domain/fault';
import type { ServeFault } from '../faults.ts';
import { loadCards } from './cards.ts';
import { type LlamaLibraries, loadCpuBackend } from './libraries.ts';
import type { Route } from './routes.ts';

/** What is to compute. */
export interface BackendWish {
  readonly route: Route;
  /** Cards by name or PCI address; empty for the only one. Means nothing with route `cpu`. */
  readonly cards: readonly string[];
  /** The CPU variant of the build from npm; `undefined` for the best. */
  readonly cpuVariant: string | undefined;
}

/** What computes, once its backend is loaded. */
export interface OpenBackend {
  readonly buildVariant: string;
  /** Bytes that are free on the cards together; `undefined` on the processor, where nobody says. */
  readonly freeBytes: number | undefined;
  readonly cardCount: number;
  /** The cards, ended by a null pointer, and how layers are split over them; absent on the processor. */
  readonly split?: { readonly devices: BigUint64Array; readonly split_mode: number };
}

/** llama.cpp's `enum llama_split_mode`, v0.5.0: whole layers on each card. Rows and tensors are never split: risers are slow. */
const SPLIT = { none: 0, layer: 1 } as const;

/** Loads the backends of a route. The CPU's is needed on every route: tokens are looked up and sampled there. */
export function openBackend(
  libraries: LlamaLibraries,
  { route, cards: wanted, cpuVariant: wantedVariant }: BackendWish,
  lastErrors: () => string,
): OpenBackend | ServeFault {
  libraries.functions.initialise();
  const cpuVariant = loadCpuBackend(libraries, wantedVariant);
  if (isFault(cpuVariant)) return cpuVariant;
  switch (route) {
    case 'cpu':
      return { buildVariant: `cpu-${cpuVariant}`, freeBytes: undefined, cardCount: 0 };
    case 'vulkan':
    case 'cuda': {
      const cards = loadCards(libraries, route, wanted, lastErrors);
      if (isFault(cards)) return cards;
      const names = cards.map((card) => `${card.description} (${card.pciAddress ?? card.name})`);
      return {
        buildVariant: `${route} on ${names.join(' + ')}`,
        freeBytes: cards.reduce((sum, { freeBytes }) => sum + freeBytes, 0),
        cardCount: cards.length,
        split: {
          devices: BigUint64Array.from([...cards.map(({ handle }) => handle ?? 0n), 0n]),
          // llama.cpp shares the layers by the cards' free memory where no shares are given.
          split_mode: cards.length > 1 ? SPLIT.layer : SPLIT.none,
        },
      };
    }
    default:
      return unreachable(route);
  }
}
