import type { FleetBar } from './bars.ts';
import type { ByWeighting, WeightingName } from './entry.ts';
import { type GradedFleetCard, type GradedFleetEntry, speedEnds } from './graded.ts';

/** A share of all cards, 0 to 100: as predicted, and the least and the most that it may be. */
export interface FleetShare {
  readonly lowPercent: number;
  readonly midPercent: number;
  readonly highPercent: number;
}

/** The least and the most of several shares. */
export interface PercentRange {
  readonly lowPercent: number;
  readonly highPercent: number;
}

/** What share of a fleet passes a bar. */
export interface BarShare {
  readonly barId: string;
  readonly title: string;
  readonly kind: FleetBar['kind'];
  /**
   * `low`: cards that pass at every end of their speeds, names of several amounts of VRAM taken as the worst of them;
   * `high`: that pass at any, taken as the best. These are bounds, wider than a 90 % interval of the share.
   */
  readonly byWeighting: ByWeighting<FleetShare>;
  /** Over both weightings. */
  readonly range: PercentRange;
  /** The same, were nothing known of how a term's cards split over names. */
  readonly rangeIfSplitsUnknown: PercentRange;
}

/** The weightings. */
export const weightingNames: readonly WeightingName[] = ['nanopool', 'hiveos'];

/** Whether a card surely passes, passes as predicted, and may pass. */
interface Passing {
  readonly isSure: boolean;
  readonly isPredicted: boolean;
  readonly isPossible: boolean;
}

function passingOf(card: GradedFleetCard, { isPassed }: FleetBar): Passing {
  const ends = speedEnds.map((end) => isPassed(card, end));
  return { isSure: !ends.includes(false), isPredicted: isPassed(card, 'mid'), isPossible: ends.includes(true) };
}

/** What part of one name's cards passes, 0 to 1. */
interface PassingPart {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

function passingPart({ cards }: GradedFleetEntry, bar: FleetBar): PassingPart {
  const sum = cards.reduce((total, { ofNamePercent }) => total + ofNamePercent, 0);
  const passing = cards.map((card) => ({
    ...passingOf(card, bar),
    part: sum > 0 ? card.ofNamePercent / sum : 1 / cards.length,
  }));
  return {
    low: passing.every(({ isSure }) => isSure) ? 1 : 0,
    mid: passing.reduce((total, { isPredicted, part }) => total + (isPredicted ? part : 0), 0),
    high: passing.some(({ isPossible }) => isPossible) ? 1 : 0,
  };
}

/**
 * What share of a fleet passes a bar. Every entry counts in the denominator, those that the catalogue lacks included. An
 * empty fleet has shares of 0.
 */
export function barShare(fleet: readonly GradedFleetEntry[], bar: FleetBar): BarShare {
  const parts = fleet.map((one) => ({ entry: one.entry, part: passingPart(one, bar) }));
  const shareBy = (weighting: WeightingName): FleetShare => {
    const all = fleet.reduce((sum, { entry }) => sum + entry.sharePercent[weighting], 0);
    const percentOf = (key: keyof PassingPart) => {
      const passed = parts.reduce((sum, { entry, part }) => sum + entry.sharePercent[weighting] * part[key], 0);
      return all > 0 ? (100 * passed) / all : 0;
    };
    return { lowPercent: percentOf('low'), midPercent: percentOf('mid'), highPercent: percentOf('high') };
  };
  const byWeighting = { nanopool: shareBy('nanopool'), hiveos: shareBy('hiveos') };
  return {
    ...{ barId: bar.barId, title: bar.title, kind: bar.kind },
    byWeighting,
    range: rangeOver(byWeighting),
    rangeIfSplitsUnknown: rangeOver(sharesIfSplitsUnknown(parts)),
  };
}

function rangeOver({ nanopool, hiveos }: ByWeighting<PercentRange>): PercentRange {
  return {
    lowPercent: Math.min(nanopool.lowPercent, hiveos.lowPercent),
    highPercent: Math.max(nanopool.highPercent, hiveos.highPercent),
  };
}

interface EntryPart {
  readonly entry: GradedFleetEntry['entry'];
  readonly part: PassingPart;
}

/** All cards of a term taken as its worst name, then as its best. */
function sharesIfSplitsUnknown(parts: readonly EntryPart[]): ByWeighting<PercentRange> {
  const terms = [...Map.groupBy(parts, ({ entry }) => entry.term).values()];
  const shareBy = (weighting: WeightingName): PercentRange => {
    const sumOf = (some: readonly EntryPart[]) =>
      some.reduce((sum, { entry }) => sum + entry.sharePercent[weighting], 0);
    const all = sumOf(parts);
    const percent = (partOf: (term: readonly EntryPart[]) => number) =>
      all > 0 ? (100 * terms.reduce((sum, term) => sum + sumOf(term) * partOf(term), 0)) / all : 0;
    return {
      lowPercent: percent((term) => Math.min(...term.map(({ part }) => part.low))),
      highPercent: percent((term) => Math.max(...term.map(({ part }) => part.high))),
    };
  };
  return { nanopool: shareBy('nanopool'), hiveos: shareBy('hiveos') };
}
