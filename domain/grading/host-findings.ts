import type { Cpu, Disk, Rig } from '../inventory.ts';
import { type Bytes, formatBytes } from '../quantity.ts';
import type { AssessedCard } from './assessed.ts';
import { type Finding, finding, once, shown } from './finding.ts';
import { SLOW_UPLINK_BYTES_PER_SECOND, SYSTEM_DISK_BYTES } from './finding-thresholds.ts';
import { largestModelOf } from './ram-findings.ts';

/** More cards a core than this wait for one another: each wants a thread of its model server. */
const MOST_CARDS_PER_CORE = 2;

/** What a rig's processor, disks and line limit. */
export function hostFindings({ host, cards }: Rig, assessed: readonly AssessedCard[]): readonly Finding[] {
  const found: (Finding | undefined)[] = [];
  if (host.virtualMachine !== undefined) found.push(virtual(shown(host.virtualMachine)));
  if (host.cpu !== undefined) found.push(vectorFinding(host.cpu), coreFinding(host.cpu, gpuCount(cards)));
  if (host.disks !== undefined) found.push(usbFinding(host.disks), smallDiskFinding(host.disks, assessed));
  if (host.uplinkBytesPerSecond !== undefined) found.push(uplinkFinding(host.uplinkBytesPerSecond));
  return found.filter((each) => each !== undefined);
}

function gpuCount(cards: Rig['cards']): number {
  return cards.reduce((count, { kind }) => count + (kind === 'gpu' ? 1 : 0), 0);
}

const virtual = once((product: string) =>
  finding('virtual-machine', {
    what: `It is a virtual machine (${product}).`,
    why: 'Its cores, memory and disks are what its host lends it, and cards must be passed through.',
    mend: 'Run the agent on the host itself, if the rig’s cards are there.',
  }),
);

function vectorFinding({ modelName, vectorExtension }: Cpu): Finding | undefined {
  const name = shown(modelName.replace(/\((R|TM)\)/g, '').replace(/\s+/g, ' '));
  if (vectorExtension === 'unknown') return unknownVectors(name);
  if (vectorExtension === 'none') return noAvx(name);
  return vectorExtension === 'avx' ? noAvx2(name) : undefined;
}

const unknownVectors = once((name: string) =>
  finding('cpu-unknown', {
    what: `It is not known whether "${name}" has AVX.`,
    why: 'No rule knows this processor, and most rig tools do not print its flags.',
    mend: 'Run "rerig probe" on the rig, which reads the flags.',
  }),
);

const NEW_HOST = 'A board whose processor has AVX2 ends this.';

const noAvx = once((name: string) =>
  finding('cpu-no-avx', {
    what: `${name} has no AVX.`,
    why: 'PyTorch’s builds use AVX everywhere and do not start there (PyTorch issue 43300); llama.cpp for SSE4.2 does.',
    mend: `${NEW_HOST} Until then serve with "rerig", which brings an SSE4.2 build, and offer no training or containers.`,
    unlocks: 'Training, images by PyTorch, and containers of customers.',
  }),
);

const noAvx2 = once((name: string) =>
  finding('cpu-no-avx2', {
    what: `${name} has AVX and no AVX2.`,
    why: 'PyTorch and llama.cpp run there by slower paths; what a customer built for AVX2 alone does not start.',
    mend: `Serve with "rerig", which brings a build for AVX, and say so where you rent it out. ${NEW_HOST}`,
    unlocks: 'Containers of customers as they are.',
  }),
);

function coreFinding({ coreCount }: Cpu, cardCount: number): Finding | undefined {
  if (coreCount === undefined || coreCount < 1 || cardCount <= coreCount * MOST_CARDS_PER_CORE) return undefined;
  return fewCores(`${coreCount} ${cardCount}`);
}

const fewCores = once((coresAndCards: string) => {
  const [coreCount = 1, cardCount = 1] = coresAndCards.split(' ').map(Number);
  const threads = coreCount === 1 ? 'One core serves' : `${coreCount} cores serve`;
  const withoutWaiting = coreCount * MOST_CARDS_PER_CORE;
  const waiting = cardCount - withoutWaiting;
  return finding('cpu-few-cores', {
    what: `${threads} ${cardCount} cards.`,
    why: 'Each busy card wants a thread of the processor; with fewer, cards wait for one another.',
    mend: `Let ${withoutWaiting} cards serve and the others mine, or move cards to a rig with more cores.`,
    unlocks: `${waiting === 1 ? 'One more card' : `${waiting} more cards`} at full speed.`,
  });
});

function usbFinding(disks: readonly Disk[]): Finding | undefined {
  const stick = disks.find(({ attachment }) => attachment === 'usb');
  if (stick === undefined) return undefined;
  const isOnly = disks.every(({ attachment }) => attachment === 'usb');
  const name = shown(stick.modelName);
  return isOnly ? systemOnUsb(name) : otherOnUsb(name);
}

const systemOnUsb = once((name: string) =>
  finding('disk-usb', {
    what: `It runs from a disk on USB (${name}).`,
    why: 'A USB stick reads a model of 5 GB in minutes and wears out when models are written to it.',
    mend: 'Fit a SATA SSD of 120 GB or more for system and models.',
    unlocks: 'Loading at 500 MB/s: 5 GB in 10 s.',
  }),
);

const otherOnUsb = once((name: string) =>
  finding('disk-usb', {
    severity: 'info',
    what: `One of its disks is on USB (${name}).`,
    why: 'A USB stick reads a model of 5 GB in minutes and wears out when models are written to it.',
    mend: 'See that models lie on the other disk.',
    mendKind: 'setting',
  }),
);

/** Disks are sold in these amounts. */
const soldDiskBytes: readonly Bytes[] = [120e9, 240e9, 480e9, 960e9, 1920e9];

function smallDiskFinding(disks: readonly Disk[], assessed: readonly AssessedCard[]): Finding | undefined {
  const largest = largestModelOf(assessed);
  const sizes = disks.flatMap(({ bytes, attachment }) => (bytes === undefined || attachment === 'usb' ? [] : [bytes]));
  if (largest === undefined || sizes.length === 0) return undefined;
  const totalBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const oneModelBytes = SYSTEM_DISK_BYTES + largest.weightsBytes;
  const twoModelsBytes = oneModelBytes + largest.weightsBytes;
  if (totalBytes >= twoModelsBytes) return undefined;
  const isTooSmall = totalBytes < oneModelBytes;
  const wantedBytes = soldDiskBytes.find((bytes) => bytes >= 2 * twoModelsBytes) ?? soldDiskBytes.at(-1) ?? 0;
  return finding('disk-small', {
    severity: isTooSmall ? 'warning' : 'info',
    what: `Its ${decimalGigabytes(totalBytes)} GB of disk ${isTooSmall ? 'have no room for' : 'hold one copy of'} ${largest.name} (${formatBytes(largest.weightsBytes)}).`,
    why: `The system takes about ${decimalGigabytes(SYSTEM_DISK_BYTES)} GB; a newer model is fetched while the old one still serves.`,
    mend: `Fit an SSD of ${decimalGigabytes(wantedBytes)} GB.`,
    unlocks: isTooSmall ? `${largest.name} on this rig.` : 'Changing the model without a pause.',
  });
}

function decimalGigabytes(bytes: Bytes): number {
  return Math.round(bytes / 1e9);
}

/** A model of 5 GB, in minutes, and what customers by the hour ask for at least. */
function uplinkFinding(uplinkBytesPerSecond: number): Finding | undefined {
  if (uplinkBytesPerSecond >= SLOW_UPLINK_BYTES_PER_SECOND || uplinkBytesPerSecond < 0) return undefined;
  const megabits = (uplinkBytesPerSecond * 8) / 1e6;
  const minutes = Math.ceil(5e9 / Math.max(uplinkBytesPerSecond, 1) / 60);
  return finding('uplink-slow', {
    what: `Its line to the internet moves ${megabits.toFixed(megabits < 10 ? 1 : 0)} Mbit/s.`,
    why: `Answers need little, 0.01 Mbit/s each; a model of 5 GB takes ${minutes.toLocaleString('en')} minutes, and customers by the hour move data.`,
    mend: 'Use a cable instead of radio and look at the switch; keep models on one rig of the farm for all.',
    unlocks: 'Renting by the hour, and training.',
  });
}
