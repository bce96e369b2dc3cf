import type { Finding } from '../grading.ts';
import type { Assumption } from './figure.ts';
import type { Interval } from './interval.ts';
import { type Pricing, quoteOf } from './pricing.ts';

/** What a mend costs, in US dollars, and what that rests on. */
export interface MendPrice {
  readonly costUsd: Interval;
  readonly assumptions: readonly Assumption[];
}

/** The price of a finding's mend: the book's for its kind where it has one, else what the finding itself says. */
export function mendPriceOf(pricing: Pricing, { mendKind, mendCost }: Finding): MendPrice {
  const quote = quoteOf(pricing, 'mend', mendKind, `mend: ${mendKind.replaceAll('-', ' ')}`);
  if (quote !== undefined) return { costUsd: quote.value, assumptions: quote.assumptions };
  const { lowUsd, highUsd, source } = mendCost;
  const mid = (lowUsd + highUsd) / 2;
  return {
    costUsd: { low: lowUsd, mid, high: highUsd },
    assumptions: [
      {
        figureId: `mend/${mendKind}/finding`,
        name: `mend: ${mendKind.replaceAll('-', ' ')}`,
        value: mid,
        low: lowUsd,
        high: highUsd,
        unit: 'USD',
        date: pricing.book.compiledOn,
        ageDays: 0,
        isStale: false,
        venue: 'estimate',
        confidence: 'assumed',
        source,
        note: `${mendCost.labourMinutes} minutes of work are not in it`,
      },
    ],
  };
}
