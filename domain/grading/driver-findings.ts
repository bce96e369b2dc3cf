import type { Rig } from '../inventory.ts';
import type { AssessedCard } from './assessed.ts';
import type { Finding } from './finding.ts';

/** Whether the installed NVIDIA driver carries the routes that the rig's cards are graded for. */
export function driverFindings({ host }: Rig, cards: readonly AssessedCard[]): readonly Finding[] {
  const driven = cards.filter(({ route }) => route?.driverMajorMin !== undefined);
  if (driven.length === 0) return [];
  const version = host.nvidiaDriverVersion;
  const major = version === undefined ? undefined : majorOf(version);
  if (version === undefined || major === undefined) return [unknownDriver()];
  const dropped = driven.filter(({ route }) => major > (route?.driverMajorMax ?? Number.POSITIVE_INFINITY));
  const waiting = driven.filter(({ route }) => major < (route?.driverMajorMin ?? 0));
  return [
    ...(dropped.length === 0 ? [] : [droppedBy(version, namesOf(dropped))]),
    ...(waiting.length === 0 ? [] : [tooOld(version, waiting, driven)]),
  ];
}

/** `470.63.01` → 470; undefined for what is no version. */
function majorOf(version: string): number | undefined {
  const digits = /^(\d{1,4})(\.|$)/.exec(version)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function namesOf(cards: readonly AssessedCard[]): string {
  return [...new Set(cards.flatMap(({ modelNames }) => modelNames))].join(', ');
}

function unknownDriver(): Finding {
  return {
    code: 'driver-unknown',
    severity: 'info',
    what: 'The NVIDIA driver’s version is not known.',
    why: 'Which CUDA a card can use depends on it.',
    mend: 'Run "rerig probe" on the rig, or look at the first line of "nvidia-smi".',
  };
}

function droppedBy(version: string, names: string): Finding {
  return {
    code: 'driver-dropped',
    severity: 'blocking',
    what: `Driver ${version} does not drive ${names}.`,
    why: 'R580 is the last branch for Maxwell, Pascal and Volta.',
    mend: 'Install NVIDIA driver 580, which drives these and newer cards alike.',
  };
}

function tooOld(version: string, waiting: readonly AssessedCard[], driven: readonly AssessedCard[]): Finding {
  const wanted = Math.max(...waiting.map(({ route }) => route?.driverMajorMin ?? 0));
  const last = Math.min(...driven.map(({ route }) => route?.driverMajorMax ?? Number.POSITIVE_INFINITY));
  const routes = [...new Set(waiting.map(({ route }) => route?.name))].join(' and ');
  return {
    code: 'driver-old',
    severity: 'warning',
    what: `Driver ${version} is too old for ${routes}.`,
    why: `Branch ${wanted} or newer is needed for ${namesOf(waiting)}; until then Vulkan is the way, where it works.`,
    mend: Number.isFinite(last)
      ? `Install NVIDIA driver ${last}, the last branch that drives all cards of this rig.`
      : `Install NVIDIA driver ${wanted} or newer.`,
  };
}
