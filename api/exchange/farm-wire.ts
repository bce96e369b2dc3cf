import type { AssessedCard, AssessedRig, Finding } from '@rerig/domain/grading';
import type { CardView, RigView } from './farm.ts';

/** A graded rig as the exchange shows it: `live` where an agent runs on it. What its cards do now is added by others. */
export function toWireRig({ rig, cards, findings }: AssessedRig): RigView {
  const { host } = rig;
  const board = [host.board?.manufacturer, host.board?.product].filter((part) => part !== undefined).join(' ');
  const isLive = rig.source === 'agent';
  return {
    rigId: rig.rigId,
    name: rig.name,
    source: isLive ? 'live' : 'inventory',
    ...(host.cpu === undefined ? {} : { cpu: host.cpu.modelName }),
    ...(host.cpu?.coreCount === undefined ? {} : { cpuCoreCount: host.cpu.coreCount }),
    ...(host.ram === undefined ? {} : { ramBytes: host.ram.bytes }),
    ...(board === '' ? {} : { motherboard: board }),
    findings: findings.map(toWireFinding),
    cards: cards.map((card) => toWireCard(card, isLive)),
  };
}

function toWireCard(assessed: AssessedCard, isLive: boolean): CardView {
  const { card, modelNames, grade, evidence, route, largestFit, findings, vram } = assessed;
  const { temperatureCelsius, powerWatts, fanPercent } = card.reading ?? {};
  return {
    cardId: card.cardId,
    kind: card.kind,
    name: card.name ?? '',
    modelNames: [...modelNames],
    ...(card.busId === undefined ? {} : { busId: card.busId }),
    ...(vram === undefined ? {} : { vramBytes: vram.bytes }),
    grade,
    evidence,
    route: route?.name ?? null,
    largestFit,
    findings: findings.map(toWireFinding),
    state: isLive ? 'ready' : 'listed',
    workload: null,
    ...(temperatureCelsius === undefined ? {} : { temperatureCelsius }),
    ...(powerWatts === undefined ? {} : { powerWatts }),
    ...(fanPercent === undefined ? {} : { fanPercent }),
  };
}

function toWireFinding({ code, severity, what, why, mend, unlocks }: Finding): CardView['findings'][number] {
  return { code, severity, what, why, mend, ...(unlocks === undefined ? {} : { unlocks }) };
}
