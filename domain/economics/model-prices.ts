import { type CardModel, routesOf } from '../cards.ts';
import { modelQuote } from './estimate.ts';
import { exactly, type Interval, product, sumOf, times } from './interval.ts';
import {
  assumptionsOf,
  endFactor,
  meanFactor,
  type Pricing,
  plainQuote,
  type Quote,
  quoteOf,
  shareAfter,
  shareOf,
} from './pricing.ts';

/** What may be done with a model’s price, or why not. */
export type Priced =
  | { readonly kind: 'priced'; readonly quote: Quote }
  | { readonly kind: 'refused'; readonly why: string };

/** What a model of card fetches, whatever card it is: made once a model. */
export interface ModelPrices {
  /** In US dollars a day, rented through all of it, after the venue’s fee, as a mean over the horizon. */
  readonly rental: Priced;
  /** In US dollars, after fee, tax and the work of selling. */
  readonly sale: Priced;
  /** The same at the horizon’s end. */
  readonly laterSale: Priced;
  /** The same as it is, its fault named. */
  readonly faultySale: Priced;
  readonly recycling: Quote;
}

const pricesByPricing = new WeakMap<Pricing, Map<CardModel, ModelPrices>>();

/** What a model fetches by a pricing. */
export function modelPrices(pricing: Pricing, model: CardModel): ModelPrices {
  const known = pricesByPricing.get(pricing) ?? new Map<CardModel, ModelPrices>();
  pricesByPricing.set(pricing, known);
  const prices = known.get(model) ?? makePrices(pricing, model);
  known.set(model, prices);
  return prices;
}

function makePrices(pricing: Pricing, model: CardModel): ModelPrices {
  const price = resaleOf(pricing, model);
  const atEnd = endFactor(pricing.assumption('resale-trend'), pricing.years);
  const asItIs = shareOf(pricing.assumption('faulty-resale'));
  return {
    rental: rentalOf(pricing, model),
    sale: soldFor(pricing, price, exactly(1)),
    laterSale: withAssumptions(soldFor(pricing, price, atEnd), pricing.assumption('resale-trend')),
    faultySale: withAssumptions(soldFor(pricing, price, asItIs), pricing.assumption('faulty-resale')),
    recycling: recyclingOf(pricing),
  };
}

function resaleOf(pricing: Pricing, model: CardModel): Priced {
  if (model.isMobile === true) return { kind: 'refused', why: 'It is a laptop’s chip: it is not sold by itself.' };
  const quote = modelQuote(pricing, 'resale', model);
  if (quote !== undefined) return { kind: 'priced', quote };
  return { kind: 'refused', why: `No resale price of a ${model.name} is known, and too little of it to estimate one.` };
}

/** What a sale leaves: the price less the venue’s fee, less VAT where it is owed, less the work of selling. */
function soldFor(pricing: Pricing, price: Priced, factor: Interval): Priced {
  if (price.kind === 'refused') return price;
  const { vat } = pricing.settings;
  const net = vat?.isRegistered === true ? 1 / (1 + vat.percent / 100) : 1;
  const [fee, cost] = [pricing.fee('resale'), pricing.assumption('selling-cost')];
  const received = times(product(price.quote.value, factor, shareAfter(fee)), net);
  const value = sumOf([1, received], [-1, cost.value]);
  const tax = vat?.isRegistered === true ? pricing.fee('vat') : plainQuote(0);
  const assumptions = assumptionsOf(price.quote, fee, cost, tax);
  return { kind: 'priced', quote: { value, assumptions, isEstimate: price.quote.isEstimate } };
}

function withAssumptions(priced: Priced, more: Quote): Priced {
  if (priced.kind === 'refused') return priced;
  return { kind: 'priced', quote: { ...priced.quote, assumptions: assumptionsOf(priced.quote, more) } };
}

/** Hours of a day. */
const HOURS = 24;

function rentalOf(pricing: Pricing, model: CardModel): Priced {
  if (model.isMobile === true)
    return { kind: 'refused', why: 'It is a laptop’s chip: no market rents it by the hour.' };
  const route = routesOf(model).find(({ name, status }) => status === 'supported' && name !== 'vulkan');
  if (route === undefined) {
    return {
      kind: 'refused',
      why: 'Renters bring CUDA or ROCm, and no vendor supports either on it; Vulkan alone remains.',
    };
  }
  const quote = modelQuote(pricing, 'rental', model);
  if (quote === undefined) return { kind: 'refused', why: `No rental price of a ${model.name} is known.` };
  if (model.isMiningOnly && quote.isEstimate) {
    return {
      kind: 'refused',
      why: 'No marketplace that is read lists this mining card, and its name promises nothing.',
    };
  }
  const [fee, trend] = [pricing.fee('rental'), pricing.assumption('rental-trend')];
  const value = times(product(quote.value, shareAfter(fee), meanFactor(trend, pricing.years)), HOURS);
  return {
    kind: 'priced',
    quote: { value, assumptions: assumptionsOf(quote, fee, trend), isEstimate: quote.isEstimate },
  };
}

function recyclingOf(pricing: Pricing): Quote {
  const mass = pricing.assumption('card-mass');
  const perKilogram = quoteOf(pricing, 'recycling', 'card', 'scrap of cards') ?? plainQuote(0);
  return {
    value: product(mass.value, perKilogram.value),
    assumptions: assumptionsOf(mass, perKilogram),
    isEstimate: true,
  };
}
