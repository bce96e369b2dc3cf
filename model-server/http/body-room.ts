/** Memory for the bodies of requests that are being read: what is taken is given back when their prompts are made. */
export class BodyRoom {
  #freeBytes: number;

  constructor(roomBytes: number) {
    this.#freeBytes = roomBytes;
  }

  /** Whether there was room for so many bytes more; they are taken then. */
  take(byteCount: number): boolean {
    if (byteCount > this.#freeBytes) return false;
    this.#freeBytes -= byteCount;
    return true;
  }

  giveBack(byteCount: number): void {
    this.#freeBytes += byteCount;
  }
}
