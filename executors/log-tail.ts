/** The most that is kept of one workload's lines, whichever comes first. */
export const LOG_LINES_MAX = 1000;
export const LOG_CHARACTERS_MAX = 256 * 1024;

/** The last lines that a workload wrote, in a ring: memory stays bounded however much it writes. */
export class LogTail {
  #lines: string[] = [];
  #first = 0;
  #characterCount = 0;

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
      this.#first = 0;
    }
  }

  /** Oldest first. */
  lines(): readonly string[] {
    return this.#lines.slice(this.#first);
  }
}
