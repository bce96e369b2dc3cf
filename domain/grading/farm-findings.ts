import type { ObservedCard, Rig } from '../inventory.ts';
import { driverMajorOf } from './driver-findings.ts';
import { type Finding, finding, shown } from './finding.ts';
import { STALE_AFTER_DAYS } from './finding-thresholds.ts';
import { DAY_MS, daysBetween, observedAtMs } from './observed-time.ts';

/** What a farm is looked at with. Without a time nothing is said of how old its readings are. */
export interface FarmFindingOptions {
  /** Milliseconds since 1970. */
  readonly nowMs?: number;
  /** Older readings are stale; 30 days where nothing is said. */
  readonly staleAfterDays?: number;
}

/** What is only seen of a farm as a whole: cards listed twice, old readings, drivers that differ from rig to rig. */
export function farmFindings(rigs: readonly Rig[], options: FarmFindingOptions = {}): readonly Finding[] {
  const { nowMs, staleAfterDays = STALE_AFTER_DAYS } = options;
  return [
    ...duplicateFindings(rigs),
    ...(nowMs === undefined ? [] : ageFindings(rigs, nowMs, staleAfterDays)),
    ...mixedDriverFindings(rigs),
  ];
}

const MOST_NAMED = 5;

/** Names that are short already, the first few and how many more. */
function namesOf(names: readonly string[]): string {
  const told = names.slice(0, MOST_NAMED).join(', ');
  return names.length > MOST_NAMED ? `${told} and ${(names.length - MOST_NAMED).toLocaleString('en')} more` : told;
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

interface Place {
  readonly rig: Rig;
  readonly card: ObservedCard;
}

/** Words that stand where an id is missing, and ids of one character over and over. */
const NO_ID = /^(n\/?a|none|null|unknown|not supported|default.*|to be filled.*|redacted.*|(.)\2*|gpu-[0-]+)$/i;

/** No placeholder is so long, but a UUID of zeros. */
const LONGEST_PLACEHOLDER_CHARACTERS = 24;

/** An id that tells one card from all others; serials shorter than 6 characters are counters, not serials. */
function isTelling(id: string): boolean {
  if (id.length > LONGEST_PLACEHOLDER_CHARACTERS && !id.startsWith('GPU-0')) return true;
  return id.length >= 6 && !NO_ID.test(id);
}

/** What tells a card: its UUID, else its serial, which is its maker's own count and tells only with the vendor. */
function idOf({ uuid, serial, vendor }: ObservedCard): string | undefined {
  if (uuid !== undefined && isTelling(uuid)) return uuid.toLowerCase();
  if (serial === undefined || !isTelling(serial)) return undefined;
  return `${vendor ?? ''} ${serial.toLowerCase()}`;
}

/** Cards under one id, told once for each pair of rigs: a rig that is listed twice is one finding, not eight. */
function duplicateFindings(rigs: readonly Rig[]): readonly Finding[] {
  const first = new Map<string, Place>();
  const pairs = new Map<string, Place[]>();
  for (const rig of rigs) {
    for (const card of rig.cards) {
      const id = idOf(card);
      const known = id === undefined ? undefined : first.get(id);
      if (id !== undefined && known === undefined) first.set(id, { rig, card });
      if (known === undefined) continue;
      const places = pairs.get(pairKey(known.rig, rig)) ?? [];
      places.push(known, { rig, card });
      pairs.set(pairKey(known.rig, rig), places);
    }
  }
  return mostPairs([...pairs.values()]);
}

function pairKey(one: Rig, other: Rig): string {
  return `${one.rigId}\n${other.rigId}`;
}

const MOST_PAIRS = 20;

function mostPairs(pairs: readonly (readonly Place[])[]): readonly Finding[] {
  const told = pairs.slice(0, MOST_PAIRS).map(duplicateFinding);
  const more = pairs.length - told.length;
  if (more <= 0) return told;
  return [
    ...told,
    finding('duplicate-id', {
      what: `${counted(more, 'more pair of rigs lists', 'more pairs of rigs list')} the same cards.`,
      why: `Only the first ${MOST_PAIRS} pairs are told one by one.`,
      mend: 'Take the second listing of each out, then assess again.',
    }),
  ];
}

function duplicateFinding(places: readonly Place[]): Finding {
  const [one, other] = places;
  const cardCount = places.length / 2;
  const isOneRig = one?.rig.rigId === other?.rig.rigId;
  const where = isOneRig ? `twice in ${nameOf(one?.rig)}` : `in ${nameOf(one?.rig)} and in ${nameOf(other?.rig)}`;
  const cards = places.filter((_, index) => index % 2 === 1).map(({ card }) => shown(card.cardId));
  return finding('duplicate-id', {
    what: `${counted(cardCount, 'card is', 'cards are')} listed ${where}: ${namesOf(cards)}.`,
    why: 'They carry the same UUID or serial. A rig was read under two names, a card was moved, or an id was flashed.',
    mend: 'Take the older listing out; if both cards are there, one of them has a copied VBIOS: flash its own.',
  });
}

function nameOf(rig: Rig | undefined): string {
  return shown(rig?.name ?? '?');
}

/** The newest time that a rig's sources tell: `undated` where they tell none that can be read. */
function newestMs(rig: Rig): number | undefined {
  let newest = rig.observedAt === undefined ? undefined : observedAtMs(rig.observedAt);
  let words = rig.observedAt;
  for (const { reading } of rig.cards) {
    const told = reading?.observedAt;
    if (told === undefined || told === words) continue;
    words = told;
    const atMs = observedAtMs(told);
    if (atMs !== undefined) newest = Math.max(newest ?? atMs, atMs);
  }
  return newest;
}

interface Aged {
  readonly rig: Rig;
  readonly ageDays: number;
}

function ageFindings(rigs: readonly Rig[], nowMs: number, staleAfterDays: number): readonly Finding[] {
  const stale: Aged[] = [];
  const undated: Rig[] = [];
  const ahead: Rig[] = [];
  for (const rig of rigs) {
    const atMs = newestMs(rig);
    if (atMs === undefined) undated.push(rig);
    else if (atMs > nowMs + DAY_MS) ahead.push(rig);
    else if (daysBetween(atMs, nowMs) > staleAfterDays) stale.push({ rig, ageDays: daysBetween(atMs, nowMs) });
  }
  return [
    ...(stale.length === 0 ? [] : [staleFinding(stale, staleAfterDays)]),
    ...(ahead.length === 0 ? [] : [aheadFinding(ahead)]),
    ...(undated.length === 0 ? [] : [undatedFinding(undated)]),
  ];
}

function staleFinding(stale: readonly Aged[], staleAfterDays: number): Finding {
  const ordered = stale.toSorted((one, other) => other.ageDays - one.ageDays);
  const told = ordered.map(({ rig, ageDays }) => `${nameOf(rig)} (${ageDays.toLocaleString('en')} days)`);
  return finding('reading-stale', {
    what: `${counted(stale.length, 'rig was', 'rigs were')} last read more than ${staleAfterDays} days ago: ${namesOf(told)}.`,
    why: 'Cards are moved, sold and worn out meanwhile; temperatures, errors and links may be others today.',
    mend: 'Read these rigs anew, by their tools or with "rerig probe".',
    unlocks: 'Findings and money that hold today.',
  });
}

function aheadFinding(ahead: readonly Rig[]): Finding {
  return finding('clock-ahead', {
    what: `${counted(ahead.length, 'rig is', 'rigs are')} dated more than a day ahead: ${namesOf(ahead.map(nameOf))}.`,
    why: 'Its clock is wrong, so that nothing can be said of the age of its readings. Board batteries run flat.',
    mend: 'Set its clock by the network ("timedatectl set-ntp true"), and change the board’s battery if it is lost again.',
  });
}

function undatedFinding(undated: readonly Rig[]): Finding {
  return finding('reading-undated', {
    what: `It is not known when ${counted(undated.length, 'rig was', 'rigs were')} read: ${namesOf(undated.map(nameOf))}.`,
    why: 'No source carries a time, or one whose day and month cannot be told apart.',
    mend: 'Take them for what was true on some day, or read them anew.',
  });
}

function mixedDriverFindings(rigs: readonly Rig[]): readonly Finding[] {
  const counts = new Map<number, number>();
  for (const { host } of rigs) {
    const major = host.nvidiaDriverVersion === undefined ? undefined : driverMajorOf(host.nvidiaDriverVersion);
    if (major !== undefined) counts.set(major, (counts.get(major) ?? 0) + 1);
  }
  if (counts.size < 2) return [];
  const branches = [...counts]
    .toSorted(([one], [other]) => one - other)
    .map(([major, count]) => `${major} on ${counted(count, 'rig', 'rigs')}`);
  return [
    finding('drivers-mixed', {
      what: `The rigs run ${counts.size} branches of NVIDIA’s driver: ${namesOf(branches)}.`,
      why: 'Each branch is another system image to keep, and cards of one kind behave differently from rig to rig.',
      mend: 'Put R580 on all: it drives every card from Maxwell on, and carries CUDA 13.',
      unlocks: 'One image for all rigs.',
    }),
  ];
}
