import {
  type HostRemainder,
  hostRemainder,
  type OperatorSettings,
  type PresentDay,
  type PriceBook,
  presentDay,
  type ValuedFarm,
  valueFarm,
} from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import type { AssessedFarm } from '@rerig/domain/grading';
import type { FileReport } from '@rerig/domain/inventory';
import { type CardLine, cardLines } from './card-lines.ts';
import type { Currency } from './currency.ts';
import { roundedSum } from './sums.ts';

/** By what a farm is reckoned, and in which currency it is shown. */
export interface Reckoning {
  readonly book: PriceBook;
  readonly settings: OperatorSettings;
  readonly currency: Currency;
}

/** All that a report shows, whatever its form. */
export interface FarmReport {
  readonly valued: ValuedFarm;
  /** What it earns now, as it was read. */
  readonly present: PresentDay;
  /** The hosts’ power that the totals leave out, for no card bears it. */
  readonly hosts: HostRemainder;
  /** What the best options bring in once, by sales and scrap, less what mends cost; the middle of each. */
  readonly onceUsd: number;
  readonly onceCardCount: number;
  /** Every card, the most money first. */
  readonly lines: readonly CardLine[];
  readonly reckoning: Reckoning;
  /** Of the figures that best options rest on. */
  readonly figureCount: number;
  readonly staleFigureCount: number;
  readonly files: readonly FileReport[];
  readonly faults: readonly Fault[];
  /** Nobody's farm: the example that ships. */
  readonly isExample: boolean;
}

/** What was read, besides the farm. */
export interface ReadFrom {
  readonly files: readonly FileReport[];
  readonly faults: readonly Fault[];
  readonly isExample: boolean;
}

/** Values a graded farm, and gathers what a report shows. The same farm and reckoning give the same report. */
export function farmReport(assessed: AssessedFarm, reckoning: Reckoning, readFrom: ReadFrom): FarmReport {
  const valued = valueFarm(assessed, reckoning.book, reckoning.settings);
  const lines = cardLines(valued);
  const once = lines.flatMap(({ valued: { valuation } }) => valuation.best?.onceUsd.mid ?? []);
  return {
    valued,
    present: presentDay(assessed, reckoning.book, reckoning.settings),
    hosts: hostRemainder(valued.rigs, reckoning.book, reckoning.settings),
    onceUsd: roundedSum(once),
    onceCardCount: once.filter((amountUsd) => amountUsd !== 0).length,
    lines,
    reckoning,
    figureCount: valued.assumptions.length,
    staleFigureCount: valued.assumptions.filter(({ isStale }) => isStale).length,
    ...readFrom,
  };
}
