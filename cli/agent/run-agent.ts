import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Door, openDoor } from '@rerig/agent/door';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { openExecutorOf } from '../door/open-executor.ts';
import { doorPath } from '../door/reach-agent.ts';
import { cliFault } from '../faults.ts';
import { listenForStop, type StopRequest } from '../stop-request.ts';
import { version } from '../version.ts';

/** How often an agent looks whether it is idle, at least this many times in its idle time. */
const LOOKS_PER_IDLE_TIME = 4;
const LOOK_INTERVAL_MS_MAX = 15_000;

/** What an agent in the foreground is asked for. */
export interface AgentWish {
  readonly dataFolder: string;
  /** Null: it stays until it is told to end. */
  readonly idleMs: number | null;
  readonly isJson: boolean;
}

/**
 * An agent of this data folder alone: opens its executor, which takes up what still runs, and answers at its door. Ends when
 * told to, when another program asks for the executor, or after it was idle for so long; jobs that run go on.
 */
export async function runAgent({ dataFolder: wished, idleMs, isJson }: AgentWish): Promise<void> {
  const dataFolder = resolve(wished);
  const unusable = makeFolder(dataFolder);
  if (unusable !== null) throw new FaultError(unusable);
  const stop = listenForStop(() => process.stderr.write('Ending; jobs that run go on.\n'));
  const opened = new AsyncDisposableStack();
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
    if (isJson)
      process.stdout.write(`${JSON.stringify({ socketPath: door.socketPath, executor: kind, workloadCount })}\n`);
    else
      process.stderr.write(`✔ Agent of ${dataFolder}, executor ${kind}, ${workloadCount} workloads. Ctrl-C ends it.\n`);
    await over(door, idleMs, stop);
  } finally {
    await opened.disposeAsync();
    stop.forget();
  }
}

async function openExecutor(dataFolder: string, opened: AsyncDisposableStack) {
  const executor = await openExecutorOf(dataFolder);
  if (isFault(executor)) throw new FaultError(executor);
  opened.defer(() => executor.executor.close());
  return executor;
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

/** Resolves when the agent is to end. */
async function over(door: Door, idleMs: number | null, stop: StopRequest): Promise<void> {
  const ended = new AbortController();
  try {
    await Promise.race([stop.asked, door.givenUp, ...(idleMs === null ? [] : [idle(door, idleMs, ended.signal)])]);
  } finally {
    ended.abort();
  }
}

async function idle(door: Door, idleMs: number, ended: AbortSignal): Promise<void> {
  const lookMs = Math.min(LOOK_INTERVAL_MS_MAX, Math.max(10, idleMs / LOOKS_PER_IDLE_TIME));
  while (!ended.aborted) {
    await wait(lookMs);
    if (Date.now() - door.lastEventAtMs() >= idleMs && !(await door.isBusy())) return;
  }
}
