import { open, readFile } from 'node:fs/promises';
import type { JobSight } from './read-job.ts';

/** Of the end of the file: about 40,000 jobs. What ended before them is not found. */
const TAIL_BYTES = 16 * 1024 ** 2;

/**
 * The ends of jobs that Slurm has forgotten, from the file that jobcomp/filetxt keeps on the head: by it, what ended while
 * the agent was away for long still has a true state.
 */
export class JobCompletions {
  readonly #confPath: string;

  constructor(confPath: string) {
    this.#confPath = confPath;
  }

  /** How the last run of a job ended; null where the file does not tell, or there is none. `name`: ids begin anew in a new Slurm. */
  async find(jobId: number, name: string): Promise<JobSight | null> {
    try {
      const path = /^JobCompLoc=(\S+)/m.exec(await readFile(this.#confPath, 'utf8'))?.[1];
      return path === undefined ? null : parseCompletion(await readTail(path), jobId, name);
    } catch {
      // No such file, or not ours to read: nothing is known by it.
      return null;
    }
  }
}

/** The last line of a job in the text of jobcomp/filetxt, as a sight of it. */
export function parseCompletion(text: string, jobId: number, name: string): JobSight | null {
  const line = text
    .split('\n')
    .findLast((each) => each.startsWith(`JobId=${jobId} `) && each.includes(` Name=${name} `));
  const state = / JobState=([A-Z_]+)/.exec(line ?? '')?.[1];
  if (line === undefined || state === undefined || ['REQUEUED', 'PENDING'].includes(state)) return null;
  const [, code, signal] = / ExitCode=(\d+):(\d+)/.exec(line) ?? [];
  const exitCode = code === undefined ? null : signal === '0' ? Number(code) : 128 + Number(signal);
  return { state, restartCount: 0, exitCode };
}

async function readTail(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
