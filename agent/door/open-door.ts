import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { type Fault, isFault } from '@rerig/domain/fault';
import { isFinal } from '@rerig/domain/workloads';
import Fastify, { type FastifyInstance } from 'fastify';
import { AskedBook } from './asked-book.ts';
import { DoorDesk } from './door-desk.ts';
import type { DoorOptions } from './door-options.ts';
import { type DoorFault, doorFault } from './faults.ts';
import { openRoutes } from './routes.ts';

/** A door that is open. */
export interface Door {
  readonly socketPath: string;
  /** Ms since the epoch: when somebody last asked or was answered, or a workload changed. */
  readonly lastEventAtMs: () => number;
  /** Whether a workload is on its way or somebody is being answered: what must not be ended for idleness. */
  isBusy(): Promise<boolean>;
  /** Resolves once somebody has asked for the executor and got it. */
  readonly givenUp: Promise<void>;
  /** Ends every answer that is under way, and takes the socket away. The executor stays open. */
  close(): Promise<void>;
}

/** What a unix socket's whole path may have, in bytes, less its end. */
const PATH_BYTES_MAX = 103;
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const REQUEST_LIMIT_MS = 60_000;
const ANSWER_LIMIT_MS = 2000;

/**
 * Opens an agent's door: HTTP on a unix socket, by which this user's commands start, list, watch and stop workloads. Gives a
 * Fault where the socket can't be made, or where somebody answers there.
 */
export async function openDoor(options: DoorOptions): Promise<Door | Fault> {
  const { socketPath, executor } = options;
  const unusable = await clearPath(socketPath);
  if (unusable !== null) return unusable;
  const book = AskedBook.open(options.askedFolder);
  if (isFault(book)) return book;
  const desk = await DoorDesk.open(executor, book, options.nowMs ?? Date.now);
  const app = Fastify({ bodyLimit: BODY_BYTES_MAX, requestTimeout: REQUEST_LIMIT_MS, forceCloseConnections: true });
  const givenUp = Promise.withResolvers<void>();
  openRoutes(app, desk, options, givenUp.resolve);
  const refused = await listen(app, socketPath);
  if (refused !== null) {
    desk.close();
    await app.close();
    return refused;
  }
  return {
    socketPath,
    givenUp: givenUp.promise,
    lastEventAtMs: () => desk.lastEventAtMs,
    isBusy: async () => desk.openCount > 0 || (await executor.list()).some(({ state }) => !isFinal(state)),
    close: async () => {
      desk.close();
      await app.close();
      rmSync(socketPath, { force: true });
    },
  };
}

/** Makes the way to the socket, and takes away what an agent left there that is no more. */
async function clearPath(socketPath: string): Promise<DoorFault | null> {
  if (Buffer.byteLength(socketPath) > PATH_BYTES_MAX) return tooLong(socketPath);
  try {
    mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
    if (!existsSync(socketPath)) return null;
    if (await answers(socketPath)) return taken(socketPath);
    rmSync(socketPath);
    return null;
  } catch (error) {
    return unusable(socketPath, error);
  }
}

async function listen(app: FastifyInstance, socketPath: string): Promise<DoorFault | null> {
  // From its first moment on it is this user's alone.
  const before = process.umask(0o177);
  try {
    await app.listen({ path: socketPath });
    chmodSync(socketPath, 0o600);
    return null;
  } catch (error) {
    return unusable(socketPath, error);
  } finally {
    process.umask(before);
  }
}

function answers(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const trial = createConnection(socketPath);
  trial.setTimeout(ANSWER_LIMIT_MS);
  trial.once('connect', () => resolve(true));
  // One that is too busy to take a call within the limit is there all the same.
  trial.once('timeout', () => resolve(true));
  trial.once('error', () => resolve(false));
  return promise.finally(() => trial.destroy());
}

function tooLong(socketPath: string): DoorFault {
  return doorFault('door-path-too-long', {
    what: `The agent can't listen on ${socketPath}.`,
    why: `A socket's path has at most ${PATH_BYTES_MAX} bytes, and this one has ${Buffer.byteLength(socketPath)}.`,
    mend: 'Choose a data folder with a shorter path.',
  });
}

function taken(socketPath: string): DoorFault {
  return doorFault('door-taken', {
    what: `The agent can't listen on ${socketPath}.`,
    why: 'Another agent answers there.',
    mend: 'End that one first, or give another data folder.',
  });
}

function unusable(socketPath: string, error: unknown): DoorFault {
  return doorFault('door-folder-unusable', {
    what: `The agent can't listen on ${socketPath}.`,
    why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
    mend: 'Give a data folder that can be written.',
  });
}
