import type { ObservedCard } from '../inventory.ts';
import { type Interval, product } from './interval.ts';
import { assumptionsOf, numberOf, type Pricing, type Quote, shareOf } from './pricing.ts';
import type { Spread } from './run-core.ts';

/** What a card draws of the wall under each kind of load, in kilowatts, its share of host and cooling included. */
export interface Load {
  readonly workKilowatts: number;
  readonly idleKilowatts: number;
}

/** The factors from a card’s power to the wall’s, and how far they may be off; made once a pricing. */
export interface WallPower {
  /** Kilowatts of the wall for a watt of the rig. */
  readonly kilowattsPerWatt: number;
  readonly workShare: number;
  readonly idleShare: number;
  readonly mineShare: number;
  readonly hostWatts: number;
  readonly workSpread: Spread;
  readonly mineSpread: Spread;
  /** Of a power that was measured while mining. */
  readonly measuredSpread: Spread;
  readonly work: readonly Quote[];
  readonly mine: readonly Quote[];
}

const wallPowers = new WeakMap<Pricing, WallPower>();

/** A pricing’s wall power. */
export function wallPowerOf(pricing: Pricing): WallPower {
  const known = wallPowers.get(pricing);
  if (known !== undefined) return known;
  const made = makeWallPower(pricing);
  wallPowers.set(pricing, made);
  return made;
}

function makeWallPower(pricing: Pricing): WallPower {
  const [supply, cooling] = [pricing.assumption('power-supply'), pricing.assumption('cooling')];
  const [work, idle, mine] = [
    pricing.assumption('work-power'),
    pricing.assumption('idle-power'),
    pricing.assumption('mine-power'),
  ];
  const host = pricing.assumption('host-power');
  const efficiency = shareOf(supply);
  const perSupplied = { low: 1 / efficiency.high, mid: 1 / efficiency.mid, high: 1 / efficiency.low };
  const wall = product(perSupplied, cooling.value);
  return {
    kilowattsPerWatt: wall.mid / 1000,
    workShare: numberOf(work) / 100,
    idleShare: numberOf(idle) / 100,
    mineShare: numberOf(mine) / 100,
    hostWatts: numberOf(host),
    workSpread: spreadOfProduct(wall, work.value),
    mineSpread: spreadOfProduct(wall, mine.value),
    measuredSpread: spreadOfProduct(wall),
    work: [work, idle, host, supply, cooling],
    mine: [host, supply, cooling],
  };
}

function spreadOfProduct(...factors: readonly Interval[]): Spread {
  const { low, mid, high } = product(...factors);
  return mid === 0 ? { lowFactor: 1, highFactor: 1 } : { lowFactor: low / mid, highFactor: high / mid };
}

/** The most power that a card may draw as it is set: its limit now, or what its model is rated at; undefined if neither is known. */
export function powerLimitWatts(card: ObservedCard, boardPowerWatts: number | undefined): number | undefined {
  return card.reading?.powerLimitWatts ?? boardPowerWatts ?? card.powerLimitWatts?.shipped;
}

/** The loads of a card of a limit, on a rig of so many cards. */
export function loadOf(power: WallPower, limitWatts: number, hostWatts: number): Load {
  return {
    workKilowatts: (limitWatts * power.workShare + hostWatts) * power.kilowattsPerWatt,
    idleKilowatts: (limitWatts * power.idleShare + hostWatts) * power.kilowattsPerWatt,
  };
}

/** What an answer says that electricity rests on. */
export function powerAssumptions(pricing: Pricing, quotes: readonly Quote[]): ReturnType<typeof assumptionsOf> {
  return assumptionsOf({ ...EMPTY, assumptions: pricing.tariffAssumptions }, ...quotes);
}

const EMPTY: Quote = { value: { low: 0, mid: 0, high: 0 }, assumptions: [], isEstimate: false };
