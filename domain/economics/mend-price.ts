import type { Finding } from '../grading.ts';
import type { Assumption } from './figure.ts';
import type { Interval } from './interval.ts';
import { type Pricing, quoteOf } from './pricing.ts';

/** What a mend costs, in US dollars, and what that rests on. */
export interface MendPrice {
  readonly costUsd: Interval;
  readonly assumptions: readonly Assumption[];
}

const pricesByPricing = new WeakMap<Pricing, WeakMap<Finding['mendCost'], Map<string, MendPrice>>>();

/** The price of a finding's mend: the book's for its kind where it has one, else what the finding itself says. */
export function mendPriceOf(pricing: Pricing, finding: Finding): MendPrice {
  const byCost = pricesByPricing.get(pricing) ?? new WeakMap<Finding['mendCost'], Map<string, MendPrice>>();
  pricesByPricing.set(pricing, byCost);
  const byKind = byCost.get(finding.mendCost) ?? new Map<string, MendPrice>();
  byCost.set(finding.mendCost, byKind);
  const price = byKind.get(finding.mendKind) ?? makePrice(pricing, finding);
  byKind.set(finding.mendKind, price);
  return price;
}

function makePrice(pricing: Pricing, { mendKind, mendCost }: Finding): MendPrice {
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
