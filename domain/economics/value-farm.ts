import type { AssessedFarm } from '../grading.ts';
import { conversionsOf } from './conversions.ts';
import type { Assumption } from './figure.ts';
import { mendsOf } from './mends.ts';
import { movesOf } from './moves.ts';
import type { PriceBook } from './price-book.ts';
import { pricingOf } from './pricing.ts';
import { reckonedRig } from './reckoned-rig.ts';
import type { OperatorSettings } from './settings.ts';
import { moneyTotals } from './totals.ts';
import type { ValuedFarm, ValuedRig } from './valued.ts';

/**
 * What a farm is worth, card by card, and what to do first: which cards to convert, which mends pay, which cards to
 * exchange between rigs. The same farm, book and settings give the same answer; totals are the sums of the rows.
 */
export function valueFarm(assessed: AssessedFarm, book: PriceBook, settings: OperatorSettings): ValuedFarm {
  const pricing = pricingOf(book, settings);
  const reckoned = assessed.rigs.map((rig) => reckonedRig(pricing, rig));
  const rigs = reckoned.map(({ rig }) => rig);
  return {
    assessed,
    rigs,
    totals: moneyTotals(rigs.flatMap(({ cards }) => cards)),
    horizonDays: settings.horizonDays,
    today: settings.today,
    conversions: conversionsOf(rigs, settings.horizonDays),
    mends: mendsOf(pricing, reckoned),
    moves: movesOf(pricing, reckoned),
    assumptions: restedOn(rigs),
  };
}

/** Every figure that some best option rests on, once. */
function restedOn(rigs: readonly ValuedRig[]): readonly Assumption[] {
  const lists = new Set<readonly Assumption[]>();
  for (const { cards } of rigs) for (const { valuation } of cards) lists.add(valuation.best?.assumptions ?? []);
  return [...new Map([...lists].flat().map((assumption) => [assumption.figureId, assumption])).values()];
}
