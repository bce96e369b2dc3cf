import { type CardModel, type RouteName, routesOf } from '../cards.ts';
import type { Rig } from '../inventory.ts';
import type { AssessedCard } from './assessed.ts';
import { type Finding, finding, routeTitle, shown } from './finding.ts';

/** Whether the installed NVIDIA driver carries the routes that the rig's cards are graded for. */
export function driverFindings({ host }: Rig, cards: readonly AssessedCard[]): readonly Finding[] {
  const driven = cards.filter(({ route }) => route?.driverMajorMin !== undefined);
  const unsure = cards.filter(({ route, match }) => route === null && match?.kind === 'ambiguous');
  if (driven.length === 0 && unsure.length === 0) return [];
  const conflict = conflictOf(driven);
  const version = host.nvidiaDriverVersion;
  const major = version === undefined ? undefined : driverMajorOf(version);
  const found = conflict === undefined ? [] : [conflict];
  if (version === undefined || major === undefined) return driven.length === 0 ? found : [...found, unknownDriver];
  const dropped = [...driven, ...unsure].filter((card) => major > lastBranchOf(card));
  const waiting = driven.filter(({ route }) => major < (route?.driverMajorMin ?? 0));
  if (dropped.length > 0) found.push(droppedBy(shown(version), dropped, cards));
  if (waiting.length > 0) found.push(tooOld(shown(version), major, waiting, driven));
  return found;
}

const VERSION = /^(\d{1,4})(\.|$)/;

/** The branch of a driver, `470.63.01` → 470; undefined for what is no version. */
export function driverMajorOf(version: string): number | undefined {
  const digits = VERSION.exec(version)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const MOST_NAMES = 5;

function namesOf(cards: readonly AssessedCard[]): string {
  const unique = new Set<string>();
  for (const { modelNames } of cards) for (const name of modelNames) unique.add(name);
  const names = [...unique];
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more` : names.join(', ');
}

const unknownDriver = finding('driver-unknown', {
  what: 'The NVIDIA driver’s version is not known.',
  why: 'Which CUDA a card can use depends on it.',
  mend: 'Run "rerig probe" on the rig, or look at the first line of "nvidia-smi".',
});

/** The last branch that drives a card, or any model that it may be; infinite where no end is known. */
function lastBranchOf({ route, match }: AssessedCard): number {
  if (route !== null || match?.kind !== 'ambiguous') return route?.driverMajorMax ?? Number.POSITIVE_INFINITY;
  return Math.max(...match.models.map(lastBranchOfModel));
}

const lastBranches = new Map<CardModel, number>();

function lastBranchOfModel(model: CardModel): number {
  const known = lastBranches.get(model);
  if (known !== undefined) return known;
  const routes = routesOf(model).filter(({ status }) => status === 'supported');
  const last = Math.max(...routes.map(({ driverMajorMax = Number.POSITIVE_INFINITY }) => driverMajorMax));
  const branch = routes.length === 0 ? Number.POSITIVE_INFINITY : last;
  lastBranches.set(model, branch);
  return branch;
}

/** The newest branch that all cards bear; infinite where none has an end. */
function lastOfAll(cards: readonly AssessedCard[]): number {
  return Math.min(...cards.map(lastBranchOf));
}

function firstBranchOf(cards: readonly AssessedCard[]): number {
  return Math.max(...cards.map(({ route }) => route?.driverMajorMin ?? 0));
}

function conflictOf(driven: readonly AssessedCard[]): Finding | undefined {
  const [first, last] = [firstBranchOf(driven), lastOfAll(driven)];
  if (first <= last) return undefined;
  const newer = driven.filter(({ route }) => (route?.driverMajorMin ?? 0) > last);
  const older = driven.filter((card) => lastBranchOf(card) < first);
  return finding('driver-conflict', {
    what: `No NVIDIA driver drives all cards of this rig by their best route.`,
    why: `${namesOf(newer)} need ${first} or newer, and ${last} is the last for ${namesOf(older)}.`,
    mend: 'Put them in different rigs, or take the older branch and let the newer cards serve by an older route.',
    unlocks: 'The best route for every card.',
  });
}

/** Where others of the rig are driven, only some of its cards are lost. */
function droppedBy(version: string, dropped: readonly AssessedCard[], cards: readonly AssessedCard[]): Finding {
  const last = lastOfAll(dropped);
  const isWholeRig = cards.every((card) => card.card.kind === 'cpu' || dropped.includes(card));
  const cardIds = dropped.map(({ card }) => card.cardId);
  return finding('driver-dropped', {
    ...(isWholeRig ? {} : { cardIds }),
    severity: isWholeRig ? 'blocking' : 'warning',
    what: `Driver ${version} does not drive ${namesOf(dropped)}.`,
    why: `${last === 580 ? 'R580 is the last branch for Maxwell, Pascal and Volta' : `R${last} is their last branch`}; later drivers do not see them.`,
    mend: `Install NVIDIA driver ${last}, which drives these and newer cards alike.`,
    unlocks: dropped.length === 1 ? 'One card.' : `${dropped.length} cards.`,
    gain: { kind: 'serving-cards', leastCardCount: dropped.length, mostCardCount: dropped.length },
  });
}

const MOST_REMEMBERED = 2000;
const carriedRoutes = new Map<string, RouteName | null>();

/** What the installed driver carries of a card's routes, best first; null where nothing. */
function routeUntilThen({ match }: AssessedCard, major: number): RouteName | null {
  if (match?.kind !== 'matched') return null;
  const key = `${match.model.modelId} ${major}`;
  const known = carriedRoutes.get(key);
  if (known !== undefined) return known;
  if (carriedRoutes.size >= MOST_REMEMBERED) carriedRoutes.clear();
  const carried = carriedRoute(match.model, major);
  carriedRoutes.set(key, carried);
  return carried;
}

function carriedRoute(model: CardModel, major: number): RouteName | null {
  const carried = routesOf(model).find(
    ({ status, driverMajorMin = 0, driverMajorMax = Number.POSITIVE_INFINITY }) =>
      status === 'supported' && major >= driverMajorMin && major <= driverMajorMax,
  );
  return carried?.name ?? null;
}

function untilThen(
  waiting: readonly AssessedCard[],
  major: number,
): { readonly text: string; readonly isCuda: boolean } {
  const names = new Set(waiting.map((card) => routeUntilThen(card, major)));
  if (names.has(null)) return { text: 'until then no route of ours runs on it', isCuda: false };
  const titles = [...names].flatMap((name) => (name === null ? [] : [routeTitle(name)]));
  return {
    text: `until then ${titles.join(' or ')} is the way`,
    isCuda: [...names].every((name) => name === 'cuda-12'),
  };
}

function tooOld(
  version: string,
  major: number,
  waiting: readonly AssessedCard[],
  driven: readonly AssessedCard[],
): Finding {
  const wanted = firstBranchOf(waiting);
  const last = lastOfAll(driven);
  const routes = [...new Set(waiting.flatMap(({ route }) => (route === null ? [] : [routeTitle(route.name)])))].join(
    ' and ',
  );
  const { text, isCuda } = untilThen(waiting, major);
  return finding('driver-old', {
    severity: isCuda ? 'info' : 'warning',
    what: `Driver ${version} is too old for ${routes}.`,
    why: `Branch ${wanted} or newer is needed for ${namesOf(waiting)}; ${text}.`,
    mend: Number.isFinite(last)
      ? `Install NVIDIA driver ${last}, the last branch that drives all cards of this rig.`
      : `Install NVIDIA driver ${wanted} or newer.`,
    unlocks: isCuda
      ? `${routes}, on which newer frameworks are built.`
      : `${routes} for ${waiting.length === 1 ? 'one card' : `${waiting.length} cards`}: the speed that they are graded for.`,
  });
}
