import { join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import koffi from 'koffi';
import { type ServeFault, serveFault } from '../faults.ts';
import type { Pointer } from './abi.ts';
import type { LlamaFunctions } from './functions.ts';
import type { LlamaLibraries } from './libraries.ts';
import { type CardBackend, type CardRoute, cardBackendOf } from './routes.ts';

/** A card as one of llama.cpp's backends sees it. */
export interface SeenCard {
  /** The backend's own name: `Vulkan0`, `CUDA0`. */
  readonly name: string;
  readonly description: string;
  /** As in `0000:c1:00.0`, where the driver tells it. */
  readonly pciAddress: string | undefined;
  readonly memoryBytes: number;
  /** What is not taken, by the driver's word; the whole where it does not tell. */
  readonly freeBytes: number;
  readonly handle: Pointer;
}

/** ggml's `GGML_BACKEND_DEVICE_TYPE_GPU` and `…_IGPU`; software Vulkan counts as CPU and is never offered. */
const CARD_TYPES: readonly number[] = [1, 2];

/**
 * Loads the route's backend and picks the cards that are asked for, or the only one where none is. Refuses where a library
 * of the driver is missing, and where there is not such a card.
 */
export function loadCards(
  libraries: LlamaLibraries,
  route: CardRoute,
  wanted: readonly string[],
  lastErrors: () => string,
): readonly SeenCard[] | ServeFault {
  const backend = cardBackendOf(route);
  const missing = missingLibrary(backend);
  if (missing) return missing;
  const { folder, functions } = libraries;
  if (!libraries.isNative && functions.loadBackend(join(folder, backend.file)) === null) {
    return serveFault('llama_missing', {
      what: `llama.cpp's backend for ${backend.name} can't be loaded.`,
      why: `${join(folder, backend.file)} was refused. ${lastErrors()}`.trim(),
      mend: `Install the package again. ${backend.mend}`,
    });
  }
  const seen = listCards(functions);
  const cards: SeenCard[] = [];
  for (const name of wanted.length === 0 ? [undefined] : wanted) {
    const card = pickCard(backend, seen, name);
    if (isFault(card)) return { ...card, why: `${card.why} ${lastErrors()}`.trim() };
    if (!cards.includes(card)) cards.push(card);
  }
  return cards;
}

/** The libraries that a backend needs are tried one by one, because ggml says only that its backend did not load. */
function missingLibrary({ name, systemLibraries }: CardBackend): ServeFault | undefined {
  for (const { file, mend } of systemLibraries) {
    try {
      koffi.load(file);
    } catch (error) {
      return serveFault('driver_missing', {
        what: `${file}, which ${name} needs, can't be loaded.`,
        why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
        mend,
      });
    }
  }
  return undefined;
}

/** The card of that name (`CUDA0`) or PCI address, or the only one where none is named. */
export function pickCard(
  backend: Pick<CardBackend, 'name' | 'mend'>,
  cards: readonly SeenCard[],
  wanted: string | undefined,
): SeenCard | ServeFault {
  const fits = wanted === undefined ? cards : cards.filter((card) => isCalled(card, wanted));
  const [card, another] = fits;
  if (card && !another) return card;
  const list = cards.map((each) => `${each.name} (${each.description}, ${each.pciAddress ?? 'no PCI address'})`);
  const asked = wanted === undefined ? '' : ` ${wanted} is asked for.`;
  return serveFault('card_not_found', {
    what: 'There is not the one card to serve on.',
    why:
      cards.length === 0
        ? `${backend.name} shows no card.${asked}`
        : `${backend.name} shows ${list.join('; ')}.${asked}`,
    mend: another ? 'Name one with --device.' : backend.mend,
  });
}

function isCalled(card: SeenCard, wanted: string): boolean {
  if (card.name === wanted) return true;
  const address = normalPciAddress(wanted);
  return address !== undefined && card.pciAddress !== undefined && normalPciAddress(card.pciAddress) === address;
}

/** `0A:00.0`, `0000:0a:00.0` and nvidia-smi's `00000000:0A:00.0` are one address; `undefined` for what is none. */
export function normalPciAddress(text: string): string | undefined {
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/.exec(text.toLowerCase());
  if (!match) return undefined;
  const domain = Number.parseInt(match[1] ?? '0', 16);
  return `${domain.toString(16).padStart(4, '0')}:${match[2]}`;
}

function listCards(functions: LlamaFunctions): readonly SeenCard[] {
  return Array.from({ length: Number(functions.deviceCount()) }, (_, index) => {
    const handle = functions.deviceAt(index);
    if (handle === null) throw new InvariantError(`llama.cpp counts device ${index} but does not give it`);
    const props = functions.deviceProps(handle);
    return { ...props, handle };
  })
    .filter((device) => CARD_TYPES.includes(device.type))
    .map(({ name, description, device_id, memory_total, memory_free, handle }) => ({
      name,
      description,
      pciAddress: device_id ?? undefined,
      memoryBytes: Number(memory_total),
      freeBytes: Number(memory_free) || Number(memory_total),
      handle,
    }));
}
