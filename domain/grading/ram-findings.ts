import type { Rig } from '../inventory.ts';
import { type Bytes, formatBytes, GIB } from '../quantity.ts';
import type { AssessedCard } from './assessed.ts';
import { type Finding, finding, once } from './finding.ts';
import { SERVER_LEAST_BYTES, SERVER_MOST_BYTES, SYSTEM_RAM_BYTES } from './finding-thresholds.ts';
import { largestFit } from './fit.ts';
import { ramCostOf } from './mend-cost.ts';
import type { ReferenceWorkload } from './reference-workloads.ts';

/** RAM in the amounts that it is bought in. */
const soldBytes: readonly Bytes[] = [4, 8, 16, 32, 64, 128].map((gib) => gib * GIB);

/** Whether the rig's RAM is known, how, for how many of its cards it is enough, and for which model. */
export function ramFindings({ host, source }: Rig, cards: readonly AssessedCard[]): readonly Finding[] {
  if (host.ram === undefined) return cards.length === 0 ? [] : [unknown(source)];
  const { bytes, basis } = host.ram;
  const gpus = cards.filter(({ card }) => card.kind === 'gpu');
  const serving = gpus.filter(({ largestFit: name }) => name !== null);
  // Where not one card can serve it is said of all: VRAM that makes a model fit must not bring it up.
  const isForNone = cardsServedBy(bytes, SERVER_LEAST_BYTES) === 0;
  const small = smallFinding(bytes, isForNone ? gpus.length : serving.length);
  const below = belowModelFinding(bytes, serving);
  return [
    ...(basis === 'typical-of-board' ? [typicalOnly(bytes, host.ram.source)] : []),
    ...(small === undefined ? [] : [small]),
    ...(below === undefined ? [] : [below]),
  ];
}

const EACH_SERVER = 'Each card’s model server takes 0.6 to 2 GB of it, so how many cards can serve is open.';

function unknown(source: Rig['source']): Finding {
  const isHive = source === 'hiveos';
  return finding('ram-unknown', {
    what: 'The rig’s RAM is not known.',
    why: `${isHive ? 'A "hello" carries no RAM; a "stats" message does.' : 'No source reported it.'} ${EACH_SERVER}`,
    mend: isHive ? 'Add the rig’s "stats" message, or run "rerig probe" on it.' : 'Run "rerig probe" on the rig.',
  });
}

function typicalOnly(bytes: Bytes, source: string): Finding {
  return finding('ram-typical', {
    what: `RAM is taken as ${formatBytes(bytes)}, typical of this board, not reported.`,
    why: `${source}.`,
    mend: 'Add the rig’s "stats" message, which reports its RAM, or run "rerig probe" on it.',
  });
}

function cardsServedBy(ramBytes: Bytes, serverBytes: Bytes): number {
  return Math.max(0, Math.floor((ramBytes - SYSTEM_RAM_BYTES) / serverBytes));
}

function smallFinding(bytes: Bytes, cardCount: number): Finding | undefined {
  if (cardCount === 0 || cardsServedBy(bytes, SERVER_MOST_BYTES) >= cardCount) return undefined;
  return smallFor(`${bytes} ${cardCount}`);
}

const smallFor = once((bytesAndCards: string) => {
  const [bytes = 0, cardCount = 0] = bytesAndCards.split(' ').map(Number);
  const surely = cardsServedBy(bytes, SERVER_MOST_BYTES);
  const most = Math.min(cardsServedBy(bytes, SERVER_LEAST_BYTES), cardCount);
  const wantedBytes = soldBytes.find((amount) => cardsServedBy(amount, SERVER_MOST_BYTES) >= cardCount);
  const count = surely === most ? String(most) : `${surely} to ${most}`;
  const what = `${formatBytes(bytes)} of RAM serves ${count} of ${cardCount} cards at once.`;
  const why = 'The system takes about 1 GiB, and each card’s model server 0.6 to 2 GB while it loads and serves.';
  const severity = most === 0 ? 'blocking' : 'warning';
  const gain = { kind: 'serving-cards', leastCardCount: cardCount - most, mostCardCount: cardCount - surely } as const;
  if (wantedBytes === undefined) {
    const mend = 'Spread the cards over more rigs.';
    return finding('ram-small', { severity, what, why, mend, mendKind: 'move-card', gain });
  }
  return finding('ram-small', {
    ...{ severity, what, why, gain },
    mend: `Fit ${formatBytes(wantedBytes)}, if the board takes it: that serves all ${cardCount}.`,
    unlocks: `${unlockedText(cardCount - most, cardCount - surely)} serving at the same time.`,
    mendCost: ramCostOf(wantedBytes),
  });
});

function unlockedText(least: number, most: number): string {
  if (least === most) return most === 1 ? 'One more card' : `${most} more cards`;
  if (least > 0) return `${least} to ${most} more cards`;
  return most === 1 ? 'Perhaps one more card' : `Up to ${most} more cards`;
}

function belowModelFinding(bytes: Bytes, serving: readonly AssessedCard[]): Finding | undefined {
  const largest = largestModelOf(serving);
  if (largest === undefined || bytes >= largest.weightsBytes + SYSTEM_RAM_BYTES) return undefined;
  const wantedBytes = soldBytes.find((amount) => amount >= largest.weightsBytes + SYSTEM_RAM_BYTES + SERVER_MOST_BYTES);
  return finding('ram-below-model', {
    what: `${formatBytes(bytes)} of RAM cannot hold ${largest.name} (${formatBytes(largest.weightsBytes)}) while it is loaded.`,
    why: 'llama.cpp then reads it from disk in passing, each time anew for each card; PyTorch, which loads it whole, cannot.',
    mend:
      wantedBytes === undefined
        ? 'Keep the model loaded, on a disk that reads fast.'
        : `Keep the model loaded, on a disk that reads fast; or fit ${formatBytes(wantedBytes)}.`,
    unlocks: 'Quick reloading, and PyTorch with this model.',
    ...(wantedBytes === undefined ? {} : { mendCost: ramCostOf(wantedBytes) }),
  });
}

/** The largest model that some card of a rig serves. */
export function largestModelOf(cards: readonly AssessedCard[]): ReferenceWorkload | undefined {
  let largest: ReferenceWorkload | undefined;
  for (const { fits } of cards) {
    const workload = largestFit(fits)?.workload;
    if (workload !== undefined && workload.weightsBytes > (largest?.weightsBytes ?? 0)) largest = workload;
  }
  return largest;
}
