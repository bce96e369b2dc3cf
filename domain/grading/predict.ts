import { type CardModel, matchCard, type RouteName, routesOf } from '../cards.ts';
import { type Fault, type FaultTable, faultMaker, isFault } from '../fault.ts';
import { type Bytes, formatBytes, GIB, MIB } from '../quantity.ts';
import type { Evidence } from './evidence.ts';
import { type KnownOfCard, speedOf, speedOfAny } from './predict-speed.ts';
import { parseQuantization } from './quantization.ts';
import type { Interval } from './speed.ts';
import { type SpeedRoute, speedRouteOf } from './speed-card.ts';
import { kvBytesPerToken, type SpeedRequest } from './speed-formula.ts';

/** Every refusal of a prediction. */
export type PredictFaultCode =
  | 'predict-card-unknown'
  | 'predict-figures-missing'
  | 'predict-quantization-unknown'
  | 'predict-request-invalid'
  | 'predict-route-missing';

const table: FaultTable<PredictFaultCode> = {
  'predict-card-unknown': 'after-mend',
  'predict-figures-missing': 'never',
  'predict-quantization-unknown': 'after-mend',
  'predict-request-invalid': 'after-mend',
  'predict-route-missing': 'after-mend',
};

/** Makes a fault of a prediction. */
export const predictFault = faultMaker(table);

/** What is asked: a card by name, a language model by its size, and one stream's prompt and answer. */
export interface PredictRequest {
  /** As drivers or shops print it; `(unlocked)` after it for a card whose firmware throttle was lifted. */
  readonly card: string;
  /** `cuda`, `cuda-12`, `cuda-13`, `rocm` or `vulkan`; absent: the best that drives the card. */
  readonly route?: string;
  /** Above 0. */
  readonly parameters: number;
  /** Of a mixture of experts: what one token uses; null or absent: all. */
  readonly activeParameters?: number | null;
  /** Absent: by the quantisation's bits a weight. */
  readonly weightsBytes?: Bytes | null;
  readonly quantization: string;
  /** Absent: 512 and 128, as llama-bench runs. */
  readonly promptTokens?: number;
  readonly generateTokens?: number;
}

/** What is answered. Speeds are null where the model does not fit by more than a twentieth of the VRAM. */
export interface PredictAnswer {
  readonly fits: boolean;
  readonly generateTokensPerSecond: Interval | null;
  readonly promptTokensPerSecond: Interval | null;
  readonly evidence: Evidence;
  readonly why: string;
  /** The catalogue's names: several where the name alone does not tell them apart. */
  readonly cards: readonly string[];
  readonly route: SpeedRoute;
  readonly neededBytes: Bytes;
  readonly vramBytes: Bytes | null;
}

/** Compute buffer and driver's share of a small context: measured loads need at least this much beside weights and cache. */
const BESIDE_WEIGHTS_BYTES = 400 * MIB;

/** So little over the VRAM, a smaller build of the same model would fit: its speed is told all the same. */
const NEARLY_FITTING_SHARE = 1.05;

/** Whether a card holds a model, and how fast it runs it; a fault where that can't be known. */
export function predict(request: PredictRequest): PredictAnswer | Fault<PredictFaultCode> {
  const models = modelsNamed(request.card);
  if (isFault(models)) return models;
  const route = routeAsked(request, models);
  if (isFault(route)) return route;
  const asked = speedRequestOf(request);
  if (isFault(asked)) return asked;
  const contextTokens = asked.promptTokenCount + asked.generateTokenCount;
  const kvBytes = Math.round(contextTokens * kvBytesPerToken(asked.parameterCount));
  const neededBytes = Math.round(asked.weightsBytes + kvBytes + BESIDE_WEIGHTS_BYTES);
  const holding = models.filter(({ vramBytes = 0 }) => vramBytes >= neededBytes);
  return answerOf(holding.length > 0 ? holding : models, {
    request,
    route,
    asked,
    neededBytes,
    isHeld: holding.length > 0,
    tooSmall: holding.length > 0 ? models.filter((model) => !holding.includes(model)) : [],
  });
}

interface Asked {
  readonly request: PredictRequest;
  readonly route: SpeedRoute;
  readonly asked: SpeedRequest;
  readonly neededBytes: Bytes;
  readonly isHeld: boolean;
  /** Models of the same name that do not hold it. */
  readonly tooSmall: readonly CardModel[];
}

function answerOf(models: readonly CardModel[], { request, route, asked, neededBytes, isHeld, tooSmall }: Asked) {
  const vramBytes = Math.max(...models.map(({ vramBytes: bytes = 0 }) => bytes));
  const known = knownOf(request.card);
  const speeds = models.flatMap((model) => speedOf(model, route, asked, known) ?? []);
  const speed = speedOfAny(speeds);
  if (speed === undefined) return figuresMissing(request, models);
  const isTold = isHeld || neededBytes <= vramBytes * NEARLY_FITTING_SHARE;
  return {
    fits: isHeld,
    generateTokensPerSecond: isTold ? rounded(speed.generateTokensPerSecond) : null,
    promptTokensPerSecond: isTold ? rounded(speed.promptTokensPerSecond) : null,
    evidence: speed.evidence,
    why: isHeld ? `${tooSmallText(tooSmall)}${speed.why}` : notHeldWhy(neededBytes, vramBytes, isTold),
    cards: models.map(({ name }) => name),
    route,
    neededBytes,
    vramBytes: vramBytes > 0 ? vramBytes : null,
  };
}

function tooSmallText(models: readonly CardModel[]): string {
  return models.length === 0 ? '' : `It does not fit ${models.map(({ name }) => name).join(', ')} of the same name. `;
}

function notHeldWhy(neededBytes: Bytes, vramBytes: Bytes, isTold: boolean): string {
  const told = isTold ? ' The speeds hold for a build that is small enough.' : '';
  const needs = `It needs about ${formatBytes(neededBytes)}: weights, keys and values, buffers, the driver’s share.`;
  return vramBytes === 0
    ? `The card’s VRAM is not known. ${needs}`
    : `${needs} The card has ${formatBytes(vramBytes)}, and nothing is spilled to the rig’s memory.${told}`;
}

/** What a name says of a mining card's firmware: `CMP 40HX (unlocked)`. */
function knownOf(name: string): KnownOfCard {
  if (/stock/i.test(name)) return { firmware: 'stock' };
  return /unlocked/i.test(name) ? { firmware: 'unlocked' } : {};
}

function rounded({ low, mid, high }: Interval): Interval {
  const digits = (value: number) => Number(value.toPrecision(4));
  return { low: digits(low), mid: digits(mid), high: digits(high) };
}

function modelsNamed(name: string): readonly CardModel[] | Fault<PredictFaultCode> {
  const match = matchCard({ name });
  if (match.kind === 'matched') return [match.model];
  if (match.kind === 'ambiguous') return match.models;
  return predictFault('predict-card-unknown', {
    what: `No card "${name.slice(0, 80)}" is known.`,
    why: match.why,
    mend: 'Name it as the driver does, like "GeForce GTX 1080" or "RX 580 8GB".',
  });
}

const speedRoutes: readonly SpeedRoute[] = ['cuda', 'rocm', 'vulkan'];

function routeAsked(request: PredictRequest, models: readonly CardModel[]): SpeedRoute | Fault<PredictFaultCode> {
  const [model] = models;
  const vendor = model?.vendor;
  if (request.route === undefined || request.route === '') return bestRoute(model) ?? routeMissing(request, models);
  const name = request.route.toLowerCase();
  const asked = speedRoutes.find((route) => name.startsWith(route));
  const isWrongVendor = (asked === 'cuda' && vendor !== 'nvidia') || (asked === 'rocm' && vendor !== 'amd');
  return asked === undefined || isWrongVendor ? routeMissing(request, models) : asked;
}

function bestRoute(model: CardModel | undefined): SpeedRoute | undefined {
  const route = model === undefined ? undefined : routesOf(model).find(({ status }) => status === 'supported');
  const name: RouteName | undefined = route?.name;
  return name === undefined ? undefined : speedRouteOf(name);
}

function routeMissing({ route }: PredictRequest, models: readonly CardModel[]): Fault<PredictFaultCode> {
  const names = models.map(({ name }) => name).join(', ');
  const has = models[0] === undefined ? [] : routesOf(models[0]).map(({ name, status }) => `${name} (${status})`);
  return predictFault('predict-route-missing', {
    what: `No speed is predicted for ${names} by ${route === undefined ? 'any route' : `"${route.slice(0, 40)}"`}.`,
    why: `It is driven by ${has.length === 0 ? 'nothing that is known' : has.join(', ')}.`,
    mend: routesToAsk(models[0]),
  });
}

function routesToAsk(model: CardModel | undefined): string {
  const routes = model === undefined ? [] : routesOf(model).filter(({ status }) => status !== 'ended');
  const names = [...new Set(routes.flatMap(({ name }) => speedRouteOf(name) ?? []))];
  return names.length === 0
    ? 'No software that is still kept up drives it for AI work: let it mine, or sell it.'
    : `Ask for ${names.map((name) => `"${name}"`).join(' or ')}, or leave the route out for the best.`;
}

function speedRequestOf(request: PredictRequest): SpeedRequest | Fault<PredictFaultCode> {
  const { parameters, activeParameters, weightsBytes, promptTokens = 512, generateTokens = 128 } = request;
  const quantization = parseQuantization(request.quantization);
  if (quantization === undefined) {
    return predictFault('predict-quantization-unknown', {
      what: `The quantisation "${request.quantization.slice(0, 40)}" is not known.`,
      why: 'How many bits a weight takes and how it is unpacked is told by its name.',
      mend: 'Name it as llama.cpp does: Q4_K_M, Q8_0, IQ4_XS, F16.',
    });
  }
  return {
    parameterCount: parameters,
    activeParameterCount: Math.min(activeParameters ?? parameters, parameters),
    weightsBytes: weightsBytes ?? (parameters * quantization.bitsPerWeight) / 8,
    quantizationClass: quantization.class,
    promptTokenCount: promptTokens,
    generateTokenCount: generateTokens,
  };
}

function figuresMissing({ card }: PredictRequest, models: readonly CardModel[]): Fault<PredictFaultCode> {
  return predictFault('predict-figures-missing', {
    what: `The speed of ${card.slice(0, 80)} can't be predicted.`,
    why: `The catalogue lacks memory bandwidth or FP32 rate of ${models.map(({ name }) => name).join(', ')}.`,
    mend: 'Measure it: run llama-bench on the card, and give its output to "rerig assess".',
  });
}

/** From which size on VRAM is no card's: it guards against bytes given as gibibytes. */
export const MOST_WEIGHTS_BYTES = 4096 * GIB;
