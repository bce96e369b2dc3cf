import type { Vendor } from '../cards.ts';
import { MIB } from '../quantity.ts';
import { busIdOf } from './bus-id.ts';
import { displayKindOf } from './display-kind.ts';
import { known, textOf } from './fields.ts';
import type { TextFormat } from './format.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';
import { linesOf } from './text-lines.ts';
import type { Writable } from './writable.ts';

/**
 * The log of llama.cpp's programs, which list the cards that they found: by CUDA or ROCm with their VRAM, by Vulkan with
 * their names, and those that a model is loaded to with their bus. A log of llama-bench is read as that.
 */
export const llamaLog: TextFormat = {
  kind: 'text',
  name: 'llama-log',
  title: 'llama.cpp log',
  read(text, source) {
    if (!/ggml_(cuda|vulkan)|using device (CUDA|ROCm|Vulkan)\d|compute capability \d/.test(text)) return undefined;
    if (/\|\s{0,20}t\/s\s{0,20}\|/.test(text)) return undefined;
    const cards = cardsOf(readFound(text));
    if (cards.length === 0) return undefined;
    return { sightings: [{ format: 'llama-log' as const, source, ...rigOfFile(source), host: {}, cards }], faults: [] };
  },
};

interface FoundCard {
  readonly position: number;
  readonly name: string;
  readonly vramBytes?: number;
  readonly busId?: string;
}

/** What each of llama.cpp's backends found, by its own numbers. */
type Found = ReadonlyMap<string, ReadonlyMap<number, FoundCard>>;

/** `Device 0: NVIDIA P104-100, compute capability 6.1, VMM: yes, VRAM: 8116 MiB`. */
const LISTED = /\bDevice (\d{1,3}): (.{1,120}?), (?:compute capability|gfx|cc|VMM)(?:.{0,80}\bVRAM: (\d{1,7}) MiB)?/;
/** `ggml_vulkan: 0 = AMD Radeon RX 580 Series (RADV POLARIS10) (radv) | uma: 0 | …`. */
const BY_VULKAN = /\bggml_vulkan: (\d{1,3}) = (.{1,160}?) \| /;
/** `using device CUDA0 (NVIDIA P104-100) (0000:03:00.0) - 8017 MiB free`. */
const USED = /\busing device (CUDA|ROCm|Vulkan)(\d{1,3}) \((.{1,160}?)\)(?: \(([0-9a-fA-F:.]{7,16}|unknown id)\))? - /;
/** `- CUDA0 (NVIDIA P104-100) :   8116 total,   2829 used`. */
const FITTED = /- (CUDA|ROCm|Vulkan)(\d{1,3}) \((.{1,160}?)\) {0,4}: {1,6}(\d{1,7}) total,/;

function readFound(text: string): Found {
  const found = new Map<string, Map<number, FoundCard>>();
  for (const { line } of linesOf(text)) {
    const [, listedAt, listedName, listedMib] = LISTED.exec(line) ?? [];
    const [, vulkanAt, vulkanName] = BY_VULKAN.exec(line) ?? [];
    const [, usedBy, usedAt, usedName, bus] = USED.exec(line) ?? [];
    const [, fittedBy, fittedAt, fittedName, fittedMib] = FITTED.exec(line) ?? [];
    add(found, 'CUDA', listedAt, { name: listedName, mebibytes: listedMib });
    add(found, 'Vulkan', vulkanAt, { name: vulkanName });
    add(found, usedBy, usedAt, { name: usedName, bus });
    add(found, fittedBy, fittedAt, { name: fittedName, mebibytes: fittedMib });
  }
  return found;
}

interface Told {
  readonly name: string | undefined;
  readonly mebibytes?: string | undefined;
  readonly bus?: string | undefined;
}

/** The most cards of one machine. */
const MOST_CARDS = 256;

function add(
  found: Map<string, Map<number, FoundCard>>,
  backend: string | undefined,
  at: string | undefined,
  { name, mebibytes, bus }: Told,
): void {
  const told = textOf(name);
  if (backend === undefined || at === undefined || told === undefined) return;
  // ROCm's cards are listed as CUDA's are.
  const key = backend === 'ROCm' ? 'CUDA' : backend;
  const cards = found.get(key) ?? new Map<number, FoundCard>();
  found.set(key, cards);
  const position = Number(at);
  if (cards.size >= MOST_CARDS && !cards.has(position)) return;
  const card: Writable<FoundCard> = { position, name: told, ...cards.get(position) };
  if (mebibytes !== undefined) card.vramBytes = Number(mebibytes) * MIB;
  const busId = busIdOf(bus);
  if (busId !== undefined) card.busId = busId;
  cards.set(position, card);
}

/** Of two backends that found the same cards, the one that tells their VRAM; the other's buses are its own cards'. */
function cardsOf(found: Found): readonly SightedCard[] {
  const cuda = [...(found.get('CUDA')?.values() ?? [])];
  const vulkan = [...(found.get('Vulkan')?.values() ?? [])];
  const buses = new Set(cuda.map(({ busId }) => busId).filter((busId) => busId !== undefined));
  const others = vulkan.filter(({ busId, name }) => {
    if (busId !== undefined && buses.size > 0) return !buses.has(busId);
    return cuda.length === 0 || vendorOf(name) !== 'nvidia';
  });
  return [...cuda, ...others].filter(isCard).map(({ name, ...card }, index) =>
    known({
      ...card,
      position: cuda.length === 0 ? card.position : index,
      kind: 'gpu' as const,
      name: withoutDriver(name),
      vendor: vendorOf(name),
    }),
  );
}

function isCard({ name }: FoundCard): boolean {
  return displayKindOf(undefined, name).kind === 'card' && !/llvmpipe|lavapipe|swiftshader/i.test(name);
}

/** Mesa puts its own name of the chip after the card's: `AMD Radeon RX 580 Series (RADV POLARIS10)`. */
function withoutDriver(name: string): string {
  return name.replace(/ \((?:RADV|ANV|NVK|radv|NVIDIA|AMD|Intel|amdvlk)[^|]{0,80}$/, '');
}

function vendorOf(name: string): Vendor | undefined {
  if (/nvidia|geforce|quadro|tesla/i.test(name)) return 'nvidia';
  if (/\bamd\b|radeon|instinct/i.test(name)) return 'amd';
  return /intel|\barc\b/i.test(name) ? 'intel' : undefined;
}
