import { setTimeout as wait } from 'node:timers/promises';
import { killRun } from './process-identity.ts';

/** After SIGKILL a process ends at once, unless the kernel holds it in a call to a card's driver. */
const KILL_MS_MAX = 5000;
const LOOK_MS_MIN = 2;
const LOOK_MS_MAX = 100;

/** Kills all of a run until nothing of it is left; false where something still runs 5 s later. */
export async function endRun(runId: string): Promise<boolean> {
  const endAtMs = performance.now() + KILL_MS_MAX;
  for (let waitMs = LOOK_MS_MIN; !killRun(runId); waitMs = Math.min(waitMs * 2, LOOK_MS_MAX)) {
    if (performance.now() >= endAtMs) return false;
    await wait(waitMs);
  }
  return true;
}
