import type { FileReport, ObservedCard, Rig } from '@rerig/domain/inventory';
import type { RigFilesRead } from '../rig-files.ts';

/** What was read, as `--json` has it: numbers have their unit in the key, and what is not known of a card is null. */
export function toIntakeDocument({ farm, faults, files }: RigFilesRead) {
  return { files: files.map(toFileDocument), rigs: farm.rigs.map(toRigDocument), faults };
}

function toFileDocument({ name, formats, rigCount, cardCount }: FileReport) {
  return { name, formats: formats.map((format) => format.name), rigCount, cardCount };
}

function toRigDocument({ rigId, name, source, observedAt, host, cards, contradictions }: Rig) {
  return {
    rigId,
    name,
    source,
    observedAt: observedAt ?? null,
    host,
    cards: cards.map(toCardDocument),
    contradictions,
  };
}

function toCardDocument(card: ObservedCard) {
  return {
    ...{ cardId: card.cardId, kind: card.kind, busId: null, name: null, vendor: null, boardMaker: null },
    ...{ pciId: null, subsystemId: null, pciRevision: null, kernelDriver: null, serial: null, uuid: null },
    ...{ vramBytes: null, bar1Bytes: null, isEccOn: null, memoryMaker: null, vbios: null, powerLimitWatts: null },
    ...{ pcieLink: null, pcieLinkMost: null, reading: null, measurements: [] },
    ...card,
  };
}
