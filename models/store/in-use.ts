import { readdirSync, readFileSync } from 'node:fs';

/** A process that was started with a file of a model. */
export interface ModelUser {
  readonly pid: number;
  /** The beginning of its command line. */
  readonly command: string;
}

const COMMAND_CHARACTERS_MAX = 120;

/**
 * The processes of this machine whose command line names one of these paths, as a replica's does. Linux lets everybody read
 * command lines; elsewhere none are found.
 */
export function usersOf(paths: readonly string[]): readonly ModelUser[] {
  return processIds().flatMap((pid) => {
    const parts = commandLine(pid);
    const isUser = pid !== process.pid && parts.some((part) => paths.some((path) => part.includes(path)));
    return isUser ? [{ pid, command: parts.join(' ').slice(0, COMMAND_CHARACTERS_MAX) }] : [];
  });
}

function processIds(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    // No /proc: this is not Linux.
    return [];
  }
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It ended meanwhile.
    return [];
  }
}
