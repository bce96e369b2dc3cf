import type { Reading } from './farm.ts';
import { isJsonObject, known, numberOf, textOf } from './fields.ts';
import type { SightedCard } from './sighting.ts';

/** From so many MHz on HiveOS takes a core clock of an NVIDIA card as a lock; below, as an offset. */
const LEAST_LOCK_MHZ = 500;

/** The most cards of one list of settings. */
const MOST_SETTINGS = 256;

/**
 * Gives NVIDIA's cards what HiveOS's API says that its owner set: `overclock.nvidia` has a list a setting, in the order
 * of the rig's NVIDIA cards, parted by blanks; the last is of all that follow. Source: HiveOS API v2, OCConfig.
 */
export function withOverclock(cards: readonly SightedCard[], overclock: unknown): readonly SightedCard[] {
  const nvidia = isJsonObject(overclock) && isJsonObject(overclock.nvidia) ? overclock.nvidia : undefined;
  if (nvidia === undefined) return cards;
  const [cores, memories] = [settingsOf(nvidia.core_clock), settingsOf(nvidia.mem_clock)];
  let place = 0;
  return cards.map((card) => {
    if (card.vendor !== 'nvidia') return card;
    const [core, memory] = [settingAt(cores, place), settingAt(memories, place)];
    place += 1;
    const isLock = core !== undefined && core >= LEAST_LOCK_MHZ;
    const set: Reading = known({
      lockedCoreClockMhz: isLock ? core : undefined,
      coreClockOffsetMhz: isLock ? undefined : core,
      memoryClockOffsetMhz: memory,
    });
    return Object.keys(set).length === 0 ? card : { ...card, reading: { ...set, ...card.reading } };
  });
}

function settingsOf(value: unknown): readonly (number | undefined)[] {
  const text = textOf(value);
  return text === undefined ? [] : text.split(/[\s,]+/, MOST_SETTINGS).map(numberOf);
}

function settingAt(settings: readonly (number | undefined)[], place: number): number | undefined {
  return place < settings.length ? settings[place] : settings.at(-1);
}
