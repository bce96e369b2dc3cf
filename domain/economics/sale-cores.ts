import type { CardModel } from '../cards.ts';
import { exactly } from './interval.ts';
import { modelPrices, type Priced } from './model-prices.ts';
import type { Pricing, Quote } from './pricing.ts';
import { EXCLUDED, isExcluded, refusal } from './refusal.ts';
import type { OnceCore } from './run-core.ts';
import type { RefusedOption } from './valued.ts';

/** What can be done with a card without running it, in numbers, and what cannot. */
export interface SaleCores {
  readonly cores: readonly OnceCore[];
  readonly refused: readonly RefusedOption[];
}

const SALE_KINDS = ['sell-now', 'sell-later'] as const;

/** What can be done without running it. Sleep is always there: it costs nothing and keeps the card. */
export function saleCores(pricing: Pricing, model: CardModel, isFaulty: boolean): SaleCores {
  const prices = modelPrices(pricing, model);
  const refused: RefusedOption[] = [];
  const cores: OnceCore[] = [];
  for (const kind of SALE_KINDS) {
    const priced: Priced = isFaulty ? prices.faultySale : kind === 'sell-now' ? prices.sale : prices.laterSale;
    if (isExcluded(pricing, 'sell')) refused.push(refusal(kind, EXCLUDED));
    else if (priced.kind === 'refused') refused.push(refusal(kind, { why: priced.why }));
    else if (!(isFaulty && kind === 'sell-later')) cores.push(saleCore(kind, priced.quote, model, isFaulty));
  }
  cores.push({
    kind: 'sleep',
    verdict: 'sleep',
    what: 'switched off',
    onceUsd: exactly(0),
    isKept: true,
    assumptions: [],
  });
  if (isExcluded(pricing, 'recycle')) refused.push(refusal('recycle', EXCLUDED));
  else if (model.isMobile === true) refused.push(refusal('recycle', { why: 'It is a laptop’s chip, and part of it.' }));
  else {
    const { value, assumptions } = prices.recycling;
    const what = 'for its copper, aluminium and gold';
    cores.push({ kind: 'recycle', verdict: 'recycle', what, onceUsd: value, isKept: false, assumptions });
  }
  return { cores, refused };
}

function saleCore(kind: 'sell-now' | 'sell-later', quote: Quote, model: CardModel, isFaulty: boolean): OnceCore {
  const as = isFaulty ? `as a faulty ${model.name}` : `as ${model.name}`;
  const estimated = quote.isEstimate ? ', its price estimated' : '';
  return {
    kind,
    verdict: 'sell',
    what: `${as}${kind === 'sell-later' ? ' at the horizon’s end' : ''}${estimated}`,
    onceUsd: quote.value,
    isKept: false,
    assumptions: quote.assumptions,
  };
}

/**
 * What a card that is kept still fetches at the horizon’s end: by a sale, or as scrap where that fetches more. An
 * operator who sells nothing still has it. Undefined where it is not known.
 */
export function residualOf(pricing: Pricing, model: CardModel, isFaulty: boolean): Quote | undefined {
  const { laterSale, faultySale, recycling } = modelPrices(pricing, model);
  const sale = isFaulty ? faultySale : laterSale;
  if (sale.kind === 'refused') return model.isMobile === true || isExcluded(pricing, 'sell') ? NOTHING : undefined;
  return sale.quote.value.mid >= recycling.value.mid ? sale.quote : recycling;
}

const NOTHING: Quote = { value: exactly(0), assumptions: [], isEstimate: false };
