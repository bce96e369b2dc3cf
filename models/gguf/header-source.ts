import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Thrown inside the header reader only, and turned into a Fault by `readGgufHeader`. */
export class HeaderProblem extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HeaderProblem';
  }
}

const WINDOW_BYTES = 256 * 1024;

/** A file's beginning, read forward in windows and never past `headerBytesMax`; each read is checked against the file's end. */
export class HeaderSource {
  readonly fileBytes: number;
  readonly #file: number;
  readonly #headerBytesMax: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;
  #offset = 0;

  /** Throws what the system says where the file can't be opened, and a `HeaderProblem` where it is no file. */
  constructor(path: string, headerBytesMax: number) {
    // Asked before it is opened, because opening a pipe waits for its other end.
    if (!statSync(path).isFile()) throw new HeaderProblem('it is not a file, but a folder, a pipe or the like.');
    this.#file = openSync(path, 'r');
    this.fileBytes = fstatSync(this.#file).size;
    this.#headerBytesMax = headerBytesMax;
  }

  /** Bytes read or skipped so far. */
  get offset(): number {
    return this.#offset;
  }

  uint8(): number {
    return this.#take(1).readUInt8();
  }

  uint16(): number {
    return this.#take(2).readUInt16LE();
  }

  int32(): number {
    return this.#take(4).readInt32LE();
  }

  uint32(): number {
    return this.#take(4).readUInt32LE();
  }

  float32(): number {
    return this.#take(4).readFloatLE();
  }

  float64(): number {
    return this.#take(8).readDoubleLE();
  }

  int64(): bigint {
    return this.#take(8).readBigInt64LE();
  }

  uint64(): bigint {
    return this.#take(8).readBigUInt64LE();
  }

  /** A u64 that counts or measures something in this file, so that it can't be above `max`. */
  count(what: string, max: number): number {
    const value = this.uint64();
    if (value > BigInt(max)) throw new HeaderProblem(`${what} is ${value}, above the ${max} that a header may hold.`);
    return Number(value);
  }

  text(byteCount: number): string {
    return this.#take(byteCount).toString('utf8');
  }

  skip(byteCount: number): void {
    this.#refuseBeyond(byteCount);
    this.#offset += byteCount;
  }

  close(): void {
    closeSync(this.#file);
  }

  #take(byteCount: number): Buffer {
    this.#refuseBeyond(byteCount);
    let from = this.#offset - this.#windowStart;
    if (from < 0 || from + byteCount > this.#window.length) {
      this.#readWindow(Math.max(byteCount, WINDOW_BYTES));
      from = 0;
    }
    this.#offset += byteCount;
    return this.#window.subarray(from, from + byteCount);
  }

  #refuseBeyond(byteCount: number): void {
    const end = this.#offset + byteCount;
    if (end > this.fileBytes) {
      throw new HeaderProblem(`its header goes on past byte ${this.fileBytes}, where the file ends.`);
    }
    if (end > this.#headerBytesMax) {
      throw new HeaderProblem(`its header is longer than the ${this.#headerBytesMax} bytes that are read.`);
    }
  }

  #readWindow(byteCount: number): void {
    const buffer = Buffer.allocUnsafe(Math.min(byteCount, this.fileBytes - this.#offset));
    let filled = 0;
    while (filled < buffer.length) {
      const read = this.#readInto(buffer, filled);
      if (read === 0) throw new HeaderProblem(`it became shorter while it was read, at byte ${this.#offset + filled}.`);
      filled += read;
    }
    this.#window = buffer;
    this.#windowStart = this.#offset;
  }

  #readInto(buffer: Buffer, filled: number): number {
    try {
      return readSync(this.#file, buffer, filled, buffer.length - filled, this.#offset + filled);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new HeaderProblem(`the system says at byte ${this.#offset + filled}: ${words}.`, { cause: error });
    }
  }
}
