import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { LineReader } from './line-reader.ts';

/** Bytes that are read at once: few, so that a part of them has few lines. */
const READ_BYTES = 1024;
/** The most of one turn of reading: less than half of what a log's tail keeps, so that who follows it misses nothing. */
const TURN_LINES_MAX = 1500;
const TURN_BYTES_MAX = 192 * 1024;

/** A part of a kept log: `out.N.LINE`. */
interface Part {
  readonly name: string;
  readonly number: number;
  readonly firstLine: number;
}

/** Reads what the keeper of a run keeps, from the first line that is there, as it grows. */
export class KeptOutput {
  readonly #folder: string;
  readonly #onLine: (line: string) => void;
  readonly #onSkipped: (lineCount: number) => void;
  readonly #bytes = Buffer.allocUnsafe(READ_BYTES);
  #reader: LineReader;
  #lineCount = 0;
  #part: Part | undefined;
  #offset = 0;
  /** What is left of a turn. */
  #turnEndsAtLine = Number.POSITIVE_INFINITY;
  #turnBytes = 0;

  constructor(folder: string, onLine: (line: string) => void, onSkipped: (lineCount: number) => void) {
    this.#folder = folder;
    this.#onLine = onLine;
    this.#onSkipped = onSkipped;
    this.#reader = this.#makeReader();
  }

  /** Reads one turn of what is there; false where more is. */
  readTurn(): boolean {
    this.#turnEndsAtLine = this.#lineCount + TURN_LINES_MAX;
    this.#turnBytes = TURN_BYTES_MAX;
    return this.#read();
  }

  /** Reads all that is there, and hands out the last line where it has no end. */
  end(): void {
    this.#turnEndsAtLine = Number.POSITIVE_INFINITY;
    this.#turnBytes = Number.POSITIVE_INFINITY;
    this.#read();
    this.#reader.end();
  }

  #read(): boolean {
    for (;;) {
      if (this.#part !== undefined && !this.#readPart(this.#part)) return false;
      const next = this.#nextPart();
      if (next === undefined) return true;
      // What came to the last part after it was read, and before the next was begun.
      if (this.#part !== undefined && !this.#readPart(this.#part)) return false;
      this.#enter(next);
    }
  }

  #makeReader(): LineReader {
    return new LineReader((line) => {
      this.#lineCount += 1;
      this.#onLine(line);
    });
  }

  /** A part that does not follow on the last one comes after lines that are gone. */
  #enter(part: Part): void {
    const isFollowing = this.#part === undefined ? part.number === 0 : part.number === this.#part.number + 1;
    if (!isFollowing || part.firstLine > this.#lineCount) {
      // The end of a line whose beginning is gone counts as that line.
      this.#reader = this.#makeReader();
      this.#onSkipped(Math.max(0, part.firstLine - this.#lineCount));
      this.#lineCount = Math.max(part.firstLine, this.#lineCount);
    }
    this.#part = part;
    this.#offset = 0;
  }

  #nextPart(): Part | undefined {
    const after = this.#part?.number ?? -1;
    return readdirOrEmpty(this.#folder)
      .flatMap(parsePart)
      .filter(({ number }) => number > after)
      .toSorted((a, b) => a.number - b.number)[0];
  }

  /** Reads on in a part; false where the turn is over before its end. */
  #readPart({ name }: Part): boolean {
    const file = openOrUndefined(join(this.#folder, name));
    if (file === undefined) return true;
    try {
      for (;;) {
        const byteCount = readSync(file, this.#bytes, 0, READ_BYTES, this.#offset);
        if (byteCount === 0) return true;
        this.#offset += byteCount;
        this.#turnBytes -= byteCount;
        this.#reader.read(this.#bytes.subarray(0, byteCount));
        if (this.#lineCount >= this.#turnEndsAtLine || this.#turnBytes <= 0) return false;
      }
    } finally {
      closeSync(file);
    }
  }
}

function parsePart(name: string): readonly Part[] {
  const [, number, firstLine] = /^out\.(\d+)\.(\d+)$/.exec(name) ?? [];
  return number === undefined || firstLine === undefined
    ? []
    : [{ name, number: Number(number), firstLine: Number(firstLine) }];
}

function readdirOrEmpty(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The run never began.
    return [];
  }
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    // It was full, and is gone: the next part tells how many lines that were.
    return undefined;
  }
}
