import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, rmdir } from 'node:fs/promises';
import { leaveAnswerSchema } from '@rerig/api/farm-door';
import { type Fault, isFault } from '@rerig/domain/fault';
import { identityOf, signalProcess } from '@rerig/executors/local';
import { askHead } from './ask-head.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { forgetJoinedRig, type JoinedRig, loadJoinedRig, rigFolderOf } from './joined-rig.ts';
import { notRoot } from './make-farm.ts';
import { runCommand } from './run-command.ts';
import { stopPart } from './run-parts.ts';

/** How a rig leaves. `drain`: its work ends first; `now`: its work starts again elsewhere; `forget`: the head is not asked. */
export interface LeaveWish {
  readonly dataFolder: string;
  readonly mode: 'drain' | 'now' | 'forget';
  readonly onStep: (text: string) => void;
  /** Ends the wait for work; the rig stays in the farm then, and takes no new work. */
  readonly signal?: AbortSignal;
}

const ASK_EVERY_MS = 1000;
/** Jobs end at once where a rig leaves at once; Slurm kills what ignores it. */
const NOW_WITHIN_MS = 60_000;
const PROCESSES_WITHIN_MS = 10_000;

/** Leaves the farm and undoes what the join has done. Where the head can't be told, nothing is undone. */
export async function leaveFarm(wish: LeaveWish): Promise<JoinedRig | Fault> {
  const { dataFolder, mode, onStep } = wish;
  if (process.getuid?.() !== 0) return notRoot('leave a farm');
  const joined = await loadJoinedRig(dataFolder);
  if (isFault(joined)) return joined;
  if (joined === null) return notJoined(dataFolder);
  if (mode !== 'forget') {
    const failed = await waitUntilFree(joined, wish);
    if (failed !== null) return failed;
  }
  onStep('stopping slurmd');
  const stopped = await stopPart('slurmd', rigFolderOf(dataFolder));
  if (stopped !== null) return stopped;
  await endJobs(joined);
  if (mode !== 'forget') {
    const left = await askStep(joined, 'left');
    if (isFault(left) && left.code !== 'rig-unknown') return left;
  }
  onStep('removing what the join has written');
  if (joined.startedParts.includes('munge')) await stopPart('munge', rigFolderOf(dataFolder));
  await undoFiles(joined);
  await forgetJoinedRig(dataFolder);
  return joined;
}

async function waitUntilFree(joined: JoinedRig, { mode, onStep, signal }: LeaveWish): Promise<Fault | null> {
  const untilMs = mode === 'now' ? Date.now() + NOW_WITHIN_MS : Number.POSITIVE_INFINITY;
  let toldCount = -1;
  for (;;) {
    const answer = await askStep(joined, mode === 'now' ? 'now' : 'drain');
    if (isFault(answer)) return answer;
    if (answer.standing !== 'draining') return null;
    if (answer.workloadCount !== toldCount) onStep(`waiting for ${answer.workloadCount} workloads to end`);
    toldCount = answer.workloadCount;
    if (signal?.aborted === true || Date.now() > untilMs) return stillBusy(joined, answer.workloadCount);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

function askStep({ head, slurmName, secret }: JoinedRig, step: 'drain' | 'now' | 'left') {
  const address = { address: head.address, port: head.port, fingerprint: Buffer.from(head.fingerprintHex, 'hex') };
  return askHead(address, '/v1/rigs/leave', { slurmName, secret, step }, leaveAnswerSchema);
}

/** What still runs of jobs here, known by the marks that Slurm gives them, is ended: nobody else would. */
async function endJobs({ clusterName, slurmName }: JoinedRig): Promise<void> {
  const untilMs = Date.now() + PROCESSES_WITHIN_MS;
  for (
    let found = jobProcesses(clusterName, slurmName);
    found.length > 0;
    found = jobProcesses(clusterName, slurmName)
  ) {
    if (Date.now() > untilMs) return;
    for (const pid of found) {
      const identity = identityOf(pid);
      if (identity !== undefined) signalProcess(identity, 'SIGKILL', 'process');
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS / 10));
  }
}

function jobProcesses(clusterName: string, slurmName: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const variables = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      const isOne =
        variables.includes(`SLURM_CLUSTER_NAME=${clusterName}`) && variables.includes(`SLURMD_NODENAME=${slurmName}`);
      return isOne ? [Number(name)] : [];
    } catch {
      // It has ended since.
      return [];
    }
  });
}

async function undoFiles({ files, madeJobUser }: JoinedRig): Promise<void> {
  for (const { path, backup } of files) {
    if (backup === null) await rm(path, { force: true });
    else if (existsSync(backup)) await rename(backup, path);
  }
  await removeIfEmpty('/etc/rerig');
  if (madeJobUser !== null) await runCommand('userdel', [madeJobUser]);
}

/** What the operator has put there beside ours stays, and the folder with it. */
async function removeIfEmpty(folder: string): Promise<void> {
  if (existsSync(folder) && readdirSync(folder).length === 0) await rmdir(folder);
}

function notJoined(dataFolder: string): FarmFault {
  return farmFault('rig-not-joined', {
    what: 'This rig has joined no farm.',
    why: `Nothing about one is kept in ${dataFolder}.`,
    mend: 'Name the folder that it joined with: --data DIR',
  });
}

function stillBusy({ slurmName }: JoinedRig, workloadCount: number): FarmFault {
  return farmFault('rig-busy', {
    what: `${slurmName} has not left yet: ${workloadCount} workloads run on it.`,
    why: 'It takes no new work, and those that run go on to their end.',
    mend: 'Run "rerig leave" again later, or "rerig leave --now" to have them start again elsewhere.',
  });
}
