import { expect, it } from 'vitest';
import { hostRemainder } from './host-remainder.ts';
import { priceBook } from './price-book.ts';
import { sampleFarm, sampleObserved, sampleRig } from './sample-farm.ts';
import { defaultSettings } from './settings.ts';
import { valueFarm } from './value-farm.ts';

const settings = {
  ...defaultSettings('2026-11-25'),
  electricityUsdPerKwh: 0.1,
  hostPowerWatts: 60,
  coolingRatio: 1.15,
};

function remainderOf(...names: readonly string[]) {
  const rig = sampleRig(
    'r',
    64,
    names.map((name) => sampleObserved(name)),
  );
  return hostRemainder(valueFarm(sampleFarm(rig), priceBook, settings).rigs, priceBook, settings);
}

it('is the host’s power for the cards that do not run, where others of their rig do', () => {
  // One of three runs: 40 W of 60, through a supply of 92 %, with cooling: 50 W, 1.2 kWh a day.
  expect(remainderOf('RTX 3090', 'P106-100', 'P106-100')).toEqual({ rigCount: 1, usdPerDay: 0.12, powerWatts: 50 });
});

it('is nothing where all cards of a rig run, or none does', () => {
  const nothing = { rigCount: 0, usdPerDay: 0, powerWatts: 0 };
  expect(remainderOf('RTX 3090', 'RTX 3090')).toEqual(nothing);
  expect(remainderOf('P106-100', 'P106-100')).toEqual(nothing);
});
