import { execFile } from 'node:child_process';
import { type ExecutorFault, executorFault } from '../faults.ts';
import { rankFunctionsPath } from './rank-functions.ts';

/** Where a run writes, and what it may read of those before it. */
export interface OutputFolders {
  /** This run's own; it exists, and belongs to whoever made it. */
  readonly own: string;
  /** What earlier runs had written when they were followed, newest first, without empty ones: at most 100. */
  readonly earlier: readonly string[];
  /** RERIG_OUTPUT_FOLDER, RERIG_EARLIER_OUTPUT_FOLDERS and RERIG_RESTART_COUNT. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Keeping an earlier run's files is a matter of links; only a file system that knows none has to copy. */
const PREPARE_MS_MAX = 10 * 60_000;
const WORDS_BYTES_MAX = 1024 * 1024;
const REASON_LENGTH_MAX = 300;

/**
 * Makes the folder of a run below a workload's output folder, and keeps what earlier runs have written as it stands, so
 * that one that was cut off and goes on can change nothing that a later one reads. `restartCount`: runs before it. To do
 * it again, also on several rigs at once, changes nothing. A Fault, `workload-invalid` or `start-failed`, where it can't.
 */
export async function prepareOutputFolders(
  outputFolder: string,
  restartCount: number,
): Promise<OutputFolders | ExecutorFault> {
  if (!outputFolder.startsWith('/') || /[:\n]/.test(outputFolder)) {
    return executorFault('workload-invalid', {
      what: `The output folder "${outputFolder}" can't be used.`,
      why: 'It is told to the workload in a list that colons part, as a path from the root.',
      mend: 'Name a folder by its whole path, without a colon or a line break in it.',
    });
  }
  const { promise, resolve } = Promise.withResolvers<OutputFolders | ExecutorFault>();
  const script = `. "$0"; rerig_output_folders "$1" "$2" && printf '%s' "$RERIG_EARLIER_OUTPUT_FOLDERS"`;
  execFile(
    '/bin/sh',
    ['-c', script, rankFunctionsPath, outputFolder, `${restartCount}`],
    { timeout: PREPARE_MS_MAX, maxBuffer: WORDS_BYTES_MAX, env: { PATH: process.env.PATH } },
    (error, stdout, stderr) => {
      if (error !== null) return resolve(unusableFault(outputFolder, stderr.trim() || error.message));
      const own = resultFolder(outputFolder, restartCount);
      const environment = {
        RERIG_OUTPUT_FOLDER: own,
        RERIG_EARLIER_OUTPUT_FOLDERS: stdout,
        RERIG_RESTART_COUNT: `${restartCount}`,
      };
      resolve({ own, earlier: stdout.split(':').filter(Boolean), environment });
    },
  );
  return promise;
}

/**
 * Whose files are a workload's result: those of its last run, which is told by its count of restarts. What an earlier run
 * wrote, before or after it was cut off, is none.
 */
export function resultFolder(outputFolder: string, restartCount: number): string {
  return `${outputFolder}/run-${restartCount}`;
}

function unusableFault(outputFolder: string, why: string): ExecutorFault {
  return executorFault('start-failed', {
    what: `The output folder ${outputFolder} could not be made ready.`,
    why: `The file system said: ${why.slice(0, REASON_LENGTH_MAX)}`,
    mend: 'Make room there, or let the executor write there, then start the workload again.',
  });
}
