import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
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
  /** Built for this machine, with its backends linked in; else from npm, with a backend for every x86. */
  readonly isNative: boolean;
}

/** Where builds for this machine are looked for when none is named: where `bench/` builds its peer. */
const NATIVE_FOLDER = join(homedir(), '.cache', 'rerig', 'llama.cpp-v0.5.0', 'build', 'bin');
/** The file by which a build for this machine is known to be of the one version. */
const NATIVE_FILE = 'libllama.so.0.5.0';

/**
 * Opens the build of llama.cpp that a route needs; of the builds from npm no backend (CPU, Vulkan, CUDA) is loaded yet. A
 * build for this machine is taken from `nativeFolder`, else from its usual place where one is there and fits; else the one
 * from npm. `'npm'` asks for that alone.
 */
export function openLlama(route: Route, nativeFolder: string | undefined): LlamaLibraries | ServeFault {
  // llama.cpp's tokenizers recurse and its graphs are built on the stack: koffi's default for other threads is 128 KiB.
  koffi.config({ sync_stack_size: 8 * 2 ** 20, async_stack_size: 8 * 2 ** 20 });
  if (nativeFolder !== undefined && nativeFolder !== 'npm') return openNative(nativeFolder);
  const hasNative =
    existsSync(join(NATIVE_FOLDER, NATIVE_FILE)) && existsSync(join(NATIVE_FOLDER, `libggml-${route}.so`));
  const native = nativeFolder === undefined && hasNative ? openNative(NATIVE_FOLDER) : undefined;
  // A build that nobody asked for and that does not fit is left aside.
  return native === undefined || isFault(native) ? openFromNpm(route) : native;
}

function openNative(folder: string): LlamaLibraries | ServeFault {
  const files = { ggmlFile: 'libggml.so', llamaFile: 'libllama.so', isNative: true };
  const mend = 'Build llama.cpp v0.5.0 there with shared libraries, or leave --llama-build out.';
  if (existsSync(join(folder, NATIVE_FILE))) return openFiles(folder, files, mend);
  return serveFault('llama_mismatch', {
    what: `The folder ${folder} holds no build of llama.cpp v0.5.0.`,
    why: `It has no ${NATIVE_FILE}.`,
    mend,
  });
}

function openFromNpm(route: Route): LlamaLibraries | ServeFault {
  const build = buildOf(route);
  const folder = findLibraryFolder(build);
  if (isFault(folder)) return folder;
  const { ggmlFile, llamaFile, packageName, mend } = build;
  const files = { ggmlFile, llamaFile, isNative: false };
  return openFiles(folder, files, `Install ${packageName} in the version of DEPENDENCIES.md. ${mend}`);
}

interface LibraryFiles {
  readonly ggmlFile: string;
  readonly llamaFile: string;
  readonly isNative: boolean;
}

function openFiles(folder: string, files: LibraryFiles, mend: string): LlamaLibraries | ServeFault {
  try {
    const base = koffi.load(join(folder, BASE_FILE));
    const ggml = koffi.load(join(folder, files.ggmlFile));
    const llama = koffi.load(join(folder, files.llamaFile));
    const functions = bindLlama({ base, ggml, llama });
    return refuseOtherAbi(functions, mend) ?? { folder, functions, isNative: files.isNative };
  } catch (error) {
    return serveFault('llama_missing', {
      what: `llama.cpp can't be loaded from ${folder}.`,
      why: `The system says: ${messageOf(error)}.`,
      mend: files.isNative
        ? mend
        : 'This build needs Linux on x86-64 with glibc 2.35 or newer; run npm ci again there.',
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
function refuseOtherAbi(functions: LlamaFunctions, mend: string): ServeFault | undefined {
  const differences = [
    ...differingFields(functions.modelDefaultParams(), MODEL_DEFAULTS),
    ...differingFields(functions.contextDefaultParams(), CONTEXT_DEFAULTS),
  ];
  if (differences.length === 0) return undefined;
  return serveFault('llama_mismatch', {
    what: 'The installed llama.cpp is not the version that this server is written for (v0.5.0).',
    why: `Of its documented defaults, ${differences.slice(0, 3).join('; ')}.`,
    mend,
  });
}

/**
 * Loads the CPU backend that suits this processor best, of the variants for every x86 from SSE4.2 on, or the one that is
 * named, and gives its name (`zen4`). Unlike ggml's own loader it touches no other backend, so that no driver is started
 * for CPU work. A build for this machine has its one backend already: `native`.
 */
export function loadCpuBackend(libraries: LlamaLibraries, wanted: string | undefined): string | ServeFault {
  const { folder, functions, isNative } = libraries;
  if (isNative) return 'native';
  const variants = scoredVariants(folder).filter(({ name }) => wanted === undefined || name === wanted);
  const best = variants.reduce<ScoredVariant | undefined>(
    (one, other) => (other.score > (one?.score ?? 0) ? other : one),
    undefined,
  );
  if (best && functions.loadBackend(join(folder, best.file)) !== null) return best.name;
  const asked = wanted === undefined ? '' : ` The variant ${wanted} is asked for.`;
  return serveFault('llama_missing', {
    what: 'No build of llama.cpp in the package runs on this processor.',
    why: `${best ? `${best.file} refused to load.` : 'Every one needs instructions that it does not have.'}${asked}`,
    mend: 'Serve on an x86-64 processor, or run npm ci again if files of the package are missing.',
  });
}

interface ScoredVariant {
  readonly name: string;
  readonly file: string;
  /** ggml's own: 0 where the processor lacks an instruction that the variant uses. */
  readonly score: number;
}

function scoredVariants(folder: string): readonly ScoredVariant[] {
  return readdirSync(folder).flatMap((file) => {
    const name = /^libggml-cpu-(\w+)\.so$/.exec(file)?.[1];
    if (name === undefined) return [];
    const scoreOf: NativeFunction<[], number> = koffi.load(join(folder, file)).func('ggml_backend_score', 'int', []);
    return [{ name, file, score: scoreOf() }];
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
