import { randomInt } from 'node:crypto';
import { fstatSync } from 'node:fs';
import type { WorkloadRequest } from '@rerig/api/agent';
import { startWorkload } from '../door/start-workload.ts';
import { orThrow } from '../or-throw.ts';
import { exampleJob } from './example-job.ts';
import { flagName } from './flag-name.ts';
import { jobFields } from './job-fields.ts';
import { readJobFile } from './job-file.ts';
import { jobRequest } from './job-request.ts';
import { type JobWish, mergeWishes } from './job-wish.ts';

/** The flags of "rerig run" that are no wish, and those that are, as texts under their key in camel case. */
export interface RunFlags {
  readonly data: string;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly example?: boolean;
  readonly json?: boolean;
  readonly [key: string]: unknown;
}

/** Letters that are told apart when read aloud or copied by hand. */
const ID_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const ID_SUFFIX_LENGTH = 5;

/**
 * Runs a job file, or the command that was given, or the file's with that command; gives the status to end with. Throws
 * `FaultError` for what never ran.
 */
export async function runJob(flags: RunFlags, path: string | undefined, command: readonly string[]): Promise<number> {
  if (flags.example === true) {
    process.stdout.write(exampleJob);
    return 0;
  }
  const request = orThrow(jobRequest(wishOf(flags, path, command), here()));
  if (flags.dryRun === true) {
    const { showChoice } = await import('./show-choice.ts');
    return showChoice(request, flags.data, flags.json === true);
  }
  if (isInputGiven()) process.stderr.write('Its input is empty: what is piped in here does not reach the job.\n');
  if (flags.detach === true) return startDetached(request, flags);
  const { runForeground } = await import('./run-foreground.ts');
  return runForeground(request, flags.data, flags.json === true);
}

function here() {
  const suffix = Array.from({ length: ID_SUFFIX_LENGTH }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
  return { folder: process.cwd(), shell: process.env, suffix };
}

/** The job file's wish, where one is named, with all that the command line says in its place. */
function wishOf(flags: RunFlags, path: string | undefined, command: readonly string[]): JobWish {
  const filed = path === undefined ? {} : orThrow(readJobFile(path));
  const flagged = mergeWishes(filed, flaggedWish(flags));
  return command.length === 0 ? flagged : mergeWishes(flagged, { command });
}

function flaggedWish(flags: RunFlags): JobWish {
  let wish: JobWish = {};
  for (const { key, read } of jobFields) {
    const value = flags[flagName(key)];
    const texts = typeof value === 'boolean' ? [String(value)] : value;
    if (!Array.isArray(texts)) continue;
    const reading = read(texts.map(String), process.cwd());
    if ('value' in reading) wish = mergeWishes(wish, reading.value);
  }
  return wish;
}

/** Whether somebody pipes something in, or names a file; a terminal and /dev/null are nothing that is missed. */
function isInputGiven(): boolean {
  try {
    const input = fstatSync(process.stdin.fd);
    return input.isFIFO() || (input.isFile() && input.size > 0);
  } catch {
    // It is closed: nothing is missed.
    return false;
  }
}

async function startDetached(request: WorkloadRequest, flags: RunFlags): Promise<number> {
  const { workload } = orThrow(await startWorkload(flags.data, request));
  process.stdout.write(`${flags.json === true ? JSON.stringify(workload, null, 2) : workload.workloadId}\n`);
  return 0;
}
