import type { CardModel, Route } from '../cards.ts';
import type { AssessedCard, WorkloadFit } from '../grading.ts';
import type { Throttling } from './hash-rate.ts';

/** What a card does, as whole steps: see `value-card.ts`. */
export interface CardSteps {
  readonly limitWatts: number | undefined;
  readonly powerStep: number | undefined;
  readonly hashStep: number | undefined;
  readonly algorithm: string | undefined;
  readonly throttling: Throttling;
}

/** Numbers of cards that share one list of fits, and with it model, grade and route. */
interface KnownNumbers {
  readonly model: CardModel;
  readonly grade: AssessedCard['grade'];
  readonly route: Route | null;
  readonly byAlgorithm: Map<string | undefined, Map<number, number>>;
}

const numbersByFits = new WeakMap<readonly WorkloadFit[], KnownNumbers>();

/** Steps and watts beyond these are no card's: such a card is told by its text. */
const MOST_STEPS = 1000;
const MOST_LIMIT_WATTS = 10_000;

const throttlings: readonly Throttling[] = ['no', 'as-shipped', 'measured'];

/**
 * A card's number without its text, which costs more than all else of a large farm's valuation: cards of one model share
 * their list of fits as an object, and what they do is told by whole steps. `make` gives the number where it is new;
 * undefined where a card can't be told so.
 */
export function quickNumber(
  { fits, grade, route }: AssessedCard,
  model: CardModel,
  steps: CardSteps,
  make: () => number,
): number | undefined {
  const key = stepsKey(steps);
  if (key === undefined || fits.length === 0) return undefined;
  const shared = numbersByFits.get(fits);
  if (shared !== undefined && (shared.model !== model || shared.grade !== grade || shared.route !== route)) return;
  const found = shared?.byAlgorithm.get(steps.algorithm)?.get(key);
  if (found !== undefined) return found;
  const made = make();
  const known = shared ?? { model, grade, route, byAlgorithm: new Map() };
  numbersByFits.set(fits, known);
  const numbers = known.byAlgorithm.get(steps.algorithm) ?? new Map<number, number>();
  known.byAlgorithm.set(steps.algorithm, numbers);
  numbers.set(key, made);
  return made;
}

function stepsKey({ limitWatts, powerStep, hashStep, throttling }: CardSteps): number | undefined {
  const [limit, power, hash] = [limitWatts ?? -1, powerStep ?? -1, hashStep ?? -1];
  const isWhole = Number.isInteger(limit) && limit < MOST_LIMIT_WATTS && power < MOST_STEPS && hash < MOST_STEPS;
  if (!isWhole || limit < -1 || power < -1 || hash < -1) return undefined;
  const held = throttlings.indexOf(throttling);
  return (((limit + 1) * (MOST_STEPS + 1) + power + 1) * (MOST_STEPS + 1) + hash + 1) * throttlings.length + held;
}
