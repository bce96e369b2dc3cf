import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where peers lie once they were fetched: they are no part of the project, nor of its install. */
export function peerCacheFolder(): string {
  return process.env.RERIG_BENCH_CACHE ?? join(homedir(), '.cache/rerig');
}
