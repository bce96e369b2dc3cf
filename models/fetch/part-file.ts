import { createHash, type Hash } from 'node:crypto';
import { constants, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { thisBootId } from '../store/owner.ts';
import { writeAtomically } from '../store/write-atomically.ts';
import type { PartPlace } from './range.ts';

/** How far a part is, as it is kept beside it. */
const stateSchema = z.object({
  keptBytes: z.int().min(0),
  totalBytes: z.int().min(0).nullable(),
  validator: z.string().max(1024).nullable(),
  bootId: z.string().max(64),
});

type PartState = z.infer<typeof stateSchema>;

/**
 * How often what came is made to last through a power cut; after one, it goes on from there. A process that is killed loses
 * nothing, as the system has what it wrote.
 */
const CHECKPOINT_MS = 5000;
const READ_BYTES = 1024 * 1024;
/** The first bytes of every GGUF file. */
const MAGIC_BYTES = 4;

/** A file that is being fetched: its bytes, their hash, and where it stands. Only who holds the part's lock opens it. */
export class PartFile {
  readonly path: string;
  readonly #statePath: string;
  readonly #file: FileHandle;
  #hash: Hash = createHash('sha256');
  #place: PartPlace;
  #checkedAtMs = performance.now();

  private constructor(path: string, file: FileHandle, place: PartPlace) {
    this.path = path;
    this.#statePath = statePathOf(path);
    this.#file = file;
    this.#place = place;
  }

  /**
   * Opens a part, new or where it was left; what is kept of it is read once for its hash, with `onRead` told how far that
   * is. Throws what the system says.
   */
  static async open(path: string, onRead: (readBytes: number, keptBytes: number) => void): Promise<PartFile> {
    const state = readState(statePathOf(path));
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    const { size } = await file.stat();
    const keptBytes = keptOf(state, size);
    const { totalBytes = null, validator = null } = state ?? {};
    const part = new PartFile(path, file, { keptBytes, totalBytes, validator });
    await file.truncate(keptBytes);
    await part.#hashKept(onRead);
    return part;
  }

  /** Where it stands. */
  get place(): PartPlace {
    return this.#place;
  }

  /** The hash of what is kept: 64 hexadecimal digits. */
  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Begins anew, of whatever version comes next. */
  async startOver(): Promise<void> {
    await this.enter({ keptBytes: 0, totalBytes: null, validator: null });
  }

  /** From here on bytes come of the version that `place` tells; from 0 on where it starts over. */
  async enter(place: PartPlace): Promise<void> {
    if (place.keptBytes === 0 && this.#place.keptBytes > 0) await this.#file.truncate(0);
    if (place.keptBytes === 0) this.#hash = createHash('sha256');
    this.#place = place;
    await this.checkpoint();
  }

  /** Puts bytes behind what is kept. */
  async append(bytes: Uint8Array): Promise<void> {
    const { keptBytes } = this.#place;
    let writtenBytes = 0;
    while (writtenBytes < bytes.length) {
      const left = bytes.length - writtenBytes;
      writtenBytes += (await this.#file.write(bytes, writtenBytes, left, keptBytes + writtenBytes)).bytesWritten;
    }
    this.#hash.update(bytes);
    this.#place = { ...this.#place, keptBytes: keptBytes + bytes.length };
    if (performance.now() - this.#checkedAtMs >= CHECKPOINT_MS) await this.checkpoint();
  }

  /** The first four bytes, or as many as there are. */
  async magic(): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.min(MAGIC_BYTES, this.#place.keptBytes));
    await this.#file.read(buffer, 0, buffer.length, 0);
    return buffer;
  }

  /** Makes all that came last through a power cut. */
  async checkpoint(): Promise<void> {
    await this.#file.datasync();
    await writeAtomically(this.#statePath, JSON.stringify({ ...this.#place, bootId: thisBootId() }));
    this.#checkedAtMs = performance.now();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #hashKept(onRead: (readBytes: number, keptBytes: number) => void): Promise<void> {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const { keptBytes } = this.#place;
    let readBytes = 0;
    while (readBytes < keptBytes) {
      const read = await this.#file.read(buffer, 0, Math.min(READ_BYTES, keptBytes - readBytes), readBytes);
      if (read.bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, read.bytesRead));
      readBytes += read.bytesRead;
      onRead(readBytes, keptBytes);
    }
  }
}

/** Takes away a part and what is known of it. */
export function removePart(path: string): void {
  for (const each of [path, statePathOf(path)]) rmSync(each, { force: true });
}

/** Takes away what is known of a part, whose bytes have gone to their own place. */
export function forgetPartState(path: string): void {
  rmSync(statePathOf(path), { force: true });
}

function statePathOf(path: string): string {
  return `${path}.json`;
}

/** In the same boot all that was written is there; after another, only what was synced. */
function keptOf(state: PartState | null, sizeBytes: number): number {
  if (state === null) return 0;
  const isSameBoot = state.bootId !== '' && state.bootId === thisBootId();
  const keptBytes = isSameBoot ? sizeBytes : Math.min(sizeBytes, state.keptBytes);
  return Math.min(keptBytes, state.totalBytes ?? keptBytes);
}

function readState(path: string): PartState | null {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Not there, or not whole: the part begins anew.
    return null;
  }
}
