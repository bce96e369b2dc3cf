import { statSync } from 'node:fs';
import type { CardDemand } from '@rerig/domain/workloads';
import { type ExecutorFault, executorFault } from './faults.ts';
import type { ExecutorCapabilities, WorkloadSpec } from './port.ts';

const READY_WITHIN_MS_MAX = 24 * 3_600_000;
const STOP_WITHIN_MS_MAX = 600_000;
const RANKS_MAX = 1024;
/** Of one rank, all on one rig. */
const CARDS_MAX = 64;

/** Refuses what this executor can't do, by what it says of itself; null for what it can. */
export function checkAbility(spec: WorkloadSpec, capabilities: ExecutorCapabilities): ExecutorFault | null {
  const { tier } = spec.confinement ?? { tier: 'process' };
  if (!capabilities.tiers.includes(tier)) return missingTier(spec.workloadId, tier);
  const { rankCount = 1 } = spec;
  if (!capabilities.kinds.includes(spec.kind)) return invalid(spec, `Workloads of kind ${spec.kind} do not run here.`);
  if (rankCount > capabilities.rankCountMax) {
    return invalid(spec, `It has ${rankCount} ranks, and at most ${capabilities.rankCountMax} run here.`);
  }
  if (spec.cards.kind === 'these' && !capabilities.canPinCards && spec.cards.cardIds.length > 0) {
    return invalid(spec, 'It names its cards, and here they are chosen by what they can do.');
  }
  return null;
}

/** Refuses what no executor can start, with the first thing that is wrong; null for a specification that is sound. */
export function checkSpec(spec: WorkloadSpec): ExecutorFault | null {
  const why = problemOf(spec);
  if (why === null) return null;
  return invalid(spec, why);
}

function invalid({ workloadId }: WorkloadSpec, why: string): ExecutorFault {
  return executorFault('workload-invalid', {
    what: `The workload ${JSON.stringify(workloadId.slice(0, 100))} is not started.`,
    why,
    mend: 'Ask for it again with that put right.',
  });
}

function missingTier(workloadId: string, tier: string): ExecutorFault {
  return executorFault('tier-missing', {
    what: `The workload ${workloadId} is not started.`,
    why: `It is to run at the tier "${tier}", which this machine does not have.`,
    mend: 'Install Podman or Docker for containers: "apt-get install podman runc".',
  });
}

function problemOf(spec: WorkloadSpec): string | null {
  const { workloadId, command, environment, cards, readyWithinMs, stopWithinMs, workingFolder } = spec;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(workloadId)) {
    return 'Its id is not 1 to 100 letters, digits, ".", "_" and "-", the first a letter or digit.';
  }
  if (command.length === 0 || command[0] === '') return 'It has no command.';
  if ([...command, ...Object.entries(environment).flat()].some((text) => text.includes('\0'))) {
    return 'Its command or environment has a character 0.';
  }
  if (Object.keys(environment).some((name) => name === '' || name.includes('='))) {
    return 'A variable of its environment has no name, or one with "=".';
  }
  const demandProblem = problemOfDemand(cards, spec.rankCount ?? 1);
  if (demandProblem !== null) return demandProblem;
  if (!(readyWithinMs >= 1 && readyWithinMs <= READY_WITHIN_MS_MAX)) {
    return `It is to be ready within ${readyWithinMs} ms, which is not from 1 to ${READY_WITHIN_MS_MAX}.`;
  }
  if (!(stopWithinMs >= 0 && stopWithinMs <= STOP_WITHIN_MS_MAX)) {
    return `It is to stop within ${stopWithinMs} ms, which is not from 0 to ${STOP_WITHIN_MS_MAX}.`;
  }
  const rangeProblem = problemOfRanges(spec);
  if (rangeProblem !== null) return rangeProblem;
  return isFolder(workingFolder) ? null : `Its working folder ${workingFolder} is not there, or can't be entered.`;
}

/** What may be absent, and else has a range. */
function problemOfRanges(spec: WorkloadSpec): string | null {
  const { limits = {}, timeLimitMs, noticeMs, restartCountMax } = spec;
  const ranges: readonly (readonly [string, number | undefined, number, number])[] = [
    ['time limit in ms', timeLimitMs, 1000, 366 * 86_400_000],
    ['notice in ms', noticeMs, 0, 600_000],
    ['count of restarts', restartCountMax, 0, 100],
    ['memory in bytes', limits.memoryBytes, 16 * 1024 ** 2, Number.MAX_SAFE_INTEGER],
    ['count of cores', limits.coreCount, 0.1, 4096],
    ['count of processes', limits.processCountMax, 8, 4_194_304],
    ['disk space in bytes', limits.diskBytes, 1024 ** 2, Number.MAX_SAFE_INTEGER],
  ];
  const wrong = ranges.find(([, value, min, max]) => value !== undefined && !(value >= min && value <= max));
  return wrong === undefined ? null : `Its ${wrong[0]} is ${wrong[1]}, which is not from ${wrong[2]} to ${wrong[3]}.`;
}

function problemOfDemand(cards: CardDemand, rankCount: number): string | null {
  if (!(Number.isSafeInteger(rankCount) && rankCount >= 1 && rankCount <= RANKS_MAX)) {
    return `It has ${rankCount} ranks, which is no whole number from 1 to ${RANKS_MAX}.`;
  }
  if (cards.kind === 'any') {
    if (Number.isSafeInteger(cards.count) && cards.count >= 0 && cards.count <= CARDS_MAX) return null;
    return `It asks for ${cards.count} cards, which is no whole number from 0 to ${CARDS_MAX}.`;
  }
  if (rankCount > 1) return 'It names its cards and has several ranks, which can not have the same ones.';
  const { cardIds } = cards;
  return new Set(cardIds).size === cardIds.length ? null : `It names a card twice: ${cardIds.join(', ')}.`;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Not there, or behind a folder that is not ours to read: no process could start in it.
    return false;
  }
}
