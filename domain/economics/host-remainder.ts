import { wallPowerOf } from './load.ts';
import type { PriceBook } from './price-book.ts';
import { pricingOf } from './pricing.ts';
import type { OperatorSettings } from './settings.ts';
import { HOURS_PER_DAY } from './tariff.ts';
import type { ValuedRig } from './valued.ts';

/**
 * What the totals leave out: each card bears its share of its rig’s host, and where only some of a rig’s cards run, nobody
 * bears the shares of the others.
 */
export interface HostRemainder {
  /** Rigs of which some cards run and some do not. */
  readonly rigCount: number;
  readonly usdPerDay: number;
  /** From the wall, cooling included. */
  readonly powerWatts: number;
}

/** The shares of hosts that nobody bears as advised, in a day. */
export function hostRemainder(rigs: readonly ValuedRig[], book: PriceBook, settings: OperatorSettings): HostRemainder {
  const pricing = pricingOf(book, settings);
  const { hostWatts, kilowattsPerWatt } = wallPowerOf(pricing);
  const shares = rigs.map(idleShareOf).filter((share) => share > 0);
  const kilowatts = shares.reduce((sum, share) => sum + share, 0) * hostWatts * kilowattsPerWatt;
  return {
    rigCount: shares.length,
    usdPerDay: Math.round(kilowatts * HOURS_PER_DAY * pricing.tariff.meanUsdPerKwh * 1e6) / 1e6,
    powerWatts: Math.round(kilowatts * 1000),
  };
}

/** What share of a rig’s cards does not run while others do; 0 where all do, or none. */
function idleShareOf({ cards }: ValuedRig): number {
  const gpus = cards.filter(({ assessed }) => assessed.card.kind === 'gpu');
  const runningCount = gpus.filter(({ valuation }) => (valuation.best?.powerWatts ?? 0) > 0).length;
  return runningCount === 0 ? 0 : (gpus.length - runningCount) / gpus.length;
}
