import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Thrown inside the header reader only, and turned into a Fault by `readGgufHeader`. */
export class HeaderProblem extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HeaderProblem';
  }
}

/** Thrown where the header goes on past what has arrived so far, though not past the file's end. */
export class HeaderIncomplete extends HeaderProblem {
  constructor(missingFromByte: number) {
    super(`its header goes on past byte ${missingFromByte}, and no more has arrived.`);
    this.name = 'HeaderIncomplete';
  }
}

/** Where a header's bytes come from: a file, or the beginning of one that is still on its way. */
export interface HeaderBytes {
  /** Of the whole file, arrived or not. */
  readonly fileBytes: number;
  /** Of it, from its beginning on, those that can be read. */
  readonly arrivedBytes: number;
  /** Fills `buffer` from `filled` on with bytes from `offset` on; gives how many, 0 at the end. */
  readonly readInto: (buffer: Buffer, filled: number, offset: number) => number;
  readonly close: () => void;
}

/** A file on disk. Throws what the system says where it can't be opened, and a `HeaderProblem` where it is no file. */
export function fileHeaderBytes(path: string, wholeBytes?: number): HeaderBytes {
  // Asked before it is opened, because opening a pipe waits for its other end.
  if (!statSync(path).isFile()) throw new HeaderProblem('it is not a file, but a folder, a pipe or the like.');
  const file = openSync(path, 'r');
  const arrivedBytes = fstatSync(file).size;
  return {
    fileBytes: wholeBytes ?? arrivedBytes,
    arrivedBytes,
    readInto: (buffer, filled, offset) => readSync(file, buffer, filled, buffer.length - filled, offset),
    close: () => closeSync(file),
  };
}

/** The beginning of a file of `wholeBytes`, in memory. */
export function memoryHeaderBytes(bytes: Buffer, wholeBytes: number): HeaderBytes {
  return {
    fileBytes: wholeBytes,
    arrivedBytes: bytes.length,
    readInto: (buffer, filled, offset) => bytes.copy(buffer, filled, offset),
    close: () => undefined,
  };
}

const WINDOW_BYTES = 256 * 1024;

/** A file's beginning, read forward in windows and never past `headerBytesMax`; each read is checked against the file's end. */
export class HeaderSource {
  readonly fileBytes: number;
  readonly #bytes: HeaderBytes;
  readonly #headerBytesMax: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;
  #offset = 0;

  constructor(bytes: HeaderBytes, headerBytesMax: number) {
    this.#bytes = bytes;
    this.fileBytes = bytes.fileBytes;
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
    this.#bytes.close();
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
    if (end > this.#bytes.arrivedBytes) throw new HeaderIncomplete(this.#bytes.arrivedBytes);
  }

  #readWindow(byteCount: number): void {
    const buffer = Buffer.allocUnsafe(Math.min(byteCount, this.#bytes.arrivedBytes - this.#offset));
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
      return this.#bytes.readInto(buffer, filled, this.#offset + filled);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new HeaderProblem(`the system says at byte ${this.#offset + filled}: ${words}.`, { cause: error });
    }
  }
}
