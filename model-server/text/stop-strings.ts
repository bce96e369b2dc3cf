/** What may be shown of the text so far. */
export interface StopScan {
  /** Text that is certain to come before any stop string. */
  readonly text: string;
  /** True once a stop string was seen; nothing may be pushed after it. */
  readonly stopped: boolean;
}

/**
 * Watches a growing text for stop strings. The stop that is complete first ends the text just before itself (of those
 * that end at the same character, the longest). Text that may still turn out to begin a stop is held back.
 */
export class StopStrings {
  readonly #stops: readonly string[];
  readonly #longest: number;
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
    this.#longest = stops.reduce((longest, stop) => Math.max(longest, stop.length), 0);
  }

  push(piece: string): StopScan {
    if (this.#longest === 0) return { text: piece, stopped: false };
    const text = this.#held + piece;
    const cut = firstStop(text, this.#stops);
    if (cut !== undefined) {
      this.#held = '';
      return { text: text.slice(0, cut), stopped: true };
    }
    const heldFrom = text.length - this.#beginningLength(text);
    this.#held = text.slice(heldFrom);
    return { text: text.slice(0, heldFrom), stopped: false };
  }

  /** The text still held back, when the model ended on its own. */
  finish(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  /** Length of the longest end of `text` that is a proper beginning of a stop. */
  #beginningLength(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      const end = text.slice(text.length - length);
      if (this.#stops.some((stop) => stop.length > length && stop.startsWith(end))) return length;
    }
    return 0;
  }
}

/** Where the text is cut by the first stop to be complete, or `undefined` where none is in it. */
export function firstStop(text: string, stops: readonly string[]): number | undefined {
  let cut: number | undefined;
  let end = Number.POSITIVE_INFINITY;
  for (const stop of stops) {
    const start = text.indexOf(stop);
    if (start < 0) continue;
    const stopEnd = start + stop.length;
    if (stopEnd < end || (stopEnd === end && start < (cut ?? 0))) {
      cut = start;
      end = stopEnd;
    }
  }
  return cut;
}
