import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type DoorView, doorSchema, faultSchema } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import { z } from 'zod';
import { cliFault } from '../faults.ts';
import { askDoor } from './door-client.ts';

/** How long a background agent may take until it answers: it looks at the machine, and takes up what runs. */
const START_LIMIT_MS = 30_000;
const LOOK_INTERVAL_MS = 50;
/** Another program may just be giving the data folder up. */
const FOLDER_TRIES_MAX = 6;
const FOLDER_WAIT_MS = 500;
const ANSWER_LIMIT_MS = 3000;
const GIVE_UP_LIMIT_MS = 60_000;
/** Its log, and the records of some jobs. */
const AGENT_BYTES_MIN = 64 * 1024;

/** An agent that answers. */
export interface ReachedAgent {
  readonly socketPath: string;
  readonly view: DoorView;
  /** Whether it was started for this. */
  readonly isFresh: boolean;
}

/** Where the agent of a data folder listens. */
export function doorPath(dataFolder: string): string {
  return join(resolve(dataFolder), 'run/agent.sock');
}

/** The agent of a data folder, where one answers; null where none does. */
export async function findAgent(dataFolder: string): Promise<ReachedAgent | null> {
  const socketPath = doorPath(dataFolder);
  const view = await askDoor(socketPath, { path: '/', limitMs: ANSWER_LIMIT_MS }, doorSchema);
  return isFault(view) ? null : { socketPath, view, isFresh: false };
}

/**
 * The agent of a data folder; where none answers, one is started in the background, and stderr says so. It goes on after
 * this command has ended. A Fault where it can't be started.
 */
export async function reachAgent(dataFolder: string): Promise<ReachedAgent | Fault> {
  const found = await findAgent(dataFolder);
  if (found !== null) return found;
  process.stderr.write('Starting an agent in the background; it ends itself when idle.\n');
  for (let tryCount = 1; ; tryCount += 1) {
    const started = await startAgent(dataFolder);
    const isHeld = isFault(started) && HELD_CODES.includes(started.code);
    if (!isHeld || tryCount >= FOLDER_TRIES_MAX) return started;
    // Whoever holds the folder may be the agent that another command has just started, or one that is about to end.
    await wait(FOLDER_WAIT_MS);
    const other = await findAgent(dataFolder);
    if (other !== null) return other;
  }
}

/** Refusals that pass once another program is through with the data folder. */
const HELD_CODES: readonly string[] = ['executor-folder-unusable', 'executor-folder-taken', 'door-taken'];

/** Asks an agent that was started in the background to end, so that this program can open its executor; its jobs go on. */
export async function takeOverFromAgent(dataFolder: string): Promise<Fault | null> {
  const found = await findAgent(dataFolder);
  if (found === null || !found.view.isTransient) return null;
  const wish = { method: 'POST', path: '/give-up', limitMs: GIVE_UP_LIMIT_MS } as const;
  const given = await askDoor(found.socketPath, wish, z.object({}));
  return isFault(given) ? given : null;
}

async function startAgent(dataFolder: string): Promise<ReachedAgent | Fault> {
  const folder = join(resolve(dataFolder), 'run');
  const logPath = join(folder, 'agent.log');
  let log: number;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    log = openSync(logPath, 'w', 0o600);
  } catch (error) {
    return notStarted(`Its folder can't be used: ${error instanceof Error ? error.message : String(error)}.`, logPath);
  }
  const rerig = join(import.meta.dirname, '../rerig.ts');
  const words = [rerig, 'agent', '--foreground', '--idle', BACKGROUND_IDLE, '--json', '--data', resolve(dataFolder)];
  const child = spawn(process.execPath, words, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  closeSync(log);
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (status, signal) => {
    ended = `it ended with ${signal ?? status}`;
  });
  child.unref();
  const deadlineMs = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadlineMs) {
    const found = await findAgent(dataFolder);
    if (found !== null) return { ...found, isFresh: true };
    if (ended !== null) {
      return faultOfLog(logPath) ?? fullDisk(folder) ?? notStarted(`Its process says: ${ended}.`, logPath);
    }
    await wait(LOOK_INTERVAL_MS);
  }
  return notStarted(`It did not answer within ${START_LIMIT_MS / 1000} s.`, logPath);
}

/** What an agent that was started for one command waits for more of them. */
export const BACKGROUND_IDLE = '10m';

/** The Fault that an agent wrote before it ended: it has said best why. */
function faultOfLog(logPath: string): Fault | null {
  try {
    const [written] = /\{\s*"fault"[\s\S]*\}\s*$/.exec(readFileSync(logPath, 'utf8')) ?? [];
    return written === undefined ? null : z.object({ fault: faultSchema }).parse(JSON.parse(written)).fault;
  } catch {
    // It wrote something else: that it ended is all that is known.
    return null;
  }
}

/** On a full disk an agent can't even write why it has ended. */
function fullDisk(folder: string): Fault | null {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= AGENT_BYTES_MIN) return null;
  return cliFault('disk-full', {
    what: 'The agent could not be started in the background.',
    why: `The disk that holds ${folder} is full.`,
    mend: 'Free space on it, or choose another disk with --data DIR. What is stored is kept as it is.',
  });
}

function notStarted(why: string, logPath: string): Fault {
  return cliFault('agent-not-started', {
    what: 'The agent could not be started in the background.',
    why,
    mend: `Read ${logPath}, or start it in sight with "rerig agent --foreground".`,
  });
}
