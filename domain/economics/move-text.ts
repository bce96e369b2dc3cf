import type { Exchange } from './exchange.ts';
import { linkClassOf } from './link.ts';
import type { CardMove } from './valued.ts';
import { callOf } from './worth.ts';

const counts = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/** Exchanges between two rigs as one instruction. */
export function moveOf(group: readonly Exchange[], gainUsdPerDay: number): CardMove {
  const [first] = group;
  const [from, to] = [first?.card.reckoned.rig.assessed.rig, first?.other.reckoned.rig.assessed.rig];
  const modelName = nameOf(first?.card);
  const others = group.map(({ other }) => nameOf(other));
  const count = counts[group.length] ?? String(group.length);
  const slot = isLinkGained(group)
    ? `the ${widthOf(first)} slots of ${to?.name}`
    : `${to?.name}, whose RAM serves more cards`;
  return {
    fromRigId: from?.rigId ?? '',
    toRigId: to?.rigId ?? '',
    modelName,
    cardIds: group.map(({ card }) => card.slot.assessed.card.cardId),
    inExchangeModelNames: others,
    inExchangeCardIds: group.map(({ other }) => other.slot.assessed.card.cardId),
    gainUsdPerDay,
    what: `Put the ${count === 'one' ? '' : `${count} `}${modelName} of ${from?.name} in ${slot}; ${[...new Set(others)].join(' and ')} ${group.length === 1 ? 'goes' : 'go'} the other way.`,
    why: whyOf(group),
  };
}

function nameOf(standing: Exchange['card'] | undefined): string {
  const assessed = standing?.slot.assessed;
  return callOf(assessed?.modelNames ?? [], assessed?.card.name);
}

function isLinkGained(group: readonly Exchange[]): boolean {
  return group.every(({ card, other }) => {
    const [own, there] = [card.slot.assessed.card, other.slot.assessed.card].map(linkClassOf);
    return card.slot.place.hasSeat && own !== there && there === 'wide';
  });
}

function widthOf(exchange: Exchange | undefined): string {
  return `x${exchange?.other.slot.assessed.card.pcieLink?.laneCount ?? 1}`;
}

function whyOf(group: readonly Exchange[]): string {
  const left = 'what goes the other way makes less of it';
  if (group.some(({ card }) => !card.slot.place.hasSeat))
    return `The RAM where they stand serves other cards, and ${left}.`;
  if (isLinkGained(group)) return `Renters pay more for a card on a faster link, and ${left}.`;
  return `Renters need the RAM of that rig, and ${left}.`;
}
