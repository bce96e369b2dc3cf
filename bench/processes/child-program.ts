import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { InvariantError } from '@rerig/domain/fault';

/** How a program is started. */
export interface ProgramStart {
  readonly command: string;
  readonly values: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether its first line on stdout says that it is ready; else the caller asks it. */
  readonly saysReady: boolean;
  readonly folder?: string;
}

/** A program under measurement, running. Its stdout is read line by line. */
export interface RunningProgram {
  readonly pid: number;
  /** Its first line, where it says that it is ready; empty else. */
  readonly firstLine: string;
  /** The next line that it prints. */
  readonly nextLine: () => Promise<string>;
  /** Sends it a line on stdin, and gives the next line that it prints. */
  readonly ask: (line: string) => Promise<string>;
  /** Resolves once it has ended. */
  readonly ended: Promise<void>;
  /** Asks it to stop, kills it where it does not, and resolves once it has ended. */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const STDERR_CHARACTERS_MAX = 4000;

/** Starts a program of ours, in TypeScript, on this Node. */
export function startOwnProgram(path: string, ...values: readonly string[]): Promise<RunningProgram> {
  return startProgram({ command: process.execPath, values: [path, ...values], saysReady: true });
}

/** Starts a program and waits for its first line, where it has one. Throws with its stderr where it ends before. */
export async function startProgram(start: ProgramStart): Promise<RunningProgram> {
  const child = spawn(start.command, start.values, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...start.environment },
    cwd: start.folder,
  });
  const ended = once(child, 'exit').then(() => undefined);
  let said = '';
  child.stderr?.on('data', (part) => {
    said = `${said}${String(part)}`.slice(-STDERR_CHARACTERS_MAX);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const next = await lines.next();
    if (next.done === true) throw new InvariantError(`${nameOf(start)} ended: ${said}`);
    return next.value;
  };
  const { pid } = child;
  if (pid === undefined) throw new InvariantError(`${nameOf(start)} can't be started`);
  const firstLine = start.saysReady
    ? await limited(nextLine(), `${nameOf(start)} said nothing; on stderr: ${said}`)
    : '';
  // A program whose lines nobody reads would stop at a full pipe.
  if (!start.saysReady) child.stdout.resume();
  return {
    pid,
    firstLine,
    nextLine,
    ask: (line) => {
      child.stdin?.write(`${line}\n`);
      return nextLine();
    },
    ended,
    stop: () => stopChild(child, ended),
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

function nameOf({ command, values }: ProgramStart): string {
  return [command, ...values].join(' ');
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  child.kill('SIGTERM');
  child.stdin?.end();
  await ended;
  clearTimeout(late);
}

async function limited<Value>(promise: Promise<Value>, words: string): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new InvariantError(words)), START_LIMIT_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
