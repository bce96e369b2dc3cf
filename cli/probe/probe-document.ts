import type { CardSlot, ProbeReport } from '@rerig/agent/probe';
import { matchCard } from '@rerig/domain/cards';
import type { ObservedCard } from '@rerig/domain/inventory';

/** The document of `rerig probe --json`. Keys are stable and carry their units; what is not known is absent. */
export function probeDocument(report: ProbeReport) {
  const { rig, processor, memory, disks, displays, slots, dataFolder, faults, probedAt } = report;
  const { host } = rig;
  return {
    probedAt,
    rigId: rig.rigId,
    name: rig.name,
    kernel: host.kernel,
    virtualMachine: host.virtualMachine,
    board: host.board,
    cpu: host.cpu === undefined ? undefined : { ...host.cpu, ...processor },
    memory,
    disks,
    dataFolder,
    nvidiaDriverVersion: host.nvidiaDriverVersion,
    amdDriverVersion: host.amdDriverVersion,
    cards: rig.cards.map((card) => cardDocument(card, slots)),
    displays,
    faults,
  };
}

function cardDocument(card: ObservedCard, slots: readonly CardSlot[]) {
  const { cardId: _, ...slot } = slots.find(({ cardId }) => cardId === card.cardId) ?? { cardId: card.cardId };
  return { ...card, modelNames: modelNamesOf(card), slot };
}

/** Models of the catalogue that a card may be: one where it is known, several where it can't be told, none for a CPU. */
export function modelNamesOf(card: ObservedCard): readonly string[] {
  if (card.kind === 'cpu') return [];
  const match = matchCard(card);
  switch (match.kind) {
    case 'matched':
      return [match.model.name];
    case 'ambiguous':
      return match.models.map(({ name }) => name);
    case 'unknown':
      return [];
  }
}
