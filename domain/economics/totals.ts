import { type Interval, ZERO } from './interval.ts';
import type { MoneySum, MoneyTotals, ValuedCard, Verdict } from './valued.ts';

/** Every verdict, in the order that reports list them, and what has none. */
export const verdicts: readonly (Verdict | 'withheld')[] = [
  'train',
  'serve',
  'batch',
  'mine',
  'sleep',
  'sell',
  'repair',
  'recycle',
  'withheld',
];

/**
 * The sums of cards' best options, in all and by verdict. Amounts are added in whole micro-dollars, as the rows have
 * them: so that whoever adds the rows gets the totals.
 */
export function moneyTotals(cards: readonly ValuedCard[]): MoneyTotals {
  const sums = new Map<Verdict | 'withheld', Sum>();
  for (const card of cards) {
    const verdict = card.valuation.verdict ?? 'withheld';
    const sum = sums.get(verdict) ?? new Sum();
    sums.set(verdict, sum);
    sum.add(card);
  }
  const all = new Sum();
  for (const sum of sums.values()) all.addAll(sum);
  const of = (verdict: Verdict | 'withheld') => sums.get(verdict)?.total() ?? NOTHING;
  return {
    all: all.total(),
    byVerdict: {
      train: of('train'),
      serve: of('serve'),
      batch: of('batch'),
      mine: of('mine'),
      sleep: of('sleep'),
      sell: of('sell'),
      repair: of('repair'),
      recycle: of('recycle'),
      withheld: of('withheld'),
    },
  };
}

/** Micro-dollars of a low, a mid and a high. */
type Micros = [low: number, mid: number, high: number];

const PARTS = [0, 1, 2] as const;

class Sum {
  #cardCount = 0;
  #powerWatts = 0;
  readonly #income: Micros = [0, 0, 0];
  readonly #cost: Micros = [0, 0, 0];
  readonly #net: Micros = [0, 0, 0];
  readonly #value: Micros = [0, 0, 0];

  add({ valuation: { best } }: ValuedCard): void {
    this.#cardCount += 1;
    if (best === null) return;
    this.#powerWatts += best.powerWatts;
    addTo(this.#income, best.incomeUsdPerDay);
    addTo(this.#cost, best.costUsdPerDay);
    addTo(this.#net, best.netUsdPerDay);
    addTo(this.#value, best.valueUsd);
  }

  addAll(other: Sum): void {
    this.#cardCount += other.#cardCount;
    this.#powerWatts += other.#powerWatts;
    for (const part of PARTS) {
      this.#income[part] += other.#income[part];
      this.#cost[part] += other.#cost[part];
      this.#net[part] += other.#net[part];
      this.#value[part] += other.#value[part];
    }
  }

  total(): MoneySum {
    if (this.#cardCount === 0) return NOTHING;
    return {
      cardCount: this.#cardCount,
      incomeUsdPerDay: dollars(this.#income),
      costUsdPerDay: dollars(this.#cost),
      netUsdPerDay: dollars(this.#net),
      valueUsd: dollars(this.#value),
      powerWatts: this.#powerWatts,
    };
  }
}

const NOTHING: MoneySum = {
  cardCount: 0,
  incomeUsdPerDay: ZERO,
  costUsdPerDay: ZERO,
  netUsdPerDay: ZERO,
  valueUsd: ZERO,
  powerWatts: 0,
};

function addTo(sum: Micros, { low, mid, high }: Interval): void {
  sum[0] += Math.round(low * 1e6);
  sum[1] += Math.round(mid * 1e6);
  sum[2] += Math.round(high * 1e6);
}

function dollars([low, mid, high]: Micros): Interval {
  return { low: low / 1e6, mid: mid / 1e6, high: high / 1e6 };
}
