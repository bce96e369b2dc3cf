import { statfsSync } from 'node:fs';
import type { Fault } from '@rerig/domain/fault';
import { formatBytes, MIB } from '@rerig/domain/quantity';
import { gatewayFault } from '@rerig/gateway/gateway';

/** Below this, no new work is admitted: PostgreSQL stops at once when it can't write, and must not come so far. */
export const FREE_BYTES_MIN = 64 * MIB;
const READING_VALID_MS = 2_000;

/** Free space on the data folder's disk, read at most every 2 s. */
export class DiskGuard {
  readonly #folder: string;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #freeBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A Fault while the disk has too little space to account for work; else null. */
  refusal(): Fault | null {
    const nowMs = performance.now();
    if (nowMs - this.#readAtMs > READING_VALID_MS) {
      this.#freeBytes = freeBytesOf(this.#folder);
      this.#readAtMs = nowMs;
    }
    if (this.#freeBytes >= FREE_BYTES_MIN) return null;
    return gatewayFault('accounting_unavailable', {
      what: 'The request was not started.',
      why: `The exchange's disk has ${formatBytes(this.#freeBytes)} free, and accounting needs ${formatBytes(FREE_BYTES_MIN)}.`,
      mend: `Free space on the disk that holds ${this.#folder}; work goes on by itself. Nothing was charged.`,
    });
  }
}

/** Bytes that we may still write on a folder's disk. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
