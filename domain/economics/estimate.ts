import { type CardModel, cardModels } from '../cards.ts';
import { GIB } from '../quantity.ts';
import { isStaleFigure } from './figure.ts';
import type { Interval } from './interval.ts';
import { indexOf } from './price-book.ts';
import { type Pricing, type Quote, quoteOf, quoteOfFigures } from './pricing.ts';

/** What a model costs by how much memory it has and how fast that is: USD = coefficient × (GiB × GB/s) ^ exponent. */
interface PowerLaw {
  readonly coefficient: number;
  /** Never below 0: more memory, or faster memory, is never worth less. */
  readonly exponent: number;
  /** The spread of the models that it was fitted to, as the standard deviation of a logarithm. */
  readonly spreadLog: number;
  readonly modelCount: number;
}

/** Standard deviations on either side that hold 90 %. */
const NINETY_PERCENT = 1.645;

/** Fewer models than this say nothing of others. */
const LEAST_MODELS = 5;

const modelByName = new Map(cardModels.map((model) => [model.name.toLowerCase(), model]));
const familyByName = Map.groupBy(cardModels, ({ family }) => family.toLowerCase());

/**
 * What a model fetches: as quoted for it, or for its family; else by a rule from all models that are quoted, between
 * what its family fetches with less VRAM and with more, so that more VRAM is never worth less. Undefined where it is
 * neither quoted nor enough known of it.
 */
export function modelQuote(pricing: Pricing, kind: 'rental' | 'resale', model: CardModel): Quote | undefined {
  const name = `${kind} of ${model.name}`;
  return (
    quoteOf(pricing, kind, model.name, name) ??
    quoteOf(pricing, kind, model.family, name) ??
    estimated(pricing, kind, model)
  );
}

function estimated(pricing: Pricing, kind: 'rental' | 'resale', model: CardModel): Quote | undefined {
  const power = memoryPower(model);
  const law = power === undefined ? undefined : lawOf(pricing, kind);
  if (power === undefined || law === undefined) return undefined;
  const mid = withinFamily(pricing, kind, model, law.coefficient * power ** law.exponent);
  const factor = Math.exp(NINETY_PERCENT * law.spreadLog);
  const value = { low: mid / factor, mid, high: mid * factor };
  return { value, assumptions: [ruleAssumption(pricing, kind, model, law, value)], isEstimate: true };
}

function ruleAssumption(
  { book }: Pricing,
  kind: 'rental' | 'resale',
  model: CardModel,
  law: PowerLaw,
  value: Interval,
): Quote['assumptions'][number] {
  return {
    figureId: `${kind}/${model.modelId}/estimate`,
    name: `${kind} of ${model.name}`,
    value: value.mid,
    low: value.low,
    high: value.high,
    unit: kind === 'rental' ? 'USD/h' : 'USD',
    date: book.compiledOn,
    ageDays: 0,
    isStale: false,
    venue: 'estimate',
    confidence: 'low',
    source: `no quote for it: by VRAM × bandwidth from ${law.modelCount} models that are quoted, exponent ${law.exponent.toFixed(2)}`,
  };
}

/** VRAM in GiB times bandwidth in GB/s. */
function memoryPower({ vramBytes, memoryBandwidthBytesPerSecond }: CardModel): number | undefined {
  if (vramBytes === undefined || memoryBandwidthBytesPerSecond === undefined) return undefined;
  return (vramBytes / GIB) * (memoryBandwidthBytesPerSecond / 1e9);
}

const laws = new WeakMap<Pricing, Map<'rental' | 'resale', PowerLaw | undefined>>();

function lawOf(pricing: Pricing, kind: 'rental' | 'resale'): PowerLaw | undefined {
  const known = laws.get(pricing) ?? new Map<'rental' | 'resale', PowerLaw | undefined>();
  laws.set(pricing, known);
  if (!known.has(kind)) known.set(kind, fitted(quotedModels(pricing, kind)));
  return known.get(kind);
}

interface QuotedModel {
  readonly powerLog: number;
  readonly usdLog: number;
}

/** The models that fresh figures speak of: an old price says little of another model's today. */
function quotedModels(pricing: Pricing, kind: 'rental' | 'resale'): readonly QuotedModel[] {
  return [...(indexOf(pricing.book).get(kind) ?? [])].flatMap(([subject, figures]) => {
    const fresh = figures.filter((figure) => !isStaleFigure(figure, pricing.today));
    const quote = quoteOfFigures(pricing, fresh, subject);
    const model = modelByName.get(subject) ?? familyByName.get(subject)?.[0];
    const power = model === undefined ? undefined : memoryPower(model);
    if (quote === undefined || power === undefined || quote.value.mid <= 0) return [];
    return [{ powerLog: Math.log(power), usdLog: Math.log(quote.value.mid) }];
  });
}

/** Least squares on logarithms. */
function fitted(models: readonly QuotedModel[]): PowerLaw | undefined {
  const count = models.length;
  if (count < LEAST_MODELS) return undefined;
  const meanPower = models.reduce((sum, { powerLog }) => sum + powerLog, 0) / count;
  const meanUsd = models.reduce((sum, { usdLog }) => sum + usdLog, 0) / count;
  const spread = models.reduce((sum, { powerLog }) => sum + (powerLog - meanPower) ** 2, 0);
  const shared = models.reduce((sum, { powerLog, usdLog }) => sum + (powerLog - meanPower) * (usdLog - meanUsd), 0);
  const exponent = spread === 0 ? 0 : Math.max(0, shared / spread);
  const intercept = meanUsd - exponent * meanPower;
  const residual = models.reduce(
    (sum, { powerLog, usdLog }) => sum + (usdLog - intercept - exponent * powerLog) ** 2,
    0,
  );
  const spreadLog = Math.sqrt(residual / Math.max(1, count - 2));
  return { coefficient: Math.exp(intercept), exponent, spreadLog, modelCount: count };
}

/** A price kept between those that the same family is quoted at with less VRAM and with more. */
function withinFamily(pricing: Pricing, kind: 'rental' | 'resale', model: CardModel, usd: number): number {
  let [least, most] = [0, Number.POSITIVE_INFINITY];
  for (const other of familyByName.get(model.family.toLowerCase()) ?? []) {
    const quoted = quoteOf(pricing, kind, other.name, `${kind} of ${other.name}`)?.value.mid;
    if (quoted === undefined || other.vramBytes === undefined || model.vramBytes === undefined) continue;
    if (other.vramBytes <= model.vramBytes) least = Math.max(least, quoted);
    if (other.vramBytes >= model.vramBytes) most = Math.min(most, quoted);
  }
  return Math.max(least, Math.min(most, usd));
}
