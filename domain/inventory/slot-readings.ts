import type { Reading } from './farm.ts';
import type { RigSighting, SightedCard, Slot, SlotReadings } from './sighting.ts';

/**
 * Gives readings that are listed in a rig's own order of GPUs their cards. The order is told by another sighting's
 * slots; without them, it fits where there are as many cards as readings, or one reading more, the first of which is
 * then of integrated graphics. A list whose length fits no order gives nothing, as then nothing tells.
 */
export function placeSlotReadings(sighting: RigSighting, slots: readonly Slot[] | undefined): RigSighting {
  const { slotReadings, ...rest } = sighting;
  if (slotReadings === undefined) return sighting;
  const minedBuses = sighting.cards.flatMap(({ busId }) => (busId === undefined ? [] : [busId]));
  const placed = new Map<string, Mutable>();
  for (const { field, values } of slotReadings) {
    orderOfLength(values.length, slots, minedBuses).forEach((busId, index) => {
      const value = values[index];
      if (busId === undefined || value === undefined) return;
      const figures = placed.get(busId) ?? {};
      placed.set(busId, figures);
      figures[field] = value;
    });
  }
  const mined = sighting.cards.map((card) => {
    const figures = card.busId === undefined ? undefined : placed.get(card.busId);
    return figures === undefined ? card : { ...card, reading: { ...card.reading, ...figures } };
  });
  return { ...rest, cards: [...mined, ...unminedCards(sighting, slots ?? [], placed)] };
}

type Mutable = { -readonly [Field in SlotReadings['field']]?: number };

/** The rig's cards that no miner lists; what nothing is said of has the time alone. */
function unminedCards(
  { cards, sentAt }: RigSighting,
  slots: readonly Slot[],
  placed: ReadonlyMap<string, Mutable>,
): readonly SightedCard[] {
  const minedBuses = new Set(cards.map(({ busId }) => busId));
  return slots.flatMap(({ busId, isCard }, index): readonly SightedCard[] => {
    if (!isCard || busId === undefined || minedBuses.has(busId)) return [];
    const reading: Reading = { ...placed.get(busId), ...(sentAt === undefined ? {} : { observedAt: sentAt }) };
    return [{ position: cards.length + index, kind: 'gpu', busId, reading }];
  });
}

function orderOfLength(
  length: number,
  slots: readonly Slot[] | undefined,
  minedBuses: readonly string[],
): readonly (string | undefined)[] {
  if (slots !== undefined) {
    if (slots.length === length) return slots.map(({ busId, isCard }) => (isCard ? busId : undefined));
    const cards = slots.filter(({ isCard }) => isCard);
    if (cards.length === length) return cards.map(({ busId }) => busId);
    if (cards.length + 1 === length) return [undefined, ...cards.map(({ busId }) => busId)];
  }
  if (minedBuses.length === length) return minedBuses;
  return minedBuses.length > 0 && minedBuses.length + 1 === length ? [undefined, ...minedBuses] : [];
}
