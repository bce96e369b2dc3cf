import type { JobSight } from './read-job.ts';
import type { WireJob } from './rest/wire.ts';

/** What decides of Slurm's answer; `null` for a job that it does not know. */
export function sightOf(job: WireJob | null): JobSight {
  if (job === null) return { state: null, restartCount: 0, exitCode: null };
  return {
    state: job.job_state,
    restartCount: job.restart_cnt ?? 0,
    exitCode: exitCodeOf(job.exit_code ?? 0),
  };
}

/** Slurm tells the status as `wait` gives it: the signal in the low seven bits, the exit code above eight. */
function exitCodeOf(waitStatus: number): number {
  const signal = waitStatus & 0x7f;
  return signal === 0 ? (waitStatus >> 8) & 0xff : 128 + signal;
}
