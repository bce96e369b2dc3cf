import { execFile } from 'node:child_process';
import { isFault } from '@rerig/domain/fault';
import { type ExecutorFault, executorFault } from '../faults.ts';
import { cardIndexes } from './job-places.ts';

/** Slurm's commands hang long before a controller that is gone. */
const COMMAND_WITHIN_MS = 8000;
const OUTPUT_BYTES_MAX = 32 * 1024 ** 2;
/** Ids of jobs in one command, so that its words stay short enough. */
const JOBS_A_COMMAND_MAX = 500;

/** A job in the list of all jobs. */
export interface ListedJob {
  readonly jobId: number;
  readonly name: string;
  readonly state: string;
  /** As Slurm writes it; changes with each run. */
  readonly startedAt: string;
  /** Why it waits, in Slurm's words; what it says of one that runs means nothing. */
  readonly reason: string;
}

/** A rig as Slurm sees it. */
export interface ListedRig {
  readonly nodeName: string;
  readonly address: string;
  readonly port: number;
  /** In small letters, with Slurm's marks: `idle`, `mixed`, `down*`, `drained`. */
  readonly state: string;
  readonly reason: string;
}

/** What slurmrestd's API has no verb for: Slurm's own commands, each with a limit. Nothing throws. */
export class SlurmCommands {
  readonly #confPath: string;

  constructor(confPath: string) {
    this.#confPath = confPath;
  }

  /** Whether slurmctld answers, asked with munge's key and no token. */
  async isControllerUp(): Promise<boolean> {
    const said = await this.#run('scontrol', ['ping']);
    return !isFault(said) && / is UP\b/.test(said);
  }

  /** Every job that Slurm remembers, of all partitions or of some, ended ones too: cheap also for thousands. */
  async jobs(partitionNames: readonly string[] = []): Promise<readonly ListedJob[] | ExecutorFault> {
    const chosen = partitionNames.length === 0 ? [] : ['-p', partitionNames.join(',')];
    const listed = await this.#run('squeue', ['-h', '-t', 'all', ...chosen, '-o', '%i|%T|%S|%r|%j']);
    if (isFault(listed)) return listed;
    return linesOf(listed).map((line) => {
      const [id = '', state = '', startedAt = '', reason = '', ...name] = line.split('|');
      return { jobId: Number(id), state, startedAt, reason, name: name.join('|') };
    });
  }

  async rigs(partition: string): Promise<readonly ListedRig[] | ExecutorFault> {
    const format = 'NodeList:100,NodeAddr:100,Port:12,StateLong:40,Reason:400';
    const listed = await this.#run('sinfo', ['-h', '-N', '-p', partition, '-O', format]);
    return isFault(listed) ? listed : linesOf(listed).map(parseListedRig);
  }

  async partitionNames(): Promise<readonly string[] | ExecutorFault> {
    const listed = await this.#run('sinfo', ['-h', '-o', '%R']);
    return isFault(listed) ? listed : linesOf(listed).map((line) => line.trim());
  }

  /** Indexes of a rig's cards that jobs have, whoever's. */
  async busyIndexes(nodeName: string, partition: string): Promise<ReadonlySet<number> | ExecutorFault> {
    const listed = await this.#run('sinfo', ['-h', '-N', '-n', nodeName, '-p', partition, '-O', 'GresUsed:1000']);
    return isFault(listed) ? listed : new Set(cardIndexes(listed));
  }

  /** Sends a signal to the steps of jobs, or to their scripts. Jobs that have ended are passed over. */
  async signal(jobIds: readonly number[], signal: string, target: 'steps' | 'script'): Promise<void> {
    for (let from = 0; from < jobIds.length; from += JOBS_A_COMMAND_MAX) {
      const ids = jobIds.slice(from, from + JOBS_A_COMMAND_MAX).map(String);
      // A job that has ended makes it fail; a controller that is gone shows itself at the next question.
      await this.#run('scancel', ['-Q', `--signal=${signal}`, ...(target === 'script' ? ['--batch'] : []), ...ids]);
    }
  }

  /** Whether Slurm has told a job that runs to make room. */
  async isPreempted(jobId: number): Promise<boolean | ExecutorFault> {
    const shown = await this.#run('scontrol', ['-o', 'show', 'job', String(jobId)]);
    return isFault(shown) ? shown : /\bPreemptTime=(?!None)/.test(shown);
  }

  /** Lets go a job that Slurm holds. */
  release(jobId: number): Promise<string | ExecutorFault> {
    return this.#run('scontrol', ['release', String(jobId)]);
  }

  /** Puts a job, running or ended, back into the queue. */
  requeue(jobId: number): Promise<string | ExecutorFault> {
    return this.#run('scontrol', ['requeue', String(jobId)]);
  }

  /** Changes a waiting job: `StartTime=now`, `NodeList=…`. */
  updateJob(jobId: number, ...changes: readonly string[]): Promise<string | ExecutorFault> {
    return this.#run('scontrol', ['update', `JobId=${jobId}`, ...changes]);
  }

  updateRig(nodeName: string, ...changes: readonly string[]): Promise<string | ExecutorFault> {
    return this.#run('scontrol', ['update', `NodeName=${nodeName}`, ...changes]);
  }

  #run(command: string, words: readonly string[]): Promise<string | ExecutorFault> {
    const { promise, resolve } = Promise.withResolvers<string | ExecutorFault>();
    const env = {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      SLURM_CONF: this.#confPath,
      SLURM_TIME_FORMAT: 'standard',
    };
    const limits = { timeout: COMMAND_WITHIN_MS, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' as const };
    execFile(command, [...words], { env, ...limits }, (error, stdout, stderr) => {
      resolve(error === null ? stdout : commandFailed(command, error, stderr));
    });
    return promise;
  }
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Columns of fixed widths, for reasons have blanks. */
function parseListedRig(line: string): ListedRig {
  const column = (from: number, to: number) => line.slice(from, to).trim();
  return {
    nodeName: column(0, 100),
    address: column(100, 200),
    port: Number(column(200, 212)),
    state: column(212, 252),
    reason: column(252, 652),
  };
}

function commandFailed(command: string, error: Error & { readonly killed?: boolean }, stderr: string): ExecutorFault {
  const said = stderr.trim().split('\n').slice(-2).join('; ');
  const isMissing = 'code' in error && error.code === 'ENOENT';
  return executorFault('executor-unreachable', {
    what: `Slurm’s command ${command} failed.`,
    why: isMissing
      ? 'It is not installed here.'
      : error.killed === true
        ? `It gave no answer within ${COMMAND_WITHIN_MS} ms.`
        : `It said: ${said === '' ? error.message : said}.`,
    mend: isMissing
      ? 'Install slurm-client on the head.'
      : 'Look whether slurmctld runs: "rerig farm status" shows it.',
  });
}
