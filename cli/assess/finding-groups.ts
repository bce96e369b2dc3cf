import type { PricedMend, ValuedFarm } from '@rerig/domain/economics';
import { type Finding, type FindingCode, findingCodes, type Severity } from '@rerig/domain/grading';
import { roundedSum } from './sums.ts';

/** All findings of one code on a farm. */
export interface FindingGroup {
  readonly code: FindingCode;
  readonly title: string;
  /** The gravest among them. */
  readonly severity: Severity;
  /** Cards that have it, or that stand in a rig that has it; 0 for what is of the farm alone. */
  readonly cardCount: number;
  readonly rigCount: number;
  /** One of them, the gravest, for its words. */
  readonly example: Finding;
  /** What mending all of them that pay brings a day, and costs in parts; 0 where money says nothing of it. */
  readonly gainUsdPerDay: number;
  /** What it brings once, by sales of mended cards. */
  readonly gainUsdOnce: number;
  readonly costUsd: number;
  readonly unlockedCardCount: number;
}

interface Seen {
  readonly finding: Finding;
  readonly rigId: string | undefined;
  readonly cardCount: number;
}

const graveness: Readonly<Record<Severity, number>> = { blocking: 0, warning: 1, info: 2 };

/** Findings by code: the gravest first, then those whose mends bring the most, then those of most cards. */
export function findingGroups(valued: ValuedFarm): readonly FindingGroup[] {
  const byCode = Map.groupBy(valued.mends, ({ findingCode }) => findingCode);
  return [...Map.groupBy(seenOf(valued), ({ finding }) => finding.code)]
    .map(([code, seen]) => groupOf(code, seen, byCode.get(code) ?? [], valued.horizonDays))
    .toSorted(
      (one, other) =>
        graveness[one.severity] - graveness[other.severity] ||
        other.gainUsdPerDay - one.gainUsdPerDay ||
        other.cardCount - one.cardCount,
    );
}

function seenOf({ assessed }: ValuedFarm): readonly Seen[] {
  return [
    ...assessed.findings.map((finding) => ({ finding, rigId: undefined, cardCount: 0 })),
    ...assessed.rigs.flatMap(({ rig: { rigId }, cards, findings }) => [
      ...findings.map((finding) => ({ finding, rigId, cardCount: cards.length })),
      ...cards.flatMap((card) => onceEach(card.findings).map((finding) => ({ finding, rigId, cardCount: 1 }))),
    ]),
  ];
}

/** A card may have a finding twice, as of two measurements: it is one card all the same. */
function onceEach(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.toReversed().map((finding) => [finding.code, finding])).values()];
}

function groupOf(
  code: FindingCode,
  seen: readonly Seen[],
  mends: readonly PricedMend[],
  horizonDays: number,
): FindingGroup {
  const example = seen.map(({ finding }) => finding).reduce(graver);
  return {
    code,
    title: findingCodes[code].title,
    severity: example.severity,
    cardCount: seen.reduce((sum, { cardCount }) => sum + cardCount, 0),
    rigCount: new Set(seen.flatMap(({ rigId }) => rigId ?? [])).size,
    example,
    gainUsdPerDay: roundedSum(mends.map(({ comesOnce, gainUsdPerDay }) => (comesOnce ? 0 : gainUsdPerDay))),
    gainUsdOnce: onceOf(mends, horizonDays),
    costUsd: roundedSum(mends.map(({ costUsd }) => costUsd.mid)),
    unlockedCardCount: new Set(mends.flatMap(({ unlockedCardIds }) => unlockedCardIds)).size,
  };
}

function graver(one: Finding, other: Finding): Finding {
  return graveness[other.severity] < graveness[one.severity] ? other : one;
}

/** What mends bring once, by sales. */
function onceOf(mends: readonly PricedMend[], horizonDays: number): number {
  return roundedSum(mends.map(({ comesOnce, gainUsdPerDay }) => (comesOnce ? gainUsdPerDay * horizonDays : 0)));
}

/** The same mend on several rigs or cards, as one line of a plan. */
export interface MendGroup {
  readonly findingCode: string;
  readonly mend: string;
  readonly mends: readonly PricedMend[];
  readonly rigIds: readonly string[];
  readonly costLowUsd: number;
  readonly costHighUsd: number;
  /** Of those that bring something day by day. */
  readonly gainUsdPerDay: number;
  /** Of those that bring it once, by a sale: they are in groups of their own. */
  readonly gainUsdOnce: number;
  /** Days until they have paid for themselves, the soonest and the latest; null where they never do. */
  readonly paysBackDays: readonly [soonest: number, latest: number] | null;
  readonly unlockedCardCount: number;
}

/**
 * Like mends together, but those that pay back within the horizon apart from those that do not: they come first, the
 * most money a day before the others.
 */
export function mendGroups({ mends, horizonDays }: ValuedFarm): readonly MendGroup[] {
  const keyOf = ({ findingCode, mend, paysBackDays, comesOnce }: PricedMend) =>
    [findingCode, mend, comesOnce, paysBackDays !== null && paysBackDays <= horizonDays].join('\n');
  return [...Map.groupBy(mends, keyOf).values()]
    .map((group) => mendGroupOf(group, horizonDays))
    .toSorted(
      (one, other) =>
        Number(paysBackWithin(other, horizonDays)) - Number(paysBackWithin(one, horizonDays)) ||
        perDay(other, horizonDays) - perDay(one, horizonDays),
    );
}

function perDay({ gainUsdPerDay, gainUsdOnce }: MendGroup, horizonDays: number): number {
  return gainUsdPerDay + gainUsdOnce / horizonDays;
}

/** Whether they have paid for themselves by then, each of them. */
export function paysBackWithin({ paysBackDays }: MendGroup, horizonDays: number): boolean {
  return paysBackDays !== null && paysBackDays[1] <= horizonDays;
}

/** `at once`, `by the sale`, `in 15 days`, `in 166–332 days`, `never`. */
export function paybackText({ paysBackDays, gainUsdOnce }: MendGroup): string {
  if (paysBackDays === null) return 'never';
  if (gainUsdOnce > 0) return 'by the sale';
  const [soonest, latest] = paysBackDays.map((days) => days.toLocaleString('en'));
  if (latest === '0') return 'at once';
  return soonest === latest ? `in ${latest} ${latest === '1' ? 'day' : 'days'}` : `in ${soonest}–${latest} days`;
}

function mendGroupOf(mends: readonly PricedMend[], horizonDays: number): MendGroup {
  const days = mends.map(({ paysBackDays }) => paysBackDays ?? Number.POSITIVE_INFINITY);
  const latest = Math.max(...days);
  return {
    findingCode: mends[0]?.findingCode ?? '',
    mend: mends[0]?.mend ?? '',
    mends,
    rigIds: [...new Set(mends.map(({ rigId }) => rigId))],
    costLowUsd: roundedSum(mends.map(({ costUsd }) => costUsd.low)),
    costHighUsd: roundedSum(mends.map(({ costUsd }) => costUsd.high)),
    gainUsdPerDay: roundedSum(mends.map(({ comesOnce, gainUsdPerDay }) => (comesOnce ? 0 : gainUsdPerDay))),
    gainUsdOnce: onceOf(mends, horizonDays),
    paysBackDays: Number.isFinite(latest) ? [Math.min(...days), latest] : null,
    unlockedCardCount: new Set(mends.flatMap(({ unlockedCardIds }) => unlockedCardIds)).size,
  };
}
