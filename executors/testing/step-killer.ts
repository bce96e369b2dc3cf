import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { InvariantError } from '@rerig/domain/fault';

/** A program that runs under strace. */
export interface TracedProgram {
  /** A file that Node runs, and its one argument. */
  readonly path: string;
  readonly argument: string;
  /** Where its stdout goes: added to what is there. */
  readonly stdoutPath: string;
}

/** Whether strace is there to kill a program at a step of it. */
export function hasStrace(path = process.env.PATH ?? ''): boolean {
  return path.split(delimiter).some((folder) => isProgram(join(folder, 'strace')));
}

/** The `number`th time, counted from 1, that a thread of a program makes a call. */
export interface Step {
  readonly call: string;
  readonly number: number;
}

/** Runs a program to its end, and gives its steps, which are these calls, as strace names them with commas between: of each call, those of the thread that makes the most. */
export async function stepsOf(program: TracedProgram, calls: string, tracePath: string): Promise<readonly Step[]> {
  const exitCode = await trace(program, ['-o', tracePath, '-e', `trace=${calls}`]);
  if (exitCode !== 0) throw new InvariantError(`${program.path} ended with ${exitCode}`);
  const countByThread = new Map<string, number>();
  const steps = new Map<string, Step>();
  for (const [, thread = '', call = ''] of readFileSync(tracePath, 'utf8').matchAll(/^(\d+) +(\w+)\(/gm)) {
    const number = (countByThread.get(`${thread} ${call}`) ?? 0) + 1;
    countByThread.set(`${thread} ${call}`, number);
    steps.set(`${call} ${number}`, { call, number });
  }
  return [...steps.values()];
}

/**
 * Runs a program, and kills it with SIGKILL as it is about to make a step; false where it never came to it. `path`: of the
 * calls, only those on exactly this path are counted.
 */
export async function killAtStep(program: TracedProgram, { call, number }: Step, path?: string): Promise<boolean> {
  const onPath = path === undefined ? [] : ['-P', path];
  const inject = `inject=${call}:signal=SIGKILL:when=${number}`;
  const exitCode = await trace(program, ['-o', '/dev/null', ...onPath, '-e', `trace=${call}`, '-e', inject]);
  if (exitCode !== null && exitCode !== 0) throw new InvariantError(`${program.path} ended with ${exitCode}`);
  return exitCode === null;
}

/** Gives its exit code; null where it was killed. What it spawns is let go as it becomes another program: it alone is killed. */
async function trace(
  { path, argument, stdoutPath }: TracedProgram,
  options: readonly string[],
): Promise<number | null> {
  const stdout = openSync(stdoutPath, 'a');
  const program = [process.execPath, path, argument];
  const child = spawn('strace', ['-f', '-b', 'execve', '-qq', ...options, ...program], {
    stdio: ['ignore', stdout, 'inherit'],
  });
  closeSync(stdout);
  const [exitCode]: unknown[] = await once(child, 'exit');
  return typeof exitCode === 'number' ? exitCode : null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run.
    return false;
  }
}
