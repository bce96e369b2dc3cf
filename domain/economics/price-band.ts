import { type CardModel, routesOf } from '../cards.ts';

/**
 * How the second-hand market takes a model, whatever its memory: `mining` cards, which have no outputs and are slow by
 * firmware or link; `dropped` ones, before 2020 and in no current release of CUDA or ROCm; and all others.
 */
export type Band = 'mining' | 'dropped' | 'current';

/** Later cards sell as current ones whatever drives them: they are bought to play on. */
const FIRST_CURRENT_YEAR = 2020;

const bands = new WeakMap<CardModel, Band>();

/** The band of a model. */
export function bandOf(model: CardModel): Band {
  const known = bands.get(model);
  if (known !== undefined) return known;
  const band = makeBand(model);
  bands.set(model, band);
  return band;
}

function makeBand(model: CardModel): Band {
  if (model.isMiningOnly) return 'mining';
  if ((model.releaseYear ?? 0) >= FIRST_CURRENT_YEAR || model.vendor === 'intel') return 'current';
  const isDriven = routesOf(model).some(
    ({ name, status }) => status === 'supported' && (name === 'cuda-13' || name === 'rocm'),
  );
  return isDriven ? 'current' : 'dropped';
}

/** What cards of a band fetch, as a share of what current ones of the same memory do. */
export interface BandPrice {
  readonly factor: number;
  /** The spread of its models around that, as the standard deviation of a logarithm. */
  readonly spreadLog: number;
  /** For a source: `times 0.32, as 5 mining cards fetch`. */
  readonly because: string;
}

/** Fewer models than this say nothing of a band. */
const LEAST_MODELS = 3;

/** A band by the ratios of what its quoted models fetch to what current ones would: their middle one. */
export function bandPriceOf(band: Band, ratios: readonly number[]): BandPrice | undefined {
  if (band === 'current' || ratios.length < LEAST_MODELS) return undefined;
  const logs = ratios.map(Math.log).toSorted((one, other) => one - other);
  const middle = ((logs[(logs.length - 1) >> 1] ?? 0) + (logs[logs.length >> 1] ?? 0)) / 2;
  const squares = logs.reduce((sum, log) => sum + (log - middle) ** 2, 0);
  const factor = Math.exp(middle);
  const called = band === 'mining' ? 'mining cards' : 'cards of before 2020 that CUDA 13 and ROCm have dropped';
  return {
    factor,
    spreadLog: Math.sqrt(squares / (logs.length - 1)),
    because: `times ${factor.toFixed(2)}, as ${logs.length} ${called} fetch`,
  };
}
