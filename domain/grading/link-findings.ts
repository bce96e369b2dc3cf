import type { CardModel, PcieLink } from '../cards.ts';
import type { ObservedCard } from '../inventory.ts';
import { type Bytes, formatBytes, GIB, MIB } from '../quantity.ts';
import type { CardRule, SeenCard } from './card-finding-rule.ts';
import { countText, type Finding, finding, once } from './finding.ts';
import { BUSY_PERCENT, MANY_PCIE_REPLAYS, SMALL_BAR1_BYTES } from './finding-thresholds.ts';

/** How a card hangs on its rig: lanes, generation, what goes wrong on the way, and how much of it the host can reach. */
export const linkRules: readonly CardRule[] = [narrow, fewerLanes, generation, slowByMake, replays, smallBar1];

/** What one lane moves at most, by generation, after its line code (PCI Express Base: 2.5, 5, 8, 16, 32 GT/s). */
const laneBytesPerSecond: readonly number[] = [0, 0.25e9, 0.5e9, 0.985e9, 1.969e9, 3.938e9];

/** What a link moves at most in one direction, in bytes a second; later generations count as the last of the table. */
export function linkBytesPerSecond({ generation, laneCount }: PcieLink): number {
  return laneCount * (laneBytesPerSecond[Math.max(1, generation)] ?? 3.938e9);
}

/** A model of 5 GiB, as an 8B at 4 bits is. */
const LOADED_BYTES: Bytes = 5 * GIB;

/** How long 5 GiB take over a link at its best, in words. */
function loadingTime(link: PcieLink): string {
  const loadSeconds = LOADED_BYTES / linkBytesPerSecond(link);
  return loadSeconds < 10 ? `${loadSeconds.toFixed(1)} s` : `${Math.ceil(loadSeconds)} s`;
}

function nameOf({ generation, laneCount }: PcieLink): string {
  return `PCIe ${generation}.0 x${laneCount}`;
}

/** A measured link tells of a riser too where no tool prints it: one lane of PCIe 1.0 moves 0.25 GB/s at most. */
const ONE_LANE_BYTES_PER_SECOND = 0.25e9;

function narrow({ card, model }: SeenCard): Finding | undefined {
  const { pcieLink, pcieLinkMost } = card;
  if (pcieLink === undefined) {
    const bytesPerSecond = measuredLinkBytesPerSecond(card);
    if (bytesPerSecond === undefined || bytesPerSecond <= 0) return undefined;
    return bytesPerSecond <= ONE_LANE_BYTES_PER_SECOND ? narrowMeasured : undefined;
  }
  if (pcieLink.laneCount !== 1 || model?.pcieLink?.laneCount === 1) return undefined;
  const awake = isBusy(card) ? pcieLink.generation : Math.max(pcieLink.generation, pcieLinkMost?.generation ?? 1);
  return narrowAt(awake);
}

const narrowAt = once((generationNumber: number) =>
  finding('link-narrow', {
    what: `It hangs on a riser: ${nameOf({ generation: generationNumber, laneCount: 1 })}.`,
    why:
      `Loading 5 GiB takes ${loadingTime({ generation: generationNumber, laneCount: 1 })} at best. A model inside VRAM ` +
      'then barely feels it; one split over cards by tensors is unusable (37 tokens/s became 1.2).',
    mend: 'Serve one model a card and keep it loaded, or move the card to a wider slot.',
    unlocks: 'In an x4 slot models load 4 times as fast, and one model may be split over cards by layers.',
    gain: { kind: 'loading', times: 4 },
  }),
);

const narrowMeasured = finding('link-narrow', {
  what: 'Between host and card no more moves than over one lane of PCIe 1.0.',
  why: 'It was measured. Loading 5 GiB then takes 22 s at best; a model inside VRAM barely feels it afterwards.',
  mend: 'Serve one model a card and keep it loaded, or move the card to a wider slot.',
  unlocks: 'In an x4 slot models load 4 times as fast.',
  gain: { kind: 'loading', times: 4 },
});

/** The fastest that host and card moved in either direction; undefined where nobody measured it. */
export function measuredLinkBytesPerSecond({ measurements }: ObservedCard): number | undefined {
  if (measurements === undefined) return undefined;
  let most: number | undefined;
  for (const measurement of measurements) {
    if (measurement.kind === 'link-bandwidth') most = Math.max(most ?? 0, measurement.bytesPerSecond);
  }
  return most;
}

/** Lanes do not sleep as the generation does, so fewer than both ends have were never trained. */
function fewerLanes({ card: { pcieLink, pcieLinkMost }, model }: SeenCard): Finding | undefined {
  if (pcieLink === undefined || pcieLink.laneCount <= 1) return undefined;
  const most = pcieLinkMost?.laneCount ?? model?.pcieLink?.laneCount;
  if (most === undefined || pcieLink.laneCount >= most) return undefined;
  return fewerLanesOf(pcieLink.laneCount * 1000 + most);
}

const fewerLanesOf = once((lanesAndMost: number) => {
  const [laneCount, most] = [Math.floor(lanesAndMost / 1000), lanesAndMost % 1000];
  return finding('link-fewer-lanes', {
    what: `Its link has ${laneCount} lanes of the ${most} that the card has.`,
    why: 'The slot is narrower, or contacts are dirty. Measured, x4 in place of x16 takes 0.5 % of generation and 2.4 % of prompts from a model inside VRAM.',
    mend: 'Leave it for one model a card; for models split over cards clean the contacts or take a wider slot.',
    unlocks: `Models load ${timesText(most / laneCount)} as fast.`,
    gain: { kind: 'loading', times: most / laneCount },
  });
});

function isBusy({ reading }: ObservedCard): boolean {
  return reading?.utilizationPercent !== undefined && reading.utilizationPercent >= BUSY_PERCENT;
}

/** Only under load, or by what it could be at most, does a low generation tell anything: an idle card lowers it. */
function generation({ card, model }: SeenCard): Finding | undefined {
  const { pcieLink, pcieLinkMost } = card;
  const most = pcieLinkMost?.generation ?? model?.pcieLink?.generation;
  if (pcieLink === undefined || most === undefined) return undefined;
  const isGen1Model = model?.pcieLink?.generation === 1;
  const isHeld = pcieLinkMost?.generation === 1 || (isBusy(card) && pcieLink.generation === 1);
  if (isHeld) return isGen1Model ? undefined : heldAtGen1(pcieLink.laneCount);
  if (pcieLink.generation >= most || isGen1Model) return undefined;
  return isBusy(card) ? belowSlot(pcieLink.generation * 10 + most) : asleep(pcieLink.generation * 10 + most);
}

const heldAtGen1 = once((laneCount: number) =>
  finding('link-gen1', {
    what: `Its link is held at ${nameOf({ generation: 1, laneCount })}.`,
    why: `Mining rigs set Gen1 in the BIOS so that risers hold. Loading 5 GiB takes ${loadingTime({ generation: 1, laneCount })} at best, a quarter of it at Gen3.`,
    mend: 'Set the slot to Auto or Gen3 in the BIOS, then watch the replay counter under load.',
    unlocks: 'Models load about 4 times as fast.',
    gain: { kind: 'loading', times: 4 },
  }),
);

const belowSlot = once((nowAndMost: number) => {
  const [now, most] = [Math.floor(nowAndMost / 10), nowAndMost % 10];
  return finding('link-below-slot', {
    what: `Under load its link runs at PCIe ${now}.0, and card and slot can ${most}.0.`,
    why: 'The link fell back as it was trained: a riser, a long cable or dirty contacts do that.',
    mend: 'Clean the contacts, then try another riser or cable.',
    unlocks: `Models load up to ${timesText(2 ** (most - now))} as fast.`,
    gain: { kind: 'loading', times: 2 ** (most - now) },
  });
});

const asleep = once((nowAndMost: number) => {
  const [now, most] = [Math.floor(nowAndMost / 10), nowAndMost % 10];
  return finding('link-idle', {
    what: `Its link was read at PCIe ${now}.0; card and slot can ${most}.0.`,
    why: 'An idle card lowers its link to save power, so that this is no fault by itself.',
    mend: 'Read it again under load, if loading is slow.',
  });
});

function timesText(times: number): string {
  if (times === 2) return 'twice';
  return `${Number.isInteger(times) ? times : times.toFixed(1)} times`;
}

function slowByMake({ model }: SeenCard): Finding | undefined {
  const link = model?.pcieLink;
  if (model === undefined || link === undefined || (link.generation > 1 && link.laneCount > 1)) return undefined;
  return slowModel(model);
}

const slowModel = once((model: CardModel) => {
  const link = model.pcieLink ?? { generation: 1, laneCount: 1 };
  return finding('link-model-slow', {
    what: `Its link is ${nameOf(link)} by make, as every ${model.name} has it.`,
    why: `Its maker cut the link down for mining. Loading 5 GiB takes ${loadingTime(link)} at best; answers are not slower for it.`,
    mend: 'Nothing: keep one model loaded on it.',
  });
});

function replays({ card: { reading } }: SeenCard): Finding | undefined {
  const count = reading?.pcieReplayCount;
  return count === undefined || count <= 0 ? undefined : replayed(count);
}

const replayed = once((count: number) =>
  finding('link-replay', {
    severity: count >= MANY_PCIE_REPLAYS ? 'warning' : 'info',
    what: `Its PCIe link had to send ${countText(count)} ${count === 1 ? 'packet' : 'packets'} again.`,
    why: 'A sound link sends next to nothing twice; a riser, its cable or dirty contacts disturb this one.',
    mend: 'Clean the contacts, change the riser and its cable; if it stays, set the slot to a lower generation.',
  }),
);

/** Cards that can map all of their VRAM, by architecture (NVIDIA and AMD on Resizable BAR, 2020 and 2021). */
const resizable: ReadonlySet<string> = new Set(['Ampere', 'Ada Lovelace', 'Blackwell', 'RDNA 2', 'RDNA 3', 'RDNA 4']);

function smallBar1({ card: { bar1Bytes }, architecture }: SeenCard): Finding | undefined {
  if (bar1Bytes === undefined || bar1Bytes > SMALL_BAR1_BYTES || bar1Bytes <= 0) return undefined;
  const mib = Math.round(bar1Bytes / MIB);
  if (architecture === undefined) return unknownBar1(mib);
  return resizable.has(architecture) ? resizableBar1(mib) : fixedBar1(mib);
}

const BAR1_WHY = 'Models are then loaded piece by piece through a window, and cards cannot read one another’s memory.';

const resizableBar1 = once((mib: number) =>
  finding('bar1-small', {
    what: `The host addresses ${formatBytes(mib * MIB)} of its VRAM at once (BAR1).`,
    why: BAR1_WHY,
    mend: 'Switch on "Above 4G Decoding" and "Resizable BAR" in the BIOS, if the board has them.',
    unlocks: 'Quicker loading, and transfers between cards where the board routes them.',
  }),
);

const unknownBar1 = once((mib: number) =>
  finding('bar1-small', {
    what: `The host addresses ${formatBytes(mib * MIB)} of its VRAM at once (BAR1).`,
    why: BAR1_WHY,
    mend: 'If it is of the RTX 30 or RX 6000 series or later, switch on "Resizable BAR" in the BIOS.',
  }),
);

const fixedBar1 = once((mib: number) =>
  finding('bar1-small', {
    what: `The host addresses ${formatBytes(mib * MIB)} of its VRAM at once (BAR1).`,
    why: `${BAR1_WHY} Cards of this age have no larger one.`,
    mend: 'Nothing: keep one model loaded on it, and do not split a model over such cards.',
    mendKind: 'none',
  }),
);
