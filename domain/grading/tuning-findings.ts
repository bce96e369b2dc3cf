import type { CardModel } from '../cards.ts';
import type { Reading } from '../inventory.ts';
import type { ReadingRule, SeenCard } from './card-finding-rule.ts';
import { type Finding, finding, once } from './finding.ts';
import { LOCKED_CLOCK_MHZ, MEMORY_CLOCK_TOLERANCE_PERCENT } from './finding-thresholds.ts';
import { shippedMemoryClockMhz } from './shipped-clock.ts';

/** What mining left set on a card. */
export const tuningRules: readonly ReadingRule[] = [coreOffset, memoryOverclock, underclock, lockedClock, straps];

const RESET = 'nvidia-settings, or the overclocking page of HiveOS';

function isLock(offsetMhz: number): boolean {
  return offsetMhz >= LOCKED_CLOCK_MHZ;
}

function coreOffset({ coreClockOffsetMhz: offsetMhz }: Reading): Finding | undefined {
  return offsetMhz === undefined || offsetMhz <= 0 || isLock(offsetMhz) ? undefined : coreRaised(offsetMhz);
}

const coreRaised = once((offsetMhz: number) =>
  finding('overclock-core', {
    what: `Its core runs with an offset of +${offsetMhz} MHz.`,
    why: 'Mining hardly loads the core; AI work loads it fully, and a core that is too fast then computes wrongly or hangs.',
    mend: `Set the core offset back to 0 (${RESET}).`,
  }),
);

function memoryOverclock(reading: Reading, { model }: SeenCard): Finding | undefined {
  const { memoryClockOffsetMhz: offsetMhz } = reading;
  if (offsetMhz !== undefined && offsetMhz > 0) return memoryRaised(offsetMhz);
  const shippedMhz = model === undefined ? undefined : shippedMemoryClockMhz(model);
  if (reading.memoryClockMhz === undefined || shippedMhz === undefined) return undefined;
  const clockMhz = inUnitOf(reading.memoryClockMhz, shippedMhz);
  if (clockMhz <= shippedMhz * (1 + MEMORY_CLOCK_TOLERANCE_PERCENT / 100)) return undefined;
  return memoryAbove(`${Math.round(clockMhz)} ${shippedMhz}`);
}

/** Tools count one clock once or twice a period: a clock near twice the shipped one is the same in another unit. */
function inUnitOf(clockMhz: number, shippedMhz: number): number {
  return clockMhz > shippedMhz * 1.6 ? clockMhz / 2 : clockMhz;
}

const MEMORY_WHY =
  'A miner shrugs off a wrong share; a model that reads a wrong weight writes nonsense, and cards without ECC say nothing.';

const memoryRaised = once((offsetMhz: number) =>
  finding('overclock-memory', {
    what: `Its memory runs with an offset of +${offsetMhz} MHz.`,
    why: MEMORY_WHY,
    mend: `Set the memory offset back to 0 (${RESET}), or prove it with memtest_vulkan before customers come.`,
  }),
);

const memoryAbove = once((clockAndShipped: string) => {
  const [clock, shipped] = clockAndShipped.split(' ');
  return finding('overclock-memory', {
    what: `Its memory runs at ${clock} MHz, and at ${shipped} as shipped.`,
    why: MEMORY_WHY,
    mend: 'Set the shipped memory clock, or prove this one with memtest_vulkan before customers come.',
  });
});

function underclock({ coreClockOffsetMhz = 0, memoryClockOffsetMhz = 0 }: Reading): Finding | undefined {
  if (memoryClockOffsetMhz < 0) return memoryLowered(memoryClockOffsetMhz);
  return coreClockOffsetMhz < 0 ? coreLowered(coreClockOffsetMhz) : undefined;
}

const coreLowered = once((offsetMhz: number) =>
  finding('underclock', {
    what: `Its core runs with an offset of ${offsetMhz} MHz.`,
    why: 'Ethash needed no core; reading prompts, images and training do, and slow down by as much.',
    mend: `Set the core offset back to 0 (${RESET}).`,
    unlocks: 'The shipped speed of prompts and images.',
  }),
);

const memoryLowered = once((offsetMhz: number) =>
  finding('underclock', {
    what: `Its memory runs with an offset of ${offsetMhz} MHz.`,
    why: 'Some coins need no memory; writing answers does, and slows down by as much.',
    mend: `Set the memory offset back to 0 (${RESET}).`,
    unlocks: 'The shipped speed of answers.',
  }),
);

function lockedClock({ lockedCoreClockMhz, coreClockOffsetMhz }: Reading): Finding | undefined {
  const clockMhz = lockedCoreClockMhz ?? coreClockOffsetMhz;
  return clockMhz !== undefined && isLock(clockMhz) ? lockedAt(clockMhz) : undefined;
}

const lockedAt = once((clockMhz: number) =>
  finding('clock-locked', {
    what: `Its core is locked at ${clockMhz} MHz.`,
    why: 'HiveOS takes a core clock from 500 on as a lock. That is well below what the card reaches, and prompts wait for it.',
    mend: 'Set the core clock of the rig’s overclocking page to 0, or run "nvidia-smi --reset-gpu-clocks".',
    unlocks: 'Prompts and images at the speed of the full clock; answers hardly change.',
  }),
);

/**
 * With shipped timings an RX 470 hashes 22 to 23 MH/s of Ethash, with those of a lower clock copied up 26 and more
 * (cryptoyeti.com, "RX 470 BIOS mod"); Vega by its HBM timings 30 to 36, and 45 and more.
 */
const STRAPS_POLARIS_HASHES_PER_SECOND = 25.5e6;
const STRAPS_VEGA_HASHES_PER_SECOND = 40e6;

const polarisFamilies: ReadonlySet<string> = new Set(['RX 470', 'RX 480', 'RX 570', 'RX 580', 'RX 590']);
const vegaFamilies: ReadonlySet<string> = new Set(['RX Vega 56', 'RX Vega 64']);

function straps({ hashesPerSecond, algorithm }: Reading, { model }: SeenCard): Finding | undefined {
  if (hashesPerSecond === undefined || model === undefined || !isEthash(algorithm)) return undefined;
  const limit = strapsFrom(model);
  if (limit === undefined || hashesPerSecond < limit) return undefined;
  return strapsAt(Math.round(hashesPerSecond / 1e6));
}

function strapsFrom({ family }: CardModel): number | undefined {
  if (polarisFamilies.has(family)) return STRAPS_POLARIS_HASHES_PER_SECOND;
  return vegaFamilies.has(family) ? STRAPS_VEGA_HASHES_PER_SECOND : undefined;
}

const strapsAt = once((megahashes: number) =>
  finding('straps-suspected', {
    what: `It hashes about ${megahashes} MH/s of Ethash, which shipped memory timings do not give.`,
    why: 'Miners write tighter timings (straps) into the VBIOS. One step too tight made 156,000 memory errors in a short benchmark, and this card has no ECC to tell.',
    mend: 'Flash the board maker’s own VBIOS and stop amdmemtweak, then test all of its memory with memtest_vulkan.',
    unlocks: 'Answers that a customer can rely on.',
  }),
);

const ethashNames: ReadonlySet<string> = new Set([
  'ethash',
  'etchash',
  'eth',
  'etc',
  'ethw',
  'daggerhashimoto',
  'dagger',
  'ethereum',
]);

/** Whether an algorithm or coin, in whatever words a miner has for it, is Ethash. */
export function isEthash(algorithm: string | undefined): boolean {
  return algorithm !== undefined && ethashNames.has(algorithm.toLowerCase());
}
