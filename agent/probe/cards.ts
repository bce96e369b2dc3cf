import { join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import { probeAmdCard } from './amd-card.ts';
import { boardMakerOf } from './board-maker.ts';
import { displayOf, vendorOf } from './display-kinds.ts';
import { driverFault, silentFault } from './driver-faults.ts';
import type { ProbeFault } from './faults.ts';
import { known } from './known.ts';
import { readText } from './machine-files.ts';
import { probeNvidiaProc } from './nvidia-proc.ts';
import { type NvidiaCard, probeNvidia } from './nvidia-smi.ts';
import { type PciGraphics, probePci } from './pci.ts';
import type { CardSlot, Display } from './report.ts';
import type { RunTool } from './run-tool.ts';

/** The cards of this machine, and what stands beside and against them. */
export interface ProbedCards {
  readonly cards: readonly ObservedCard[];
  readonly slots: readonly CardSlot[];
  readonly displays: readonly Display[];
  readonly faults: readonly ProbeFault[];
  readonly nvidiaDriverVersion?: string;
}

type Facts = Omit<ObservedCard, 'cardId' | 'kind'>;

interface Seen {
  readonly graphics: PciGraphics;
  readonly facts: Facts;
  readonly display: Display | null;
}

/** Reads every card: the bus tells which there are, and each vendor's own ways tell more of them. */
export async function probeCards(sys: string, proc: string, run: RunTool, rigId: string): Promise<ProbedCards> {
  const [onBus, nvidia, nvidiaProc, moduleVersion] = await Promise.all([
    probePci(sys),
    probeNvidia(run),
    probeNvidiaProc(proc),
    readText(join(sys, 'module/nvidia/version')),
  ]);
  const seen = await Promise.all(onBus.map((graphics) => look(graphics, nvidia.cards, nvidiaProc)));
  const cards = seen.filter(({ display }) => display === null);
  const nvidiaCards = cards.filter(({ facts }) => facts.vendor === 'nvidia');
  // Where a container hides the bus, NVIDIA's tool still tells of the cards that it was given.
  const offBus = nvidia.cards.filter(({ busId }) => onBus.every((graphics) => graphics.busId !== busId));
  const isAsked = nvidiaCards.length > 0 || nvidiaProc.size > 0 || nvidia.fault?.code !== 'nvidia-smi-missing';
  return known({
    cards: [...cards.map((each) => cardOf(rigId, each)), ...offBus.map((each) => cardOffBus(rigId, each))],
    slots: cards.map(({ graphics }) => slotOf(rigId, graphics)),
    displays: seen.flatMap(({ display }) => display ?? []),
    faults: [
      ...(nvidia.fault !== null && isAsked ? [nvidia.fault] : []),
      ...cards.flatMap(({ graphics }) => driverFault(graphics) ?? []),
      ...(nvidia.fault === null ? silentCards(nvidiaCards, nvidia.cards) : []),
    ],
    nvidiaDriverVersion: nvidia.cards[0]?.driverVersion ?? moduleVersion,
  });
}

async function look(
  graphics: PciGraphics,
  nvidiaCards: readonly NvidiaCard[],
  nvidiaProc: ReadonlyMap<string, Facts>,
): Promise<Seen> {
  const vendor = vendorOf(graphics.vendorId);
  if (vendor === 'amd') {
    const facts = await probeAmdCard(graphics.path);
    return { graphics, facts, display: displayOf(graphics, facts.vramBytes) };
  }
  const told = nvidiaCards.find(({ busId }) => busId === graphics.busId);
  const facts = known({ vendor, ...nvidiaProc.get(graphics.busId), ...told?.card, pcieLink: told?.link });
  return { graphics, facts, display: displayOf(graphics, undefined) };
}

function cardOf(rigId: string, { graphics, facts }: Seen): ObservedCard {
  const { busId, vendorId, modelId, subsystemVendorId, linkNow } = graphics;
  return known({
    cardId: `${rigId}/${busId}`,
    kind: 'gpu' as const,
    busId,
    pciId: `${vendorId}:${modelId}`,
    boardMaker: boardMakerOf(subsystemVendorId),
    ...facts,
    pcieLink: linkNow ?? facts.pcieLink,
  });
}

function cardOffBus(rigId: string, { busId, card, link }: NvidiaCard): ObservedCard {
  return known({ cardId: `${rigId}/${busId}`, kind: 'gpu' as const, busId, ...card, pcieLink: link });
}

function slotOf(rigId: string, graphics: PciGraphics): CardSlot {
  const { busId, subsystemVendorId, subsystemModelId, revision, driver, linkNow, linkMost } = graphics;
  const isBoardKnown = subsystemVendorId !== undefined && subsystemModelId !== undefined;
  const subsystemId = isBoardKnown ? `${subsystemVendorId}:${subsystemModelId}` : undefined;
  return known({ cardId: `${rigId}/${busId}`, subsystemId, revision, driver, linkNow, linkMost });
}

/** Cards that NVIDIA's driver has and its tool does not tell of: they have fallen off the bus, or never came up. */
function silentCards(cards: readonly Seen[], told: readonly NvidiaCard[]): readonly ProbeFault[] {
  return cards
    .filter(({ graphics }) => graphics.driver === 'nvidia')
    .filter(({ graphics }) => told.every(({ busId }) => busId !== graphics.busId))
    .map(({ graphics }) => silentFault(graphics.busId));
}
