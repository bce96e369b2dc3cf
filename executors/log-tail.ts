import type { LogPart } from './port.ts';

/** The most that is kept of one workload's lines, whichever comes first. */
export const LOG_LINES_MAX = 4000;
export const LOG_CHARACTERS_MAX = 512 * 1024;

/** Whoever has asked within it, in ms, is taken to ask again; so is the one who has just started a workload. */
const FOLLOWED_MS = 2000;

/** The last lines that a workload wrote, in a ring: memory stays bounded however much it writes. Lines are counted for ever. */
export class LogTail {
  #lines: string[] = [];
  #first = 0;
  #characterCount = 0;
  /** The number of the first line of `#lines`. */
  #baseLine: number;
  /** Of all lines ever added, and what was handed out of them: lines, characters, and when. */
  #writtenCharacters = 0;
  #givenLine: number;
  #givenCharacters = 0;
  #givenAtMs = performance.now();

  /** `firstLine`: how many lines were written before and are not kept. */
  constructor(firstLine = 0) {
    this.#baseLine = firstLine;
    this.#givenLine = firstLine;
  }

  add(line: string): void {
    const kept = line.length > LOG_CHARACTERS_MAX ? line.slice(0, LOG_CHARACTERS_MAX) : line;
    this.#lines.push(kept);
    this.#characterCount += kept.length;
    this.#writtenCharacters += kept.length;
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

  /**
   * Whether somebody follows it, and has not been given the half of what it can keep: more should be added only once they
   * have, where it can wait.
   */
  get isFollowerBehind(): boolean {
    if (performance.now() - this.#givenAtMs > FOLLOWED_MS) return false;
    const isByLines = this.lineCount - this.#givenLine > LOG_LINES_MAX / 2;
    return isByLines || this.#writtenCharacters - this.#givenCharacters > LOG_CHARACTERS_MAX / 2;
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
    this.#givenLine = nextLine;
    this.#givenCharacters = this.#writtenCharacters;
    this.#givenAtMs = performance.now();
    return {
      lines: this.#lines.slice(Math.max(from - this.#baseLine, this.#first)),
      nextLine: Math.max(nextLine, from),
      missedCount: Math.max(0, oldest - from),
    };
  }
}
