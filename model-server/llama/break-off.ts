import koffi from 'koffi';
import type { Pointer } from './abi.ts';
import type { LlamaFunctions } from './functions.ts';

/** Ends a step that is being computed, from another thread. */
export interface BreakOff {
  /** The step in flight ends within one of its parts, with `BROKEN_OFF`; what comes after is not touched. */
  readonly ask: () => void;
  /** Takes the wish back: to be called before a step that is to be whole. */
  readonly takeBack: () => void;
}

/** llama.cpp's code for a step that was broken off (include/llama.h, v0.5.0: `llama_decode`). */
export const BROKEN_OFF = 2;

/**
 * Lets a context's steps be broken off; `undefined` where they can't: only processors ask between the parts of a step,
 * and what a recurrent model has seen can't be taken back. llama.cpp asks a C function on the computing thread, where no
 * JavaScript can run: it is given C's own `strlen` and a text, which is empty for "go on" and one letter long for "end".
 */
export function openBreakOff(
  functions: LlamaFunctions,
  model: Pointer,
  context: Pointer,
  isOnProcessor: boolean,
): BreakOff | undefined {
  const strlen = isOnProcessor ? addressOfStrlen() : null;
  if (strlen === null || functions.isRecurrent(model) || functions.isHybrid(model)) return undefined;
  const memory = koffi.alloc('uint8_t', 2);
  const text = new Uint8Array(koffi.view(memory, 2));
  text.fill(0);
  functions.setBreakOff(context, strlen, koffi.address(memory));
  return {
    ask: () => {
      text[0] = 1;
    },
    takeBack: () => {
      text[0] = 0;
    },
  };
}

/** Null where the system's C library is another than Linux's most common one: then steps are computed whole. */
function addressOfStrlen(): Pointer {
  try {
    const address: unknown = koffi.load('libc.so.6').symbol('strlen');
    return typeof address === 'bigint' ? address : null;
  } catch {
    // No such library: nothing is broken off.
    return null;
  }
}
