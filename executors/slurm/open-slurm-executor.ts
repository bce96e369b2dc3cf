import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, isFault } from '@rerig/domain/fault';
import { holdsCards } from '@rerig/domain/workloads';
import { z } from 'zod';
import { executorFault } from '../faults.ts';
import { takeFolder } from '../local.ts';
import type { Executor } from '../port.ts';
import { CardHolds } from './card-holds.ts';
import { unsubmittedFault } from './end-faults.ts';
import type { FarmParts } from './farm-parts.ts';
import { FarmPoll } from './farm-poll.ts';
import { JobCompletions } from './job-completions.ts';
import { JobKeeper } from './job-keeper.ts';
import { hasSteps } from './job-script.ts';
import type { SlurmExecutorOptions } from './options.ts';
import { RecordBook } from './record-book.ts';
import { RecordFolder } from './record-folder.ts';
import { ReportDesk } from './report-desk.ts';
import { ReportListener } from './report-listener.ts';
import { SlurmRest } from './rest/slurm-rest.ts';
import { RigWatch } from './rig-watch.ts';
import { RunLogs } from './run-logs.ts';
import { SlurmCommands } from './slurm-commands.ts';
import { SlurmExecutor } from './slurm-executor.ts';
import { Strays } from './strays.ts';
import { askSlurm, findSubmitted, jobNameOf } from './submit-job.ts';

const LOSS_AFTER_MS = 3000;

/** What an executor keeps of itself: scripts on the rigs report to the port, and jobs carry the id. */
const identityWire = z.object({ executorId: z.string(), port: z.int() });

/**
 * Opens the executor of a farm that Slurm runs, and takes up what earlier starts of it have left: what survives it is heard
 * again, what does not is ended. Gives a Fault where the folder can't be used, the port is taken, or Slurm can't be asked.
 */
export async function openSlurmExecutor(options: SlurmExecutorOptions): Promise<Executor | Fault> {
  const folder = join(options.dataFolder, 'slurm');
  const giveBack = takeFolder(folder);
  if (isFault(giveBack)) return giveBack;
  const parts = await openParts(options, folder, giveBack);
  if (isFault(parts)) {
    giveBack();
    return parts;
  }
  const executor = new SlurmExecutor(parts);
  await takeUp(parts, executor);
  return executor;
}

async function openParts(
  options: SlurmExecutorOptions,
  folder: string,
  giveBack: () => void,
): Promise<FarmParts | Fault> {
  const { rigs, listen, lossAfterMs = LOSS_AFTER_MS, rigRunFolder, podman = ['podman'] } = options;
  const rest = new SlurmRest(options.rest, options.jwtKeyPath, options.jobUser);
  const commands = new SlurmCommands(options.confPath);
  const answer = await askSlurm({ rest, commands });
  if (answer !== null) return answer;
  const records = new RecordFolder(join(folder, 'jobs'));
  const book = new RecordBook(records, randomUUID());
  const logs = new RunLogs(records);
  const rigByName = new Map(rigs.map((rig) => [rig.nodeName, rig]));
  const nameById = new Map(rigs.map((rig) => [rig.rigId, rig.nodeName]));
  const rigIdOf = (nodeName: string) => rigByName.get(nodeName)?.rigId ?? nodeName;
  const rigHearer = {
    busyNames: () => {
      const holding = book.open().filter(({ workload }) => holdsCards(workload.state));
      const rigIds = holding.flatMap(({ workload }) => workload.places.map(({ rigId }) => rigId));
      return new Set(rigIds.map((rigId) => nameById.get(rigId) ?? rigId));
    },
    lost: (nodeName: string) => {
      const rigId = rigIdOf(nodeName);
      for (const { workload } of book.open()) {
        if (!workload.places.some((place) => place.rigId === rigId)) continue;
        book.note(workload.workloadId, { lostRigId: rigId });
        void keeper.look(workload.workloadId);
      }
    },
  };
  const rigWatch = new RigWatch(commands, rigHearer, lossAfterMs);
  const identity = identityOf(folder);
  const jobName = (workloadId: string) => jobNameOf(identity.executorId, workloadId);
  const completions = new JobCompletions(options.confPath);
  const keeper = new JobKeeper({ book, logs, rest, commands, completions, jobName, rigs: () => rigByName, rigWatch });
  const rigOf = (nodeName: string) => rigByName.get(nodeName);
  const desk = new ReportDesk({ book, logs, keeper, rigWatch, rigOf });
  const listener = await openListener(desk, listen.address, listen.port === 0 ? identity.port : listen.port);
  if (isFault(listener)) {
    rigWatch.close();
    return listener;
  }
  keepIdentity(folder, { ...identity, port: listener.port });
  const strays = new Strays(rest, book, identity.executorId);
  const recordPath = join(folder, 'drained.json');
  const holds = new CardHolds({ rest, commands, book, rigWatch, rigs, executorId: identity.executorId, recordPath });
  const poll = new FarmPoll({ book, logs, commands, keeper, rigWatch, strays, holds });
  const close = async () => {
    rigWatch.close();
    keeper.close();
    await poll.close();
    await holds.close();
    await listener.close();
    book.saveAgain();
    logs.save();
    rest.close();
    giveBack();
  };
  const headUrl = `http://${listen.address}:${listener.port}`;
  const { executorId } = identity;
  return {
    rest,
    commands,
    rigs,
    headUrl,
    rigRunFolder,
    podman,
    executorId,
    book,
    logs,
    keeper,
    rigWatch,
    strays,
    holds,
    poll,
    close,
  };
}

/** Goes on with what an earlier start has left. */
async function takeUp(parts: FarmParts, executor: Executor): Promise<void> {
  const { book, keeper, rigWatch, commands, holds } = parts;
  await rigWatch.refresh();
  for (const { jobId, workload } of book.open()) {
    if (jobId !== null) continue;
    // We were ended between its entry and Slurm's answer.
    const found = await findSubmitted(parts, workload.workloadId);
    if (!isFault(found)) book.note(workload.workloadId, { jobId: found });
    else book.apply(workload.workloadId, 'failed', { fault: unsubmittedFault(workload.workloadId) });
  }
  await Promise.all(book.open().map(({ workload }) => keeper.look(workload.workloadId)));
  await holds.settle();
  const left = book.open();
  const heard = left.filter(({ workload }) => holdsCards(workload.state));
  // Programs ignore it by default; a script that hears it reports anew.
  for (const target of ['steps', 'script'] as const) {
    const ids = heard.filter(({ spec }) => hasSteps(spec) === (target === 'steps')).flatMap(({ jobId }) => jobId ?? []);
    await commands.signal(ids, 'CONT', target);
  }
  for (const record of left) {
    if (record.spec.survivesExecutor === true) keeper.resumeClocks(record);
    else void executor.stop(record.workload.workloadId);
  }
}

function identityOf(folder: string): z.infer<typeof identityWire> {
  try {
    return identityWire.parse(JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8')));
  } catch {
    // The first start here, or a file that was cut off: a new one is made, and old jobs are found by their records.
    return { executorId: randomBytes(4).toString('hex'), port: 0 };
  }
}

function keepIdentity(folder: string, identity: z.infer<typeof identityWire>): void {
  const path = join(folder, 'identity.json');
  // Wholly or not at all: under another id, no job of ours would be found by its name.
  writeFileSync(`${path}.new`, JSON.stringify(identity), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

async function openListener(desk: ReportDesk, address: string, port: number): Promise<ReportListener | Fault> {
  try {
    return await ReportListener.open(desk, address, port);
  } catch (error) {
    return executorFault('executor-folder-unusable', {
      what: `The executor does not start: rigs can’t report to ${address}:${port}.`,
      why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Choose an address of this machine that the rigs reach, and a port that nobody uses.',
    });
  }
}
