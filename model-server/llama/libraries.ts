import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InvariantError, isFault } from '@rerig/domain/fault';
import koffi from 'koffi';
import { type ServeFault, serveFault } from '../faults.ts';
import { CONTEXT_DEFAULTS, differingFields, MODEL_DEFAULTS, type NativeFunction, type Pointer } from './abi.ts';
import { bindLlama, type LlamaFunctions } from './functions.ts';

const PACKAGE = '@node-llama-cpp/linux-x64-vulkan';
const BINARIES = 'bins/linux-x64-vulkan';
const LLAMA_FILE = 'libllama.vulkan.v0.5.0.so';
const GGML_FILE = 'libggml.vulkan.v0.5.0.so';
const BASE_FILE = 'libggml-base.so';

/** llama.cpp's libraries, opened and checked against the version that this room is written for. */
export interface LlamaLibraries {
  readonly folder: string;
  readonly functions: LlamaFunctions;
}

/** Finds and opens llama.cpp as the npm package carries it; no backend (CPU, Vulkan) is loaded yet. */
export function openLlama(): LlamaLibraries | ServeFault {
  const folder = findLibraryFolder();
  if (isFault(folder)) return folder;
  // llama.cpp's tokenizers recurse and its graphs are built on the stack: koffi's default for other threads is 128 KiB.
  koffi.config({ sync_stack_size: 8 * 2 ** 20, async_stack_size: 8 * 2 ** 20 });
  try {
    const base = koffi.load(join(folder, BASE_FILE));
    const ggml = koffi.load(join(folder, GGML_FILE));
    const llama = koffi.load(join(folder, LLAMA_FILE));
    const functions = bindLlama({ base, ggml, llama });
    return refuseOtherAbi(functions) ?? { folder, functions };
  } catch (error) {
    return serveFault('engine_missing', {
      what: `llama.cpp can't be loaded from ${folder}.`,
      why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'This build needs Linux on x86-64 with glibc 2.35 or newer; run npm ci again there.',
    });
  }
}

function findLibraryFolder(): string | ServeFault {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE);
    for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
      if (existsSync(join(folder, BINARIES, LLAMA_FILE))) return join(folder, BINARIES);
    }
    return engineMissing(`${entry} has no ${BINARIES}/${LLAMA_FILE} beside it.`);
  } catch (error) {
    return engineMissing(error instanceof Error ? error.message : String(error));
  }
}

function engineMissing(why: string): ServeFault {
  return serveFault('engine_missing', {
    what: `The npm package ${PACKAGE}, which carries llama.cpp, is not installed.`,
    why,
    mend: 'Run npm ci without --omit=optional, on Linux x86-64.',
  });
}

/** Structs by value have no name in C: a library of another version would read our fields as others, silently. */
function refuseOtherAbi(functions: LlamaFunctions): ServeFault | undefined {
  const differences = [
    ...differingFields(functions.modelDefaultParams(), MODEL_DEFAULTS),
    ...differingFields(functions.contextDefaultParams(), CONTEXT_DEFAULTS),
  ];
  if (differences.length === 0) return undefined;
  return serveFault('engine_mismatch', {
    what: 'The installed llama.cpp is not the version that this server is written for (v0.5.0).',
    why: `Of its documented defaults, ${differences.slice(0, 3).join('; ')}.`,
    mend: `Install ${PACKAGE} in the version of package-lock.json: npm ci.`,
  });
}

/**
 * Loads the CPU backend that suits this processor best, of the variants for every x86 from SSE4.2 on, and gives its name
 * (`zen4`). Unlike ggml's own loader it touches no other backend, so that no Vulkan driver is started for CPU work.
 */
export function loadCpuBackend({ folder, functions }: LlamaLibraries): string | ServeFault {
  let best: { readonly file: string; readonly score: number } | undefined;
  for (const file of readdirSync(folder)) {
    if (!/^libggml-cpu-\w+\.so$/.test(file)) continue;
    const library = koffi.load(join(folder, file));
    const scoreOf: NativeFunction<[], number> = library.func('ggml_backend_score', 'int', []);
    const score = scoreOf();
    if (score > 0 && score > (best?.score ?? 0)) best = { file, score };
  }
  if (!best || functions.loadBackend(join(folder, best.file)) === null) {
    return serveFault('engine_missing', {
      what: 'No build of llama.cpp in the package runs on this processor.',
      why: best ? `${best.file} refused to load.` : 'Every one needs instructions that it does not have.',
      mend: 'Serve on an x86-64 processor, or run npm ci again if files of the package are missing.',
    });
  }
  return best.file.replace(/^libggml-cpu-(\w+)\.so$/, '$1');
}

/** A card as llama.cpp's Vulkan backend sees it. `pciAddress` as in `0000:c1:00.0`, where the driver tells it. */
export interface VulkanCard {
  readonly name: string;
  readonly description: string;
  readonly pciAddress: string | undefined;
  readonly memoryBytes: number;
  readonly handle: Pointer;
}

/** ggml's `GGML_BACKEND_DEVICE_TYPE_GPU` and `…_IGPU`; software Vulkan counts as CPU and is never offered. */
const CARD_TYPES: readonly number[] = [1, 2];

/** Loads the Vulkan backend and picks one card: the named one (by name, `Vulkan0`, or PCI address), or the only one. */
export function loadVulkanCard(libraries: LlamaLibraries, wanted: string | undefined): VulkanCard | ServeFault {
  const { folder, functions } = libraries;
  if (functions.loadBackend(join(folder, 'libggml-vulkan.so')) === null) {
    return cardNotFound(
      "The Vulkan loader, libvulkan.so.1, can't be loaded.",
      "Install it (Debian: apt install libvulkan1) with the card's driver.",
    );
  }
  const cards = listCards(functions);
  const list = cards.map((card) => `${card.name} (${card.description}, ${card.pciAddress ?? 'no PCI address'})`);
  const fits =
    wanted === undefined ? cards : cards.filter((card) => card.name === wanted || card.pciAddress === wanted);
  const [card, another] = fits;
  if (!card) {
    const why = cards.length === 0 ? 'Vulkan shows no graphics card.' : `Vulkan shows ${list.join('; ')}.`;
    return cardNotFound(why, "Check the card's driver with vulkaninfo --summary, or serve with --route cpu.");
  }
  if (another) return cardNotFound(`Vulkan shows ${list.join('; ')}.`, 'Name one with --device.');
  return card;
}

function cardNotFound(why: string, mend: string): ServeFault {
  return serveFault('card_not_found', { what: 'There is not the one card to serve on.', why, mend });
}

function listCards(functions: LlamaFunctions): readonly VulkanCard[] {
  return Array.from({ length: Number(functions.deviceCount()) }, (_, index) => {
    const handle = functions.deviceAt(index);
    if (handle === null) throw new InvariantError(`llama.cpp counts device ${index} but does not give it`);
    const props = functions.deviceProps(handle);
    return { ...props, handle };
  })
    .filter((device) => CARD_TYPES.includes(device.type))
    .map(({ name, description, device_id, memory_total, handle }) => ({
      name,
      description,
      pciAddress: device_id ?? undefined,
      memoryBytes: Number(memory_total),
      handle,
    }));
}
