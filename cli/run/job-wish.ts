import type { RouteName } from '@rerig/domain/cards';
import type { Grade } from '@rerig/domain/grading';

/** What a user asks for, by flags or in a job file; what is absent is left to the defaults. Paths are absolute. */
export interface JobWish {
  readonly name?: string;
  readonly command?: readonly string[];
  /** Lines for `/bin/sh`, in place of a command. */
  readonly script?: string;
  readonly image?: string;
  readonly network?: 'none' | 'internet';
  readonly mounts?: readonly WishedMount[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly environmentFiles?: readonly string[];
  readonly cardCount?: number;
  readonly cardIds?: readonly string[];
  readonly vramBytesMin?: number;
  readonly routes?: readonly RouteName[];
  readonly cardModelIds?: readonly string[];
  readonly gradeMin?: Grade;
  readonly linkBytesPerSecondMin?: number;
  readonly rigIds?: readonly string[];
  readonly rankCount?: number;
  readonly timeLimitMs?: number;
  readonly isInterruptible?: boolean;
  readonly noticeMs?: number;
  readonly restartCountMax?: number;
  readonly outputFolder?: string;
  readonly isQueued?: boolean;
  readonly memoryBytes?: number;
  readonly coreCount?: number;
  readonly processCountMax?: number;
  readonly diskBytes?: number;
  readonly workingFolder?: string;
  readonly stopWithinMs?: number;
}

/** A folder that a container sees. */
export interface WishedMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly isReadOnly: boolean;
}

/** The first wish with all that the second says in its place; variables of both stand together. */
export function mergeWishes(one: JobWish, other: JobWish): JobWish {
  const merged = { ...one, ...other };
  // A command on the command line takes the place of a file's script.
  const { script: _, ...rest } = merged;
  const told = other.command !== undefined && other.script === undefined ? rest : merged;
  if (one.environment === undefined || other.environment === undefined) return told;
  return { ...told, environment: { ...one.environment, ...other.environment } };
}
