import { type Bytes, GIB } from '../quantity.ts';
import type { MendCost, MendKind } from './finding-meaning.ts';

const ESTIMATE = 'An estimate of ours, November 2026: no shop was asked. A price book may say otherwise.';

/**
 * What a mend of each kind usually costs, for one card or rig. Small parts (pads, fans, risers, a SATA SSD) are
 * estimates; RAM is reckoned by its amount, see `ramCostOf`.
 */
export const mendCosts: Readonly<Record<MendKind, MendCost>> = {
  'buy-ram': estimate(30, 120, 15),
  'move-card': estimate(0, 0, 20),
  'new-riser': estimate(5, 40, 15),
  'new-host': estimate(80, 300, 120),
  'thermal-pads': estimate(5, 20, 45),
  cleaning: estimate(0, 3, 15),
  fan: estimate(8, 25, 30),
  driver: estimate(0, 0, 30),
  flash: estimate(0, 0, 20),
  setting: estimate(0, 0, 10),
  disk: estimate(20, 60, 20),
  network: estimate(0, 100, 30),
  power: estimate(0, 60, 30),
  test: estimate(0, 0, 20),
  reading: estimate(0, 0, 5),
  'replace-card': { ...estimate(0, 0, 30), source: `Without the price of another card. ${ESTIMATE}` },
  none: estimate(0, 0, 0),
};

function estimate(lowUsd: number, highUsd: number, labourMinutes: number): MendCost {
  return { lowUsd, highUsd, labourMinutes, source: ESTIMATE };
}

/** DDR4 of 16 GB: 58.50 USD for a used module to 120 USD for a new kit. Older DDR3 was not priced. */
const RAM_LOW_USD_PER_GIB = 58.5 / 16;
const RAM_HIGH_USD_PER_GIB = 120 / 16;
const RAM_SOURCE =
  'wanture.com on DDR4 of 16 GB, December 2025: 58.50 USD used to 120 USD for a kit; prices have risen since.';

/** What it costs to fit a rig with an amount of RAM, what is in it now set aside. */
export function ramCostOf(bytes: Bytes): MendCost {
  const gib = bytes / GIB;
  return {
    lowUsd: Math.round(gib * RAM_LOW_USD_PER_GIB),
    highUsd: Math.round(gib * RAM_HIGH_USD_PER_GIB),
    labourMinutes: mendCosts['buy-ram'].labourMinutes,
    source: RAM_SOURCE,
  };
}
