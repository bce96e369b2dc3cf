import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import { type ForeignFault, foreignFault } from './faults.ts';

/** A server gets so long to end by itself; our own parent gives us 10 s. */
const END_MS_MAX = 5000;
const END_TURN_MS = 50;

/** A server that we started, leader of its own process group. */
export interface CommandProcess {
  /** Where it is to listen; null where the command does not take a port. */
  readonly address: string | null;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** SIGTERM to its whole group, and SIGKILL to what is left of it after 5 s. */
  end(): Promise<void>;
}

/** Starts a server by its command, with `{port}` replaced; what it writes goes to `output`. */
export async function startCommand(
  command: readonly string[],
  output: Writable,
): Promise<CommandProcess | ForeignFault> {
  const takesPort = command.some((part) => part.includes('{port}'));
  const port = takesPort ? await freePort() : null;
  if (isFault(port)) return port;
  const [program = '', ...values] = command.map((part) => part.replaceAll('{port}', String(port)));
  const child = spawn(program, values, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `with the exit code ${code}` : `by ${signal}`));
  });
  const problem = await new Promise<Error | null>((resolve) => {
    child.once('spawn', () => resolve(null));
    // Stays for good: an error after the start must not end us.
    child.on('error', resolve);
  });
  if (problem !== null) return notStarted(program, problem);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(output, { end: false });
  const signal = (name: NodeJS.Signals | 0) => signalGroup(child, name);
  return {
    address: port === null ? null : `http://127.0.0.1:${port}`,
    ended,
    end: async () => {
      signal('SIGTERM');
      for (let leftMs = END_MS_MAX; leftMs > 0 && signal(0); leftMs -= END_TURN_MS) await wait(END_TURN_MS);
      signal('SIGKILL');
    },
  };
}

/** Sends a signal to a whole group; false where nobody is left in it. */
function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, name);
  } catch {
    // ESRCH: all of them have ended.
    return false;
  }
}

function freePort(): Promise<number | ForeignFault> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(noPort(error)));
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function noPort(error: Error): ForeignFault {
  return foreignFault('no_free_port', {
    what: 'The server is not started: there is no free port for it.',
    why: `The system says: ${error.message}.`,
    mend: 'End what listens on this machine, or write the port into the command and give --server.',
  });
}

function notStarted(program: string, error: Error): ForeignFault {
  return foreignFault('command_not_started', {
    what: `The server’s command ${program} can’t be started.`,
    why: `The system says: ${error.message}.`,
    mend: 'See that this program is there and may be run.',
  });
}
