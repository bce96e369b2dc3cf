import { breakEvensOf } from './break-even.ts';
import type { CardCores } from './card-cores.ts';
import type { Assumption } from './figure.ts';
import { roundUsd } from './interval.ts';
import { askedAt, kindWords, valuedOption, worthUsd } from './option-value.ts';
import type { Pricing, Quote } from './pricing.ts';
import type { OptionCore } from './run-core.ts';
import { usdText } from './usd-text.ts';
import type { OptionKind, RefusedOption, Valuation, ValuedOption } from './valued.ts';

/** Which option is taken where several are worth the same: what works, then what ends the matter, then what waits. */
const inOrder: readonly OptionKind[] = [
  'serve',
  'rent',
  'batch',
  'mine',
  'sell-now',
  'recycle',
  'sleep',
  'sell-later',
  'repair',
];

/** A card's verdict by its options: the one that is worth the most over the horizon. */
export function judged(
  pricing: Pricing,
  { cores, alternatives, refused, residual }: CardCores,
  modelName: string,
): Valuation {
  if (residual === undefined) return withheld(whyNoResidual(modelName), refused);
  const asked = askedAt(pricing, residual.value.mid);
  const ranked = cores
    .map((core) => ({ core, worth: roundUsd(worthUsd(core, asked)) }))
    .toSorted((one, other) => other.worth - one.worth || orderOf(one.core) - orderOf(other.core))
    .map(({ core }) => core);
  const [best] = ranked;
  if (best === undefined) return withheld('Nothing can be done with it that is known.', refused);
  const options = ranked.map((core) => valuedOption(core, pricing, residual));
  return valuationOf({ pricing, options, refused, alternatives, best, residual });
}

/** What the best option but a mend is worth over the horizon; 0 where the verdict would be withheld. */
export function mostUsd(pricing: Pricing, { cores, residual }: CardCores): number {
  if (residual === undefined) return 0;
  const asked = askedAt(pricing, residual.value.mid);
  const worths = cores.filter(({ kind }) => kind !== 'repair').map((core) => roundUsd(worthUsd(core, asked)));
  return worths.length === 0 ? 0 : Math.max(...worths);
}

/** So that of several that are worth the same the same one is taken as among those that are shown. */
function inTurn(cores: readonly OptionCore[]): readonly OptionCore[] {
  return cores.toSorted((one, other) => orderOf(one) - orderOf(other));
}

function orderOf({ kind }: OptionCore): number {
  return inOrder.indexOf(kind);
}

function whyNoResidual(modelName: string): string {
  return `What a ${modelName} sells for is not known, so that keeping it cannot be weighed against selling it.`;
}

/** No verdict, and why. */
export function withheld(reason: string, refused: readonly RefusedOption[] = []): Valuation {
  return {
    verdict: null,
    reason,
    best: null,
    secondBest: null,
    options: [],
    refused,
    marginUsd: null,
    breakEvens: [],
    confidence: 'low',
    confidenceWhy: 'There is no verdict.',
  };
}

interface Ranking {
  readonly pricing: Pricing;
  readonly options: readonly ValuedOption[];
  readonly refused: readonly RefusedOption[];
  readonly alternatives: readonly OptionCore[];
  readonly best: OptionCore;
  readonly residual: Quote;
}

function valuationOf({ pricing, options, refused, alternatives, best, residual }: Ranking): Valuation {
  const [first, ...others] = options;
  if (first === undefined) return withheld('Nothing can be done with it that is known.', refused);
  const [second] = others;
  const rival = others.find(({ verdict }) => verdict !== first.verdict);
  const asked = askedAt(pricing, residual.value.mid);
  return {
    verdict: first.verdict,
    reason: reasonOf(first, rival, pricing.settings.horizonDays),
    best: first,
    secondBest: second ?? null,
    options,
    refused,
    marginUsd: second === undefined ? null : roundUsd(first.valueUsd.mid - second.valueUsd.mid),
    breakEvens: breakEvensOf({ cores: inTurn(alternatives), verdict: best.verdict, asked }),
    ...confidenceOf(first, rival),
  };
}

function reasonOf(best: ValuedOption, rival: ValuedOption | undefined, horizonDays: number): string {
  const lead =
    rival === undefined
      ? 'Nothing else can be done with it.'
      : `The next best, to ${kindWords[rival.kind]}, comes to ${usdText(rival.valueUsd.mid)}.`;
  const over = `over ${horizonDays} days`;
  switch (best.kind) {
    case 'serve':
    case 'rent':
    case 'batch':
    case 'mine':
      return `It nets ${usdText(best.netUsdPerDay.mid)} a day (${best.what}): ${usdText(best.valueUsd.mid)} ${over} with what it then sells for. ${lead}`;
    case 'sleep':
      return `Whatever it could run costs more than it earns, so it stays off. ${lead}`;
    case 'sell-now':
      return `Sold now it leaves ${usdText(best.valueUsd.mid)}, more than it earns and keeps ${over}. ${lead}`;
    case 'sell-later':
      return `Nothing that it runs pays, and prices are expected to rise: sold later it leaves ${usdText(best.valueUsd.mid)}. ${lead}`;
    case 'recycle':
      return `It earns nothing, and a sale leaves less than the ${usdText(best.valueUsd.mid)} of its metal. ${lead}`;
    case 'repair':
      return `Mended it comes to ${usdText(best.valueUsd.mid)} ${over}, the mend paid. ${lead}`;
  }
}

/** Of the verdict, not of the option: two ways to sell are one verdict. By gains, in which what the card is worth cancels. */
function confidenceOf(
  best: ValuedOption,
  rival: ValuedOption | undefined,
): Pick<Valuation, 'confidence' | 'confidenceWhy'> {
  const doubts = doubtsOf(best);
  if (rival === undefined) return { confidence: 'high', confidenceWhy: `There is no other verdict.${doubts}` };
  const [own, next] = [best.gainUsdPerDay, rival.gainUsdPerDay];
  if (own.low > next.high) {
    const why = `Even at its low (${usdText(own.low)} a day over sleep) it is ahead of the next, to ${kindWords[rival.kind]}, at its high.`;
    return { confidence: doubts === '' ? 'high' : 'medium', confidenceWhy: `${why}${doubts}` };
  }
  const overlap = `A day it brings ${rangeText(best)} over sleep, and the next, to ${kindWords[rival.kind]}, ${rangeText(rival)}: they overlap.`;
  const isAhead = own.mid > next.high || own.low > next.mid;
  return { confidence: isAhead ? 'medium' : 'low', confidenceWhy: `${overlap}${doubts}` };
}

function rangeText({ gainUsdPerDay: { low, high } }: ValuedOption): string {
  return `${usdText(low)} to ${usdText(high)}`;
}

function doubtsOf({ assumptions }: ValuedOption): string {
  const prices = assumptions.filter(isPrice);
  const stale = prices.filter(({ isStale }) => isStale).length;
  const weak = prices.filter(({ confidence }) => confidence === 'low' || confidence === 'assumed').length;
  const said = [
    ...(stale === 0 ? [] : [`${stale} of its ${prices.length} prices ${stale === 1 ? 'is' : 'are'} stale`]),
    ...(weak === 0 ? [] : [`${weak} ${weak === 1 ? 'is' : 'are'} weakly sourced`]),
  ];
  return said.length === 0 ? '' : ` ${capitalised(said.join(', and '))}.`;
}

/** Prices go stale; what the reckoning assumes besides does not. */
function isPrice({ figureId }: Assumption): boolean {
  return !figureId.startsWith('assumption/') && !figureId.startsWith('hash-rate/');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
