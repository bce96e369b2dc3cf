import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunListener } from '../runner.ts';
import { LogRecords } from './log-records.ts';

const READ_BYTES = 64 * 1024;
/** Beside the log: how many lines came before the file that it is kept in. */
const BEGUN_FILE = 'log-begun';

/**
 * Reads a container's log from its first kept line on, as it grows. Podman begins a file anew when it is full, by putting
 * another in its place: what the full one had is read to its end before. Docker cuts it down to nothing.
 */
export class ContainerLog {
  readonly #path: string;
  readonly #runFolder: string;
  readonly #records: LogRecords;
  readonly #listener: RunListener;
  readonly #bytes = Buffer.allocUnsafe(READ_BYTES);
  #file: number | undefined;
  #offset = 0;
  #skippedCount = 0;

  constructor(path: string, runFolder: string, listener: RunListener) {
    this.#path = path;
    this.#runFolder = runFolder;
    this.#listener = listener;
    this.#records = new LogRecords({
      output: (line) => listener.output(line),
      error: (line) => listener.error(line),
    });
  }

  /** Reads all that is there. */
  read(): void {
    this.#file ??= this.#open(true);
    if (this.#file === undefined) return;
    this.#readOpen(this.#file);
    if (!this.#isReplaced(this.#file)) return;
    // Written between the last reading and the replacement.
    this.#readOpen(this.#file);
    closeSync(this.#file);
    this.#file = this.#open(false);
    this.#offset = 0;
    if (this.#file !== undefined) this.#readOpen(this.#file);
  }

  /** Reads what is left, and hands out the last line, where it has no end. */
  end(): void {
    this.read();
    this.#records.end();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(isFirst: boolean): number | undefined {
    const file = openOrUndefined(this.#path);
    if (file === undefined) return undefined;
    const inode = fstatSync(file).ino;
    if (isFirst) {
      this.#skippedCount = begunAt(this.#runFolder, inode);
      if (this.#skippedCount > 0) this.#listener.skipped(this.#skippedCount);
    } else {
      keepBegun(this.#runFolder, inode, this.#skippedCount + this.#records.lineCount);
    }
    return file;
  }

  #readOpen(file: number): void {
    if (fstatSync(file).size < this.#offset) this.#offset = 0;
    for (;;) {
      const byteCount = readSync(file, this.#bytes, 0, READ_BYTES, this.#offset);
      if (byteCount === 0) return;
      this.#offset += byteCount;
      this.#records.read(this.#bytes.subarray(0, byteCount));
    }
  }

  #isReplaced(file: number): boolean {
    try {
      return statSync(this.#path).ino !== fstatSync(file).ino;
    } catch {
      // It was removed with its container: what is open is all there is.
      return false;
    }
  }
}

/** Lines that came before this very file, as noted when it took the place of a full one. */
function begunAt(runFolder: string, inode: number): number {
  try {
    const [keptInode, lineCount] = readFileSync(join(runFolder, BEGUN_FILE), 'utf8').split(' ').map(Number);
    return keptInode === inode && lineCount !== undefined ? lineCount : 0;
  } catch {
    // It is the first, or nobody saw the full one go.
    return 0;
  }
}

function keepBegun(runFolder: string, inode: number, lineCount: number): void {
  try {
    writeFileSync(join(runFolder, BEGUN_FILE), `${inode} ${lineCount}`);
  } catch {
    // The disk is full: after a restart of us, lines are counted from this file's first.
  }
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    // Nothing was written yet, or it was removed with its container.
    return undefined;
  }
}
