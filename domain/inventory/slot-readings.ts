import type { Reading } from './farm.ts';
import type { RigSighting, SightedCard, Slot } from './sighting.ts';

/**
 * Gives readings that are listed in a rig's own order of GPUs their cards. The order is told by another sighting's
 * slots; without them, it fits where there are as many cards as readings, or one reading more, the first of which is
 * then of integrated graphics. A list whose length fits no order gives nothing, as then nothing tells.
 */
export function placeSlotReadings(sighting: RigSighting, slots: readonly Slot[] | undefined): RigSighting {
  const { slotReadings, ...rest } = sighting;
  if (slotReadings === undefined) return sighting;
  const cards = new Map<string, SightedCard>();
  for (const { busId, isCard } of slots ?? []) {
    if (isCard && busId !== undefined) cards.set(busId, emptyCard(busId, cards.size, sighting.sentAt));
  }
  const others: SightedCard[] = [];
  for (const card of sighting.cards) {
    if (card.busId === undefined) others.push(card);
    else cards.set(card.busId, card);
  }
  const minedBuses = sighting.cards.flatMap(({ busId }) => (busId === undefined ? [] : [busId]));
  for (const { field, values } of slotReadings) {
    orderOfLength(values.length, slots, minedBuses).forEach((busId, index) => {
      const card = busId === undefined ? undefined : cards.get(busId);
      const value = values[index];
      if (card === undefined || value === undefined) return;
      cards.set(busId ?? '', { ...card, reading: withReading(card.reading, field, value) });
    });
  }
  return { ...rest, cards: [...cards.values(), ...others] };
}

function emptyCard(busId: string, position: number, sentAt: string | undefined): SightedCard {
  return { position, kind: 'gpu', busId, reading: sentAt === undefined ? {} : { observedAt: sentAt } };
}

function withReading(reading: Reading | undefined, field: keyof Reading, value: number): Reading {
  return { ...reading, [field]: value };
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
