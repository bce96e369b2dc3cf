import { type CardModel, cardModels } from '../cards.ts';
import { GIB } from '../quantity.ts';
import { isStaleFigure } from './figure.ts';
import { type Interval, times } from './interval.ts';
import { type Band, type BandPrice, bandOf, bandPriceOf } from './price-band.ts';
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
const modelsByArchitecture = Map.groupBy(cardModels, ({ architecture }) => architecture);

/**
 * What a model fetches: as quoted for it, or for its family; else by a rule from all models that are quoted, between
 * what its kin fetches that is less and more, so that more VRAM is never worth less. Undefined where it is
 * neither quoted nor enough known of it.
 */
export function modelQuote(pricing: Pricing, kind: 'rental' | 'resale', model: CardModel): Quote | undefined {
  const name = `${kind} of ${model.name}`;
  const quote = quoteOf(pricing, kind, model.name, name) ?? quoteOf(pricing, kind, model.family, name);
  return quote === undefined ? estimated(pricing, kind, model) : heldByKin(pricing, kind, model, quote);
}

/** An old quote says less of a model than a fresh one of its kin does: it is held between those. */
function heldByKin(pricing: Pricing, kind: 'rental' | 'resale', model: CardModel, quote: Quote): Quote {
  const { mid } = quote.value;
  if (!isOld(quote) || mid <= 0) return quote;
  const held = amongKin(pricing, kind, model, mid, (other) => !isOld(other));
  if (held === mid) return quote;
  const value = times(quote.value, held / mid);
  const source = 'its own figures are old: held to what cards of its chip or architecture are quoted at now';
  return { value, assumptions: [...quote.assumptions, derived(pricing, kind, model, value, source)], isEstimate: true };
}

function isOld({ assumptions }: Quote): boolean {
  return assumptions.every(({ isStale }) => isStale);
}

function estimated(pricing: Pricing, kind: 'rental' | 'resale', model: CardModel): Quote | undefined {
  const memoryMeasure = memoryPower(model);
  const law = memoryMeasure === undefined ? undefined : lawOf(pricing, kind);
  if (memoryMeasure === undefined || law === undefined) return undefined;
  const band = kind === 'resale' ? bandPrice(pricing, law, bandOf(model)) : undefined;
  const mid = amongKin(pricing, kind, model, usdByLaw(law, memoryMeasure) * (band?.factor ?? 1));
  const factor = Math.exp(NINETY_PERCENT * Math.max(law.spreadLog, band?.spreadLog ?? 0));
  const value = { low: mid / factor, mid, high: mid * factor };
  return { value, assumptions: [derived(pricing, kind, model, value, ruleText(law, band))], isEstimate: true };
}

function usdByLaw({ coefficient, exponent }: PowerLaw, memoryMeasure: number): number {
  return coefficient * memoryMeasure ** exponent;
}

const bandPrices = new WeakMap<PowerLaw, Map<Band, BandPrice | undefined>>();

/** How cards of a band sell beside the law, which is that of cards that are still current; made once a law and band. */
function bandPrice(pricing: Pricing, law: PowerLaw, band: Band): BandPrice | undefined {
  const known = bandPrices.get(law) ?? new Map<Band, BandPrice | undefined>();
  bandPrices.set(law, known);
  if (known.has(band)) return known.get(band);
  const ratios = quotedModels(pricing, 'resale')
    .filter((each) => bandOf(each.model) === band)
    .map((each) => each.usd / usdByLaw(law, each.memoryMeasure));
  const made = bandPriceOf(band, ratios);
  known.set(band, made);
  return made;
}

function ruleText({ modelCount, exponent }: PowerLaw, band: BandPrice | undefined): string {
  const law = `no quote for it: by VRAM × bandwidth from ${modelCount} models that are quoted, exponent ${exponent.toFixed(2)}`;
  return band === undefined ? law : `${law}; ${band.because}`;
}

function derived(
  { book }: Pricing,
  kind: 'rental' | 'resale',
  model: CardModel,
  { low, mid, high }: Interval,
  source: string,
): Quote['assumptions'][number] {
  return {
    figureId: `${kind}/${model.modelId}/estimate`,
    name: `${kind} of ${model.name}`,
    ...{ value: mid, low, high },
    unit: kind === 'rental' ? 'USD/h' : 'USD',
    date: book.compiledOn,
    ageDays: 0,
    isStale: false,
    venue: 'estimate',
    confidence: 'low',
    source,
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
  if (!known.has(kind)) known.set(kind, fitted(lawModels(pricing, kind)));
  return known.get(kind);
}

interface QuotedModel {
  readonly model: CardModel;
  readonly memoryMeasure: number;
  readonly usd: number;
  readonly isFresh: boolean;
}

/** The models that a law is fitted to: an old price says little of another model's today, nor does one of another band. */
function lawModels(pricing: Pricing, kind: 'rental' | 'resale'): readonly QuotedModel[] {
  return quotedModels(pricing, kind).filter(
    ({ model, isFresh }) => isFresh && (kind === 'rental' || bandOf(model) === 'current'),
  );
}

function quotedModels(pricing: Pricing, kind: 'rental' | 'resale'): readonly QuotedModel[] {
  return [...(indexOf(pricing.book).get(kind) ?? [])].flatMap(([subject, figures]) => {
    const quote = quoteOfFigures(pricing, figures, subject);
    const model = modelByName.get(subject) ?? familyByName.get(subject)?.[0];
    const memoryMeasure = model === undefined ? undefined : memoryPower(model);
    if (quote === undefined || model === undefined || memoryMeasure === undefined || quote.value.mid <= 0) return [];
    const isFresh = figures.some((figure) => !isStaleFigure(figure, pricing.today));
    return [{ model, memoryMeasure, usd: quote.value.mid, isFresh }];
  });
}

/** Least squares on logarithms. */
function fitted(quoted: readonly QuotedModel[]): PowerLaw | undefined {
  const models = quoted.map(({ memoryMeasure, usd }) => ({ powerLog: Math.log(memoryMeasure), usdLog: Math.log(usd) }));
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

/**
 * A price held to those of its kin: no less than what is quoted for cards of its family or chip that have no more of
 * anything, and no more than for cards of its architecture that have no less; the lower bound gives way.
 */
function amongKin(
  pricing: Pricing,
  kind: 'rental' | 'resale',
  model: CardModel,
  usd: number,
  isAsked: (quote: Quote) => boolean = () => true,
): number {
  let [least, most] = [0, Number.POSITIVE_INFINITY];
  for (const other of modelsByArchitecture.get(model.architecture) ?? []) {
    if (other === model || !isKin(model, other)) continue;
    const quote = quoteOf(pricing, kind, other.name, `${kind} of ${other.name}`);
    if (quote === undefined || !isAsked(quote)) continue;
    if (other.chip === model.chip && isNoMore(other, model)) least = Math.max(least, quote.value.mid);
    if (isNoMore(model, other)) most = Math.min(most, quote.value.mid);
  }
  return Math.min(most, Math.max(least, usd));
}

/** Models of its family, and those that sell as it does. */
function isKin(model: CardModel, other: CardModel): boolean {
  if (other.family === model.family) return true;
  return other.isMobile === model.isMobile && bandOf(other) === bandOf(model);
}

/** Whether a model is by no figure more than another: of one family by VRAM alone, which is all that tells them apart. */
function isNoMore(one: CardModel, other: CardModel): boolean {
  const isWithin = (of: (model: CardModel) => number | undefined) => {
    const [less, more] = [of(one), of(other)];
    return less !== undefined && more !== undefined && less <= more;
  };
  if (!isWithin(({ vramBytes }) => vramBytes)) return false;
  if (one.family === other.family) return true;
  return (
    isWithin(({ memoryBandwidthBytesPerSecond }) => memoryBandwidthBytesPerSecond) &&
    isWithin(({ fp32Tflops }) => fp32Tflops)
  );
}
