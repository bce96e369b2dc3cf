import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import koffi from 'koffi';
import { type ServeFault, serveFault } from '../faults.ts';
import { CONTEXT_DEFAULTS, differingFields, MODEL_DEFAULTS, type NativeFunction } from './abi.ts';
import { bindLlama, type LlamaFunctions } from './functions.ts';
import { buildOf, type LlamaBuild, type Route } from './routes.ts';

const BASE_FILE = 'libggml-base.so';

/** llama.cpp's libraries, opened and checked against the version that this room is written for. */
export interface LlamaLibraries {
  readonly folder: string;
  readonly functions: LlamaFunctions;
}

/** Finds and opens the build of llama.cpp that a route needs; no backend (CPU, Vulkan, CUDA) is loaded yet. */
export function openLlama(route: Route): LlamaLibraries | ServeFault {
  const build = buildOf(route);
  const folder = findLibraryFolder(build);
  if (isFault(folder)) return folder;
  // llama.cpp's tokenizers recurse and its graphs are built on the stack: koffi's default for other threads is 128 KiB.
  koffi.config({ sync_stack_size: 8 * 2 ** 20, async_stack_size: 8 * 2 ** 20 });
  try {
    const base = koffi.load(join(folder, BASE_FILE));
    const ggml = koffi.load(join(folder, build.ggmlFile));
    const llama = koffi.load(join(folder, build.llamaFile));
    const functions = bindLlama({ base, ggml, llama });
    return refuseOtherAbi(build, functions) ?? { folder, functions };
  } catch (error) {
    return serveFault('llama_missing', {
      what: `llama.cpp can't be loaded from ${folder}.`,
      why: `The system says: ${messageOf(error)}.`,
      mend: 'This build needs Linux on x86-64 with glibc 2.35 or newer; run npm ci again there.',
    });
  }
}

function findLibraryFolder(build: LlamaBuild): string | ServeFault {
  try {
    const entry = createRequire(import.meta.url).resolve(build.packageName);
    for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
      if (existsSync(join(folder, build.folder, build.llamaFile))) return join(folder, build.folder);
    }
    return llamaMissing(build, `${entry} has no ${build.folder}/${build.llamaFile} beside it.`);
  } catch (error) {
    // Node lists below the message who asked, which tells nobody anything here.
    return llamaMissing(build, `Node says: ${messageOf(error).split('\n', 1).join()}.`);
  }
}

function llamaMissing(build: LlamaBuild, why: string): ServeFault {
  return serveFault('llama_missing', {
    what: `The npm package ${build.packageName}, which carries llama.cpp, is not installed.`,
    why,
    mend: build.mend,
  });
}

/** Structs by value have no name in C: a library of another version would read our fields as others, silently. */
function refuseOtherAbi(build: LlamaBuild, functions: LlamaFunctions): ServeFault | undefined {
  const differences = [
    ...differingFields(functions.modelDefaultParams(), MODEL_DEFAULTS),
    ...differingFields(functions.contextDefaultParams(), CONTEXT_DEFAULTS),
  ];
  if (differences.length === 0) return undefined;
  return serveFault('llama_mismatch', {
    what: 'The installed llama.cpp is not the version that this server is written for (v0.5.0).',
    why: `Of its documented defaults, ${differences.slice(0, 3).join('; ')}.`,
    mend: `Install ${build.packageName} in the version of DEPENDENCIES.md. ${build.mend}`,
  });
}

/**
 * Loads the CPU backend that suits this processor best, of the variants for every x86 from SSE4.2 on, and gives its name
 * (`zen4`). Unlike ggml's own loader it touches no other backend, so that no driver is started for CPU work.
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
    return serveFault('llama_missing', {
      what: 'No build of llama.cpp in the package runs on this processor.',
      why: best ? `${best.file} refused to load.` : 'Every one needs instructions that it does not have.',
      mend: 'Serve on an x86-64 processor, or run npm ci again if files of the package are missing.',
    });
  }
  return best.file.replace(/^libggml-cpu-(\w+)\.so$/, '$1');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
