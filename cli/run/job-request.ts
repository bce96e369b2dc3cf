import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { WorkloadRequest } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { CardDemand } from '@rerig/domain/workloads';
import { cliFault } from '../faults.ts';
import type { JobWish } from './job-wish.ts';

/** How long a job gets to end by itself after SIGTERM, where it does not say. */
const STOP_WITHIN_MS = 10_000;

/**
 * What a command of this shell runs with on this machine too: where programs are found, and which environment of Python or
 * Conda is active. Nothing else of the shell goes with it, for it may hold keys.
 */
const PASSED_ON = ['PATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'PYTHONPATH', 'LD_LIBRARY_PATH'] as const;

/** Where a wish comes from. */
export interface JobPlace {
  /** Where it runs where it does not say. */
  readonly folder: string;
  readonly shell: Readonly<Record<string, string | undefined>>;
  /** Some letters and digits that no other job has had. */
  readonly suffix: string;
}

/** What an agent is asked for, made of what the user wishes. A Fault for what says too little, or contradicts itself. */
export function jobRequest(wish: JobWish, { folder, shell, suffix }: JobPlace): WorkloadRequest | Fault {
  const command = wish.command ?? (wish.script === undefined ? undefined : ['/bin/sh', '-euc', wish.script]);
  if (command === undefined || command.length === 0) return nothingToRun();
  const contradiction = contradictionOf(wish);
  if (contradiction !== null) return contradiction;
  const filed = readEnvironmentFiles(wish.environmentFiles ?? []);
  if (isFault(filed)) return filed;
  const passedOn = wish.image === undefined ? PASSED_ON : [];
  const own = passedOn.flatMap((name) => (shell[name] === undefined ? [] : [[name, shell[name]] as const]));
  const { rankCount, timeLimitMs, noticeMs, restartCountMax, outputFolder } = wish;
  return {
    workloadId: `${wish.name ?? nameOf(command, wish)}-${suffix}`,
    command,
    environment: { ...Object.fromEntries(own), ...filed, ...wish.environment },
    cards: cardDemandOf(wish),
    ...(rankCount === undefined ? {} : { rankCount }),
    priority: wish.isInterruptible === true ? 'interruptible' : 'guaranteed',
    whenBusy: wish.isQueued === false ? 'refuse' : 'queue',
    ...confinementOf(wish),
    ...limitsOf(wish),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    ...(noticeMs === undefined ? {} : { noticeMs }),
    ...(restartCountMax === undefined ? {} : { restartCountMax }),
    ...(outputFolder === undefined ? {} : { outputFolder }),
    workingFolder: wish.workingFolder ?? folder,
    stopWithinMs: wish.stopWithinMs ?? STOP_WITHIN_MS,
  };
}

/** The cards that a wish asks for: one that does, where it says nothing. */
export function cardDemandOf(wish: JobWish): CardDemand {
  const { cardIds, cardCount = 1, vramBytesMin, routes, cardModelIds, gradeMin, linkBytesPerSecondMin, rigIds } = wish;
  if (cardIds !== undefined) return { kind: 'these', cardIds };
  return {
    kind: 'any',
    count: cardCount,
    needs: {
      ...(vramBytesMin === undefined ? {} : { vramBytesMin }),
      ...(routes === undefined ? {} : { routes }),
      ...(cardModelIds === undefined ? {} : { cardModelIds }),
      ...(gradeMin === undefined ? {} : { gradeMin }),
      ...(linkBytesPerSecondMin === undefined ? {} : { linkBytesPerSecondMin }),
    },
    ...(rigIds === undefined ? {} : { rigIds }),
  };
}

function confinementOf({ image, network = 'internet', mounts = [] }: JobWish): Pick<WorkloadRequest, 'confinement'> {
  return image === undefined ? {} : { confinement: { tier: 'container', image, network, mounts } };
}

function limitsOf({ memoryBytes, coreCount, processCountMax, diskBytes }: JobWish): Pick<WorkloadRequest, 'limits'> {
  const limits = {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(coreCount === undefined ? {} : { coreCount }),
    ...(processCountMax === undefined ? {} : { processCountMax }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
  };
  return Object.keys(limits).length === 0 ? {} : { limits };
}

/** A job's name where it has none: its program's, as far as an id can hold it. */
function nameOf(command: readonly string[], { script, image }: JobWish): string {
  const program = script === undefined ? (command[0] ?? '') : (image?.split(':')[0] ?? 'script');
  const name = basename(program)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 40);
  return name === '' ? 'job' : name;
}

function contradictionOf(wish: JobWish): Fault | null {
  const isPinned = wish.cardIds !== undefined;
  if (isPinned && (wish.rankCount ?? 1) > 1)
    return contradiction(
      'It names its cards, and has several ranks.',
      'Ask for cards by what they can do, or for one rank.',
    );
  if (isPinned && wish.cardCount !== undefined)
    return contradiction('It names its cards, and says how many.', 'Leave out "card" or "cards".');
  const needsImage = wish.image === undefined && (wish.mounts !== undefined || wish.network !== undefined);
  if (needsImage)
    return contradiction(
      'A mount and a network are a container’s, and it has no image.',
      'Name an image, or leave them out: without one, a job sees this machine’s folders and network.',
    );
  return null;
}

function contradiction(why: string, mend: string): Fault {
  return cliFault('job-incomplete', { what: 'The job is not started.', why, mend });
}

function nothingToRun(): Fault {
  return cliFault('job-incomplete', {
    what: 'There is nothing to run.',
    why: 'Neither a command nor a script was given.',
    mend: 'Put the command after "--", as in "rerig run --vram 8GB -- python3 train.py", or name a job file.',
  });
}

/** Variables from files: `NAME=VALUE` a line; blank lines and those that begin with `#` are passed over. */
function readEnvironmentFiles(paths: readonly string[]): Readonly<Record<string, string>> | Fault {
  const variables: Record<string, string> = {};
  for (const path of paths) {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      return unreadable(path, `The system says: ${error instanceof Error ? error.message : String(error)}.`);
    }
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      if (/^\s*(#|$)/.test(line)) continue;
      const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
      if (name === undefined) return unreadable(path, `Line ${index + 1} is no NAME=VALUE.`);
      variables[name] = unquoted(value);
    }
  }
  return variables;
}

function unquoted(value: string): string {
  const [, quoted] = /^(?:"(.*)"|'(.*)')\s*$/.exec(value)?.filter((part) => part !== undefined) ?? [];
  return quoted ?? value;
}

function unreadable(path: string, why: string): Fault {
  return cliFault('environment-unreadable', {
    what: `The variables of ${path} can't be read.`,
    why,
    mend: 'Put that right, or leave the file out.',
  });
}
