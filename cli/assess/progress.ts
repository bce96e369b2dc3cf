/** Before this much time nothing is said: most farms are done by then. */
const SILENT_MS = 500;

/** How often the line changes at most. */
const STEP_MS = 100;

/** Says on stderr what a long reckoning is at: one line in a terminal, that goes when it is done; elsewhere nothing. */
export class Progress {
  readonly #isShown: boolean;
  readonly #startedAtMs = performance.now();
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #shown = '';

  constructor(isShown = process.stderr.isTTY === true) {
    this.#isShown = isShown;
  }

  /** `reading file 34 of 120`. `isLong`: what begins now is long, so that it is told at once. */
  tell(what: string, isLong = false): void {
    const nowMs = performance.now();
    const isDue = isLong || (nowMs - this.#startedAtMs >= SILENT_MS && nowMs - this.#toldAtMs >= STEP_MS);
    if (!this.#isShown || !isDue) return;
    this.#toldAtMs = nowMs;
    this.#write(what);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown !== '') this.#write('');
  }

  #write(text: string): void {
    process.stderr.write(`\r${text.padEnd(this.#shown.length)}${text === '' ? '\r' : ''}`);
    this.#shown = text;
  }
}
