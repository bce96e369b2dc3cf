import type { Reading } from '../inventory.ts';
import type { ReadingRule } from './card-finding-rule.ts';
import { type Finding, finding, once } from './finding.ts';
import {
  COLDEST_BELIEVED_CELSIUS,
  FAN_FULL_PERCENT,
  FAN_FULL_WARM_CELSIUS,
  FAN_NEEDED_CELSIUS,
  HOT_CORE_CELSIUS,
  HOT_MEMORY_CELSIUS,
  HOT_SPOT_CELSIUS,
  HOTTEST_BELIEVED_CELSIUS,
} from './finding-thresholds.ts';

/** Heat and fans. */
export const heatRules: readonly ReadingRule[] = [hotMemory, hotCore, hotSpot, implausible, stoppedFan, fullFan];

function isBelieved(celsius: number): boolean {
  return celsius >= COLDEST_BELIEVED_CELSIUS && celsius <= HOTTEST_BELIEVED_CELSIUS;
}

function isOver(celsius: number | undefined, limitCelsius: number): celsius is number {
  return celsius !== undefined && celsius > limitCelsius && isBelieved(celsius);
}

function hotMemory({ memoryTemperatureCelsius }: Reading): Finding | undefined {
  return isOver(memoryTemperatureCelsius, HOT_MEMORY_CELSIUS) ? memoryAt(memoryTemperatureCelsius) : undefined;
}

const memoryAt = once((celsius: number) =>
  finding('memory-hot', {
    what: `Its memory is at ${celsius} °C.`,
    why: `Above ${HOT_MEMORY_CELSIUS} °C memory slows itself down, ages and makes errors; old thermal pads are the usual cause.`,
    mend: 'Renew the thermal pads, raise the fan, or lower the memory clock.',
    unlocks: 'Full memory speed under steady load; new pads took an RTX 3090 from 110 to 85 °C.',
  }),
);

function hotCore({ temperatureCelsius }: Reading): Finding | undefined {
  return isOver(temperatureCelsius, HOT_CORE_CELSIUS) ? coreAt(temperatureCelsius) : undefined;
}

const coreAt = once((celsius: number) =>
  finding('core-hot', {
    what: `Its core is at ${celsius} °C.`,
    why: `Drivers slow a card down from about 93 °C on, and halve its clock at 95 to 98 °C.`,
    mend: 'Blow out the dust, raise the fan, lower the power limit; if it stays hot, renew the thermal paste.',
    unlocks: 'Full clocks under steady load.',
  }),
);

function hotSpot({ hotSpotCelsius }: Reading): Finding | undefined {
  return isOver(hotSpotCelsius, HOT_SPOT_CELSIUS) ? spotAt(hotSpotCelsius) : undefined;
}

const spotAt = once((celsius: number) =>
  finding('hot-spot-hot', {
    what: `The hottest point of its chip is at ${celsius} °C.`,
    why: 'From 105 to 110 °C on a card slows itself down; paste that was pumped out from the middle is the usual cause.',
    mend: 'Renew the thermal paste; until then lower the power limit.',
    unlocks: 'Full clocks under steady load.',
  }),
);

function implausible(reading: Reading): Finding | undefined {
  const { temperatureCelsius, memoryTemperatureCelsius, hotSpotCelsius } = reading;
  for (const celsius of [temperatureCelsius, memoryTemperatureCelsius, hotSpotCelsius]) {
    if (celsius !== undefined && !isBelieved(celsius)) return impossibleAt(celsius);
  }
  return undefined;
}

const impossibleAt = once((celsius: number) =>
  finding('sensor-implausible', {
    what: `It reports ${celsius} °C, which no running card has.`,
    why: 'A card that hangs or fell off the bus answers so: HiveOS prints 511 °C. This reading was not used.',
    mend: 'Start the rig again. If it comes back, try another riser and power cable, then another slot.',
    gain: { kind: 'works-again' },
  }),
);

function stoppedFan({ fanPercent, temperatureCelsius }: Reading): Finding | undefined {
  if (fanPercent !== 0 || temperatureCelsius === undefined || temperatureCelsius < FAN_NEEDED_CELSIUS) return undefined;
  return isBelieved(temperatureCelsius) ? stoppedAt(temperatureCelsius) : undefined;
}

const stoppedAt = once((celsius: number) =>
  finding('fan-stopped', {
    what: `Its fan stands (0 %) at ${celsius} °C.`,
    why: 'A card stops its fan on purpose only when cool; fans are the first part to fail on farm cards.',
    mend: 'Stop the card’s work now, then replace the fan or free its cable.',
    unlocks: 'All work of this card.',
    gain: { kind: 'works-again' },
  }),
);

function fullFan({ fanPercent, temperatureCelsius, memoryTemperatureCelsius }: Reading): Finding | undefined {
  if (fanPercent === undefined || fanPercent < FAN_FULL_PERCENT || fanPercent > 100) return undefined;
  const isWarm =
    (temperatureCelsius ?? 0) >= FAN_FULL_WARM_CELSIUS || (memoryTemperatureCelsius ?? 0) > HOT_MEMORY_CELSIUS;
  return isWarm ? fullAndWarm : fullAndCool;
}

const fullAndWarm = finding('fan-full', {
  severity: 'warning',
  what: 'Its fan runs at its most, and the card is warm all the same.',
  why: 'There is nothing left for a hot day or for work that takes more power than mining did.',
  mend: 'Blow out the dust, give the rig more air, lower the power limit; then renew pads and paste.',
  unlocks: 'Steady work at the shipped power limit.',
});

const fullAndCool = finding('fan-full', {
  what: 'Its fan is set to its most.',
  why: 'The card is cool, so that this was set by hand; it wears the fan out and takes 5 to 15 W.',
  mend: 'Set the fan to follow the temperature: 65 °C of core, 90 °C of memory.',
  mendKind: 'setting',
});
