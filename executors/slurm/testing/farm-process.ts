import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { InvariantError } from '@rerig/domain/fault';

/** A daemon in the foreground: our child, that the kernel ends with us. */
export interface FarmProcess {
  readonly pid: number;
  readonly isRunning: () => boolean;
  /** Sends the signal and waits until it has ended, 10 s at most. */
  end(signal: NodeJS.Signals): Promise<void>;
}

const END_WITHIN_MS = 10_000;

/** Starts a daemon. What it says goes to its own log. */
export function startProcess(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  user?: string,
): FarmProcess {
  const asUser =
    user === undefined ? [] : [`--reuid=${user}`, `--regid=${user === 'nobody' ? 'nogroup' : user}`, '--clear-groups'];
  const child = spawn('setpriv', [...asUser, '--pdeathsig', 'KILL', ...command], {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
    stdio: 'ignore',
  });
  const { pid } = child;
  if (pid === undefined) throw new InvariantError(`setpriv could not start ${command.join(' ')}`);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    isRunning,
    async end(signal) {
      if (!isRunning()) return;
      const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_WITHIN_MS) });
      child.kill(signal);
      await ended;
    },
  };
}

/** The processes that a condition on their folder in /proc holds for. */
function processesWhere(holds: (folder: string) => boolean): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      return holds(`/proc/${name}`) ? [Number(name)] : [];
    } catch {
      // It has ended since, or is the kernel's own.
      return [];
    }
  });
}

/** What slurmd started on one rig: its step daemons, which hold the rig's log open, and all that they started. */
export function processesOfRig(logPath: string, clusterName: string, nodeName: string): readonly number[] {
  return processesWhere((folder) => {
    if (isDaemon(folder)) return holdsOpen(folder, (path) => path === logPath);
    const variables = readFileSync(`${folder}/environ`, 'utf8').split('\0');
    return variables.includes(`SLURM_CLUSTER_NAME=${clusterName}`) && variables.includes(`SLURMD_NODENAME=${nodeName}`);
  });
}

/** What all slurmd of a farm started, at one look through all processes. */
export function processesOfFarm(logFolder: string, clusterName: string): readonly number[] {
  return processesWhere((folder) => {
    if (isDaemon(folder)) return holdsOpen(folder, (path) => path.startsWith(`${logFolder}/slurmd-`));
    return readFileSync(`${folder}/environ`, 'utf8').split('\0').includes(`SLURM_CLUSTER_NAME=${clusterName}`);
  });
}

/** slurmd and slurmstepd; the script of a job is called slurm_script. */
function isDaemon(folder: string): boolean {
  return /^slurm(step)?d\n/.test(readFileSync(`${folder}/comm`, 'utf8'));
}

function holdsOpen(folder: string, holds: (path: string) => boolean): boolean {
  return readdirSync(`${folder}/fd`).some((fd) => holds(readlinkSync(`${folder}/fd/${fd}`)));
}

/** Ends processes at once; those that are gone are no fault. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended since it was found.
    }
  }
}
