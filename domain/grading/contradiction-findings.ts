import type { Contradiction, ObservedCard, Rig } from '../inventory.ts';
import { type Finding, finding, shown } from './finding.ts';

/** Where sources say different things of a rig: each subject once, every value with its source. */
export function contradictionFindings(contradictions: readonly Contradiction[]): readonly Finding[] {
  if (contradictions.length === 0) return [];
  const ofCards = contradictions.filter(({ subject }) => subject === 'card');
  const others = contradictions.filter((each) => each.subject !== 'card' && !isMissing(each));
  return [...others.map(ofRig), ...(ofCards.length === 0 ? [] : [ofEachCard(ofCards)])];
}

function ofRig({ subject, aspect, taken, others }: Contradiction): Finding {
  const seen = others.map(({ text, source }) => `${text} in ${source}`).join('; ');
  const why = `The newest says ${taken.text} (${taken.source}); before that: ${seen}.`;
  const newestOnly = 'Give the newest messages only, if the rig was changed in between.';
  if (subject === 'ram')
    return finding('ram-contradiction', { what: 'Sources differ on the rig’s RAM.', why, mend: newestOnly });
  if (subject === 'cards')
    return finding('cards-contradiction', { what: 'Sources differ on the rig’s cards.', why, mend: newestOnly });
  return finding('host-contradiction', {
    what: `Sources differ on the rig’s ${aspect ?? subject}.`,
    why,
    mend: 'Run "rerig probe" on the rig, or give the newest messages only.',
  });
}

/** So many differences are told one by one; a rig whose tools disagree on everything has many. */
const MOST_TOLD = 4;

function ofEachCard(contradictions: readonly Contradiction[]): Finding {
  const told = contradictions.slice(0, MOST_TOLD).map(({ cardId = '', aspect = 'it', taken, others }) => {
    const bus = cardId.slice(cardId.lastIndexOf('/') + 1);
    const seen = others.map(({ text, source }) => `${shown(text)} (${source})`).join(', ');
    return `${bus}, ${aspect}: ${shown(taken.text)} was taken (${taken.source}), not ${seen}.`;
  });
  const more = contradictions.length - told.length;
  const cardCount = new Set(contradictions.map(({ cardId }) => cardId)).size;
  return finding('card-contradiction', {
    what: `Sources differ on ${cardCount === 1 ? 'one card' : `${cardCount} cards`}.`,
    why: `${told.join(' ')}${more === 0 ? '' : ` And ${more} more.`} The driver’s own tools are trusted more than a miner’s.`,
    mend: 'Run "rerig probe" on the rig, which asks the driver and the PCI bus.',
  });
}

function isMissing(contradiction: Contradiction): boolean {
  return isCount(contradiction) || missingIn(contradiction).length > 0;
}

/** One source that counts more cards than it lists. */
function isCount({ subject, aspect }: Contradiction): boolean {
  return subject === 'cards' && aspect === 'count';
}

/** Cards that an earlier list has and the newest has not, where the newest is the shorter one. */
function missingIn({ subject, aspect, taken, others }: Contradiction): readonly string[] {
  if (subject !== 'cards' || aspect === 'count') return [];
  const now = entriesOf(taken.text);
  const before = entriesOf(others.at(-1)?.text ?? '');
  if (now.length >= before.length) return [];
  const buses = new Set(now.map(busOf));
  return before.filter((entry) => !buses.has(busOf(entry)));
}

function entriesOf(list: string): readonly string[] {
  return list === 'no cards' ? [] : list.split(', ').filter((entry) => entry !== '');
}

function busOf(entry: string): string {
  return entry.split(' ', 1)[0] ?? '';
}

const LOOK = 'Start the rig again; then look at its riser, power cable and slot, one after the other.';

/** Cards that were there and are not, and cards on the bus that the driver does not list. */
export function missingFindings({ cards, contradictions }: Rig): readonly Finding[] {
  const gone = contradictions.flatMap(missingIn);
  const undriven = cards.filter((card) => isUndriven(card, cards));
  return [
    ...contradictions.filter(isCount).map(countFinding),
    ...(gone.length === 0 ? [] : [goneFinding(gone)]),
    ...(undriven.length === 0 ? [] : [undrivenFinding(undriven)]),
  ];
}

function listed(names: readonly string[]): string {
  const told = names.slice(0, MOST_TOLD).map(shown).join(', ');
  return names.length > MOST_TOLD ? `${told} and ${names.length - MOST_TOLD} more` : told;
}

function countFinding({ taken, others }: Contradiction): Finding {
  const claimed = others.map(({ text }) => text).join(', ');
  return finding('card-missing', {
    what: `One tool counts more cards than it lists: ${shown(claimed)}, ${shown(taken.text)}.`,
    why: `Its output was cut (${taken.source}), or a card failed while it was read.`,
    mend: 'Save the whole output again; if it stays so, read "dmesg" for NVRM lines.',
    mendKind: 'reading',
  });
}

function goneFinding(gone: readonly string[]): Finding {
  return finding('card-missing', {
    what: `${gone.length === 1 ? 'A card is' : `${gone.length} cards are`} missing: ${listed(gone)}.`,
    why: 'An earlier message lists it, the newest does not: it was taken out, or it fell off the bus.',
    mend: LOOK,
    unlocks: gone.length === 1 ? 'One card.' : `${gone.length} cards.`,
    gain: { kind: 'serving-cards', leastCardCount: 0, mostCardCount: gone.length },
  });
}

/** On the PCI bus, but without all that a driver tells, where the driver tells it of other cards of this rig. */
function isUndriven(card: ObservedCard, cards: readonly ObservedCard[]): boolean {
  if (card.vendor !== 'nvidia' || card.kind !== 'gpu' || card.pciId === undefined || isDriven(card)) return false;
  return cards.some((other) => other.vendor === 'nvidia' && other.uuid !== undefined);
}

function isDriven({ uuid, vramBytes, reading }: ObservedCard): boolean {
  return uuid !== undefined || vramBytes !== undefined || reading !== undefined;
}

function undrivenFinding(cards: readonly ObservedCard[]): Finding {
  const names = cards.map(({ busId = '?', name = 'a card' }) => `${busId} ${name}`);
  return finding('card-missing', {
    what: `${cards.length === 1 ? 'A card is' : `${cards.length} cards are`} on the bus and not with the driver: ${listed(names)}.`,
    why: 'The PCI bus lists it, and NVIDIA’s driver, which lists its neighbours, does not: it failed to start, or the driver has dropped it.',
    mend: `Read "dmesg" for NVRM lines. ${LOOK}`,
    unlocks: cards.length === 1 ? 'One card.' : `${cards.length} cards.`,
    gain: { kind: 'serving-cards', leastCardCount: 0, mostCardCount: cards.length },
  });
}
