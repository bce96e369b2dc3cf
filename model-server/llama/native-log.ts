import { writeSync } from 'node:fs';
import koffi from 'koffi';
import type { Pointer } from './abi.ts';
import type { LlamaFunctions } from './functions.ts';

const LINES_KEPT_MAX = 8;
/** ggml's `GGML_LOG_LEVEL_ERROR` and `…_CONT`, which goes on with the line before. */
const LEVEL = { error: 4, continued: 5 } as const;

/** llama.cpp's words while it loads a model, kept for a fault's "why". */
export interface NativeLog {
  /** The last error lines, oldest first, as a sentence; empty where there are none. */
  readonly lastErrors: () => string;
  /** Ends the listening. From here on llama.cpp is silent: its lines could come from threads that must not wait for us. */
  readonly silence: () => void;
}

/** Listens to llama.cpp until `silence`. With `verbose` its lines go to stderr by its own hand, before and after. */
export function listenToLlama(functions: LlamaFunctions, verbose: boolean): NativeLog {
  if (verbose) return { lastErrors: () => 'llama.cpp says it on stderr.', silence: () => undefined };
  const lines: string[] = [];
  let level = 0;
  const heard = (lineLevel: number, text: string) => {
    if (lineLevel !== LEVEL.continued) level = lineLevel;
    if (level !== LEVEL.error) return;
    lines.push(text.trim());
    if (lines.length > LINES_KEPT_MAX) lines.shift();
  };
  const type = koffi.proto('void', ['int', 'const char *', 'void *']);
  const callback = koffi.register(heard, koffi.pointer(type));
  functions.setLog(callback, null);
  return {
    lastErrors: () => (lines.length === 0 ? '' : `llama.cpp says: ${lines.join(' | ').replace(/\.$/, '')}.`),
    silence: () => {
      functions.setLog(functions.silentLog, null);
      koffi.unregister(callback);
    },
  };
}

/**
 * llama.cpp aborts the process where it finds its own state wrong. `report` is called with its words first, and ends the
 * process in our way, instead of with a core dump.
 */
export function reportNativeAbort(functions: LlamaFunctions, report: (words: string) => never): void {
  const type = koffi.proto('void', ['const char *']);
  const callback: Pointer = koffi.register(report, koffi.pointer(type));
  functions.setAbort(callback);
}

/** Ends the process now, without the clean-up of libraries whose threads may still be computing. */
export function leaveAtOnce(exitCode: number): never {
  const exit = koffi.load('libc.so.6').func('_exit', 'void', ['int']);
  exit(exitCode);
  writeSync(2, 'the process went on after _exit\n');
  process.exit(exitCode);
}
