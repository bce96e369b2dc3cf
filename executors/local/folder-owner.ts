import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExecutorFault, executorFault } from '../faults.ts';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.ts';

const OWNER_FILE = 'executor.lock';

/**
 * Takes a folder for this process, so that no two executors start on the same cards or end each other's workloads.
 * What a process that is gone has left is taken over. Gives what returns it, or a Fault that names who has it.
 */
export function takeFolder(folder: string): (() => void) | ExecutorFault {
  const path = join(folder, OWNER_FILE);
  const own = identityOf(process.pid);
  if (own === undefined) return unusable(folder, '/proc does not tell about this process.');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const standing = ownerOf(path);
    if (standing !== undefined && isRunning(standing)) return taken(folder, standing.pid);
    if (standing !== undefined) renameSync(path, `${path}.gone`);
    writeFileSync(path, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    return unusable(folder, `The system says: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return () => rmSync(path, { force: true });
}

function ownerOf(path: string): ProcessIdentity | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const [, pid, startTicks, bootId] = /^\{"pid":(\d+),"startTicks":"(\d+)","bootId":"([0-9a-f-]+)"\}$/.exec(text) ?? [];
  // A file that is cut short is from a crash in the middle of writing it: its owner is gone.
  if (pid === undefined || startTicks === undefined || bootId === undefined) {
    return { pid: 0, startTicks: '', bootId: '' };
  }
  return { pid: Number(pid), startTicks, bootId };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function taken(folder: string, pid: number): ExecutorFault {
  return executorFault('executor-folder-unusable', {
    what: `The executor does not start: ${folder} is in use.`,
    why: `The process ${pid} runs workloads from there.`,
    mend: 'Stop that one first, or give another data folder.',
  });
}

function unusable(folder: string, why: string): ExecutorFault {
  return executorFault('executor-folder-unusable', {
    what: `The executor can't keep its records in ${folder}.`,
    why,
    mend: 'Give a data folder that you can write, on Linux.',
  });
}
