import { type Interval, type Verdict, verdicts } from '@rerig/domain/economics';
import { type CardLine, verdictOf } from './card-lines.ts';
import { sumOfIntervals } from './sums.ts';

/** What the cards of one verdict come to. */
export interface VerdictSum {
  readonly verdict: Verdict | 'withheld';
  readonly cardCount: number;
  readonly netUsdPerDay: Interval;
  readonly onceUsd: Interval;
  readonly valueUsd: Interval;
}

/** Verdicts in one phrase, for who reads them the first time. */
export const verdictWords: Readonly<Record<Verdict | 'withheld', string>> = {
  train: 'by the hour, to train on',
  serve: 'by the token or by the hour',
  batch: 'queues that can wait',
  mine: 'the coin that pays best',
  sleep: 'off, and kept',
  sell: 'second-hand, fees taken off',
  repair: 'mended, then what pays',
  recycle: 'for its metal',
  withheld: 'too little is known',
};

/** Lines by verdict, in the order that reports list them; each line is in one of them. */
export function verdictSums(lines: readonly CardLine[]): readonly VerdictSum[] {
  const byVerdict = Map.groupBy(lines, ({ valued }) => verdictOf(valued));
  return verdicts.flatMap((verdict) => {
    const group = byVerdict.get(verdict);
    if (group === undefined) return [];
    const bests = group.flatMap(({ valued }) => valued.valuation.best ?? []);
    return [
      {
        verdict,
        cardCount: group.length,
        netUsdPerDay: sumOfIntervals(bests.map(({ netUsdPerDay }) => netUsdPerDay)),
        onceUsd: sumOfIntervals(bests.map(({ onceUsd }) => onceUsd)),
        valueUsd: sumOfIntervals(bests.map(({ valueUsd }) => valueUsd)),
      },
    ];
  });
}
