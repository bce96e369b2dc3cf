import { haveOneName } from './card-names.ts';
import type { DatedSighting } from './rigs-of-sightings.ts';
import type { FormatName, SightedCard } from './sighting.ts';
import type { Writable } from './writable.ts';

/** A card in one sighting. */
export interface SeenCard {
  readonly card: SightedCard;
  readonly dated: DatedSighting;
  /** Its sighting's place among all of the rig's: the later is the newer, or the more trusted of one time. */
  readonly order: number;
}

/** All that was seen of one card, oldest first. */
export interface IdentifiedCard {
  readonly busId?: string;
  readonly position: number;
  readonly seen: readonly SeenCard[];
}

/** Cards of one sighting that could be any of several that other sightings place. */
export interface UnplacedCards {
  readonly dated: DatedSighting;
  readonly cards: readonly SightedCard[];
  /** How many cards of the rig they could be. */
  readonly candidateCount: number;
}

interface GrowingCard {
  readonly seen: SeenCard[];
  readonly position: number;
  readonly busId?: string;
  readonly lastOrder: number;
  /** What tells it from another card; gathered where cards without a bus are to be placed. */
  readonly clue: CardClue;
}

type Growing = Writable<GrowingCard>;

type CardClue = Pick<SightedCard, 'kind' | 'vendor' | 'name' | 'uuid' | 'serial'>;

/** A rig's cards while they are told apart. */
interface Identifying {
  readonly cards: Growing[];
  readonly byBus: Map<string, Growing>;
  readonly byId: Map<string, Growing>;
  /** By file, tool and place in that tool's own order. */
  readonly byPlace: Map<string, Growing>;
  readonly unplaced: UnplacedCards[];
}

/** A sighting whose cards are being placed. */
interface Placing {
  readonly dated: DatedSighting;
  readonly order: number;
}

/**
 * Tells which cards of several sightings of one rig are the same: by bus; without one, by UUID or serial number; without
 * these, by place in the same file; and else by the order of buses, where the rig has as many cards of that name or
 * maker. What cannot be placed is given apart, so that no card is counted twice.
 */
export function identifyCards(sightings: readonly DatedSighting[]): {
  readonly cards: readonly IdentifiedCard[];
  readonly unplaced: readonly UnplacedCards[];
} {
  const found: Identifying = { cards: [], byBus: new Map(), byId: new Map(), byPlace: new Map(), unplaced: [] };
  const bare: { readonly placing: Placing; readonly cards: readonly SightedCard[] }[] = [];
  sightings.forEach((dated, order) => {
    const placing = { dated, order };
    const without = dated.sighting.cards.filter((card) => !addByBus(card, placing, found));
    if (without.length > 0) bare.push({ placing, cards: without });
  });
  if (bare.length > 0) {
    learnPlaces(found);
    for (const { placing, cards } of bare) placeBare(cards, placing, found);
    for (const { seen } of found.cards) seen.sort((one, other) => one.order - other.order);
  }
  return { cards: found.cards.sort(byBusThenPlace), unplaced: found.unplaced };
}

function byBusThenPlace(one: Growing, other: Growing): number {
  if (one.busId !== undefined && other.busId !== undefined) return one.busId < other.busId ? -1 : 1;
  if (one.busId !== undefined || other.busId !== undefined) return one.busId === undefined ? 1 : -1;
  return one.position - other.position;
}

function addByBus(card: SightedCard, placing: Placing, found: Identifying): boolean {
  const { busId } = card;
  if (busId === undefined) return false;
  const known = found.byBus.get(busId);
  if (known === undefined) found.byBus.set(busId, addNew(card, placing, found));
  else attach(known, card, placing);
  return true;
}

function addNew(card: SightedCard, placing: Placing, found: Identifying): Growing {
  const growing: Growing = {
    seen: [{ card, dated: placing.dated, order: placing.order }],
    position: card.position,
    lastOrder: placing.order,
    clue: card,
    ...(card.busId === undefined ? {} : { busId: card.busId }),
  };
  found.cards.push(growing);
  return growing;
}

function attach(growing: Growing, card: SightedCard, { dated, order }: Placing): void {
  growing.seen.push({ card, dated, order });
  growing.lastOrder = order;
}

/**
 * UUIDs and serial numbers that one card alone has (flashed boards may share theirs, which then tell nothing), and the
 * places that cards have in each file.
 */
function learnPlaces(found: Identifying): void {
  const shared = new Set<string>();
  for (const growing of found.cards) {
    growing.clue = clueOf(growing.seen);
    for (const { card, dated } of growing.seen) {
      found.byPlace.set(placeOf(card, dated), growing);
      for (const id of idsOf(card)) {
        if (found.byId.has(id) && found.byId.get(id) !== growing) shared.add(id);
        found.byId.set(id, growing);
      }
    }
  }
  for (const id of shared) found.byId.delete(id);
}

function clueOf(seen: readonly SeenCard[]): CardClue {
  let clue: CardClue = { kind: 'gpu' };
  for (const { card } of seen.toReversed()) clue = { ...clue, ...card };
  return clue;
}

function idsOf({ uuid, serial }: SightedCard): readonly string[] {
  return [uuid?.toLowerCase(), serial === undefined ? undefined : `serial ${serial}`].filter((id) => id !== undefined);
}

function placeOf({ position }: SightedCard, { sighting }: DatedSighting): string {
  return `${position} ${toolOf(sighting.format)} ${sighting.source}`;
}

/** All of nvidia-smi's outputs, and reports made with it, count cards alike, in the order of their buses; so do llama.cpp's. */
function toolOf(format: FormatName): string {
  if (format === 'llama-log') return 'llama-bench';
  return format.startsWith('nvidia-smi') || format === 'report-table' ? 'nvidia-smi' : format;
}

function placeBare(cards: readonly SightedCard[], placing: Placing, found: Identifying): void {
  const left = cards.filter((card) => {
    const growing = homeOf(card, placing, found);
    if (growing === undefined || growing.lastOrder === placing.order || !agrees(card, growing)) return true;
    attachBare(growing, card, placing, found);
    return false;
  });
  for (const group of groupsOf(left)) placeGroup(group, placing, found);
}

function homeOf(card: SightedCard, { dated }: Placing, found: Identifying): Growing | undefined {
  for (const id of idsOf(card)) {
    const growing = found.byId.get(id);
    if (growing !== undefined) return growing;
  }
  return found.byPlace.get(placeOf(card, dated));
}

function attachBare(growing: Growing, card: SightedCard, placing: Placing, found: Identifying): void {
  attach(growing, card, placing);
  growing.clue = { ...card, ...growing.clue };
  remember(growing, card, placing, found);
}

function remember(growing: Growing, card: SightedCard, { dated }: Placing, found: Identifying): void {
  found.byPlace.set(placeOf(card, dated), growing);
  for (const id of idsOf(card)) found.byId.set(id, growing);
}

/** Cards of one kind, maker and name, which nothing but their order tells apart. */
function groupsOf(cards: readonly SightedCard[]): readonly (readonly SightedCard[])[] {
  const groups = new Map<string, SightedCard[]>();
  for (const card of cards) {
    const key = [card.kind, card.vendor, card.name].join('|');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [card]);
    else group.push(card);
  }
  return [...groups.values()];
}

function placeGroup(group: readonly SightedCard[], placing: Placing, found: Identifying): void {
  const [first] = group;
  if (first === undefined) return;
  const candidates = found.cards.filter((each) => each.lastOrder !== placing.order && agrees(first, each));
  if (candidates.length !== group.length && candidates.length > 0) {
    found.unplaced.push({ dated: placing.dated, cards: group, candidateCount: candidates.length });
    return;
  }
  candidates.sort(byBusThenPlace);
  group.forEach((card, index) => {
    const growing = candidates[index];
    if (growing !== undefined && agrees(card, growing)) attachBare(growing, card, placing, found);
    else remember(addNew(card, placing, found), card, placing, found);
  });
}

/** Whether nothing tells that they are two cards. */
function agrees(card: SightedCard, { clue }: Growing): boolean {
  return (
    card.kind === clue.kind &&
    !differ(card.vendor, clue.vendor) &&
    !differ(card.uuid?.toLowerCase(), clue.uuid?.toLowerCase()) &&
    !differ(card.serial, clue.serial) &&
    haveOneName(card.name, clue.name)
  );
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
