import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Door, openDoor } from '@rerig/agent/door';
import { farmFolderOf } from '@rerig/agent/farm';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { openExecutorOf } from '../door/open-executor.ts';
import { doorPath } from '../door/reach-agent.ts';
import { cliFault } from '../faults.ts';
import { listenForStop, type StopRequest } from '../stop-request.ts';
import { version } from '../version.ts';

/** How often an agent looks around: at least so many times in its idle time, and every 2 s. */
const LOOKS_PER_IDLE_TIME = 4;
const LOOK_INTERVAL_MS_MAX = 2000;

/** What an agent in the foreground is asked for. */
export interface AgentWish {
  readonly dataFolder: string;
  /** Null: it stays until it is told to end. */
  readonly idleMs: number | null;
  readonly isJson: boolean;
}

/**
 * An agent of this data folder alone: opens its executor, which takes up what still runs, and answers at its door. Ends when
 * told to, when another program asks for the executor, or after it was idle for so long; jobs that run go on. When a rig has
 * joined or left the farm, it opens the executor anew.
 */
export async function runAgent({ dataFolder: wished, idleMs, isJson }: AgentWish): Promise<void> {
  const dataFolder = resolve(wished);
  const unusable = makeFolder(dataFolder);
  if (unusable !== null) throw new FaultError(unusable);
  const stop = listenForStop(() => process.stderr.write('Ending; jobs that run go on.\n'));
  try {
    while ((await serveOnce(dataFolder, { idleMs, isJson, stop })) === 'farm-changed');
  } finally {
    stop.forget();
  }
}

interface Serving {
  readonly idleMs: number | null;
  readonly isJson: boolean;
  readonly stop: StopRequest;
}

/** Opens all, and closes it once it is to end, or the farm is another. */
async function serveOnce(dataFolder: string, { idleMs, isJson, stop }: Serving): Promise<'over' | 'farm-changed'> {
  const opened = new AsyncDisposableStack();
  const farmStamp = stampOfFarm(dataFolder);
  try {
    const { executor, kind } = await openExecutor(dataFolder, opened);
    const door = await openDoor({
      executor,
      executorKind: kind,
      socketPath: doorPath(dataFolder),
      askedFolder: join(dataFolder, 'asked'),
      version: version(),
      giveUp: () => executor.close(),
    });
    if (isFault(door)) throw new FaultError(door);
    opened.defer(() => door.close());
    const workloadCount = (await executor.list()).length;
    if (isJson) {
      process.stdout.write(`${JSON.stringify({ socketPath: door.socketPath, executor: kind, workloadCount })}\n`);
    } else {
      process.stderr.write(`✔ Agent of ${dataFolder}, executor ${kind}, ${workloadCount} workloads. Ctrl-C ends it.\n`);
    }
    const ended = new AbortController();
    const looked = look(door, { idleMs, hasFarmChanged: () => stampOfFarm(dataFolder) !== farmStamp }, ended.signal);
    const over = Promise.race([stop.asked, door.givenUp]).then(() => 'over' as const);
    return await Promise.race([over, looked]).finally(() => ended.abort());
  } finally {
    await opened.disposeAsync();
  }
}

async function openExecutor(dataFolder: string, opened: AsyncDisposableStack) {
  const executor = await openExecutorOf(dataFolder);
  if (isFault(executor)) throw new FaultError(executor);
  opened.defer(() => executor.executor.close());
  return executor;
}

/** Tells one record of the farm from the next; 0 where there is none. */
function stampOfFarm(dataFolder: string): number {
  return statSync(join(farmFolderOf(dataFolder), 'farm.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function makeFolder(path: string): Fault | null {
  try {
    // As "rerig up" makes it: its database runs as another user, who must be able to pass.
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return null;
  } catch (error) {
    return cliFault('data-folder-unusable', {
      what: `Rerig can't keep its state in ${path}.`,
      why: `${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Give a folder that you can write with --data DIR.',
    });
  }
}

interface Watch {
  readonly idleMs: number | null;
  readonly hasFarmChanged: () => boolean;
}

/** Looks now and then whether the agent was idle for so long, or the farm has changed. */
async function look(
  door: Door,
  { idleMs, hasFarmChanged }: Watch,
  ended: AbortSignal,
): Promise<'over' | 'farm-changed'> {
  const ofIdleMs = idleMs === null ? LOOK_INTERVAL_MS_MAX : Math.max(10, idleMs / LOOKS_PER_IDLE_TIME);
  while (!ended.aborted) {
    await wait(Math.min(LOOK_INTERVAL_MS_MAX, ofIdleMs), undefined, { ref: false });
    if (hasFarmChanged()) return 'farm-changed';
    const isIdle = idleMs !== null && Date.now() - door.lastEventAtMs() >= idleMs;
    if (isIdle && !(await door.isBusy())) return 'over';
  }
  return 'over';
}
