import type { LogPart } from './port.ts';

/** The most that is kept of one workload's lines, whichever comes first. */
export const LOG_LINES_MAX = 1000;
export const LOG_CHARACTERS_MAX = 256 * 1024;

/** The last lines that a workload wrote, in a ring: memory stays bounded however much it writes. Lines are counted for ever. */
export class LogTail {
  #lines: string[] = [];
  #first = 0;
  #characterCount = 0;
  /** The number of the first line of `#lines`. */
  #baseLine: number;

  /** `firstLine`: how many lines were written before and are not kept. */
  constructor(firstLine = 0) {
    this.#baseLine = firstLine;
  }

  add(line: string): void {
    const kept = line.length > LOG_CHARACTERS_MAX ? line.slice(0, LOG_CHARACTERS_MAX) : line;
    this.#lines.push(kept);
    this.#characterCount += kept.length;
    while (this.#lines.length - this.#first > LOG_LINES_MAX || this.#characterCount > LOG_CHARACTERS_MAX) {
      this.#characterCount -= this.#lines[this.#first]?.length ?? 0;
      this.#first += 1;
    }
    if (this.#first > LOG_LINES_MAX) {
      this.#lines = this.#lines.slice(this.#first);
      this.#baseLine += this.#first;
      this.#first = 0;
    }
  }

  /** Counts lines that were written and are not kept: what was kept before them has a gap behind it, and goes. */
  skip(lineCount: number): void {
    if (lineCount <= 0) return;
    this.#baseLine += this.#lines.length + lineCount;
    this.#lines = [];
    this.#first = 0;
    this.#characterCount = 0;
  }

  /** How many lines were written ever. */
  get lineCount(): number {
    return this.#baseLine + this.#lines.length;
  }

  /** Oldest first. */
  lines(): readonly string[] {
    return this.#lines.slice(this.#first);
  }

  /** What is kept from a line on; absent: all that is kept. A line that is still to come gives nothing. */
  part(fromLine?: number): LogPart {
    const oldest = this.#baseLine + this.#first;
    const nextLine = this.#baseLine + this.#lines.length;
    const from = Math.min(Math.max(fromLine ?? oldest, 0), Math.max(nextLine, fromLine ?? 0));
    return {
      lines: this.#lines.slice(Math.max(from - this.#baseLine, this.#first)),
      nextLine: Math.max(nextLine, from),
      missedCount: Math.max(0, oldest - from),
    };
  }
}
