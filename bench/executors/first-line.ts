import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { InvariantError } from '@rerig/domain/fault';

const LOOK_MS = 2;
const LIMIT_MS = 120_000;
const NS_PER_MS = 1e6;

/** What does as a miner: works until it is told to end, and ends at once. */
export const OBEDIENT_MINER: readonly string[] = [
  'sh',
  '-c',
  'trap "exit 0" TERM; while :; do sleep 60 & wait $!; done',
];

/** A command whose first line is the time at which it ran, in a file that the measurement reads. */
export interface FirstLine {
  readonly command: readonly string[];
  /** ms since the epoch at which the command ran; resolves once it did. */
  ranAtMs(): Promise<number>;
}

/** Makes a command that says when it ran, and ends after `lastsMs`. */
export function firstLineIn(folder: string, name: string, lastsMs = 0): FirstLine {
  const path = join(folder, name);
  const sleep = lastsMs === 0 ? '' : `; sleep ${lastsMs / 1000}`;
  return {
    command: ['sh', '-c', `date +%s%N > ${path}${sleep}`],
    async ranAtMs() {
      const untilMs = performance.now() + LIMIT_MS;
      while (performance.now() < untilMs) {
        const text = readIfThere(path);
        if (text.endsWith('\n')) return Number(text) / NS_PER_MS;
        await wait(LOOK_MS);
      }
      throw new InvariantError(`nothing was written to ${path} within ${LIMIT_MS} ms`);
    },
  };
}

/** Waits until something holds, which is looked at every `lookMs`. */
export async function untilHolds(
  holds: () => Promise<boolean>,
  what: string,
  lookMs = 20,
  withinMs = LIMIT_MS,
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new InvariantError(`${what}: not within ${withinMs} ms`);
    await wait(lookMs);
  }
}

/** The value below which a share of all lie; NaN of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not written yet.
    return '';
  }
}
