import type { AssessedCard } from '../grading.ts';
import type { Exchange, Standing } from './exchange.ts';
import { roundUsd } from './interval.ts';
import type { CardPlace } from './limits.ts';
import { type LinkClass, linkClassOf } from './link.ts';
import { moveOf } from './move-text.ts';
import type { Pricing } from './pricing.ts';
import type { ReckonedRig } from './reckoned-rig.ts';
import { strengthOf } from './seats.ts';
import { cardValuation } from './value-card.ts';
import type { CardMove } from './valued.ts';
import { unmendedUsd } from './worth.ts';

/** An exchange that brings less over the horizon is not worth the screwdriver. */
const LEAST_GAIN_USD = 10;

/**
 * Cards to exchange between rigs, card for card, so that those that would earn more with RAM or a faster link get the
 * slots of weaker cards that have less use for them. Each card moves once at most; every gain is what both are worth
 * after, less what both are worth now.
 */
export function movesOf(pricing: Pricing, rigs: readonly ReckonedRig[]): readonly CardMove[] {
  const standings = rigs.flatMap((rig) => standingsOf(pricing, rig));
  const wanting: Wanting[] = [];
  const giving: Giving[] = [];
  for (const standing of standings) {
    const want = wantUsd(pricing, standing);
    if (want >= LEAST_GAIN_USD) wanting.push({ standing, wantUsd: want });
    else if (standing.slot.place.hasSeat) giving.push({ standing, lossUsd: lossUsd(pricing, standing) });
  }
  if (wanting.length === 0) return [];
  wanting.sort((one, other) => other.wantUsd - one.wantUsd);
  giving.sort((one, other) => one.lossUsd - other.lossUsd);
  const found = exchanges(
    pricing,
    wanting,
    giving.map(({ standing }) => standing),
  );
  return grouped(found, pricing);
}

function standingsOf(pricing: Pricing, reckoned: ReckonedRig): readonly Standing[] {
  return reckoned.slots.flatMap((slot) => {
    const { assessed, valued, place } = slot;
    if (assessed.card.kind !== 'gpu' || valued.valuation.best === null) return [];
    const strengthUsd = strengthOf(pricing, assessed);
    const usesSeat = place.hasSeat && strengthUsd > 0;
    return [{ reckoned, slot, worthUsd: unmendedUsd(valued.valuation), strengthUsd, usesSeat }];
  });
}

/** How much more a card would be worth in a rig that keeps nothing from it, in a slot that is fast. */
function wantUsd(pricing: Pricing, { slot, worthUsd }: Standing): number {
  const link = linkInSlot(slot.assessed, FAST_SLOT);
  return unmendedUsd(cardValuation(pricing, slot, bestPlace(slot.place.cardCount), link)) - worthUsd;
}

/** How much less a card would be worth without a seat, in a slow slot. */
function lossUsd(pricing: Pricing, { slot, worthUsd }: Standing): number {
  const link = linkInSlot(slot.assessed, SLOW_SLOT);
  return worthUsd - unmendedUsd(cardValuation(pricing, slot, worstPlace(slot.place.cardCount), link));
}

const bestPlaces = new Map<number, CardPlace>();
const worstPlaces = new Map<number, CardPlace>();

function bestPlace(cardCount: number): CardPlace {
  const place = bestPlaces.get(cardCount) ?? { cardCount, hasSeat: true, isRoomy: true, findings: [] };
  bestPlaces.set(cardCount, place);
  return place;
}

function worstPlace(cardCount: number): CardPlace {
  const place = worstPlaces.get(cardCount) ?? { cardCount, hasSeat: false, isRoomy: false, findings: [] };
  worstPlaces.set(cardCount, place);
  return place;
}

type Slot = Pick<AssessedCard['card'], 'pcieLink' | 'pcieLinkMost'>;

const FAST_SLOT: Slot = { pcieLink: { generation: 3, laneCount: 16 } };
const SLOW_SLOT: Slot = { pcieLink: { generation: 1, laneCount: 1 } };

/** How a card would hang in another slot: as wide and fast as both allow. */
function linkInSlot({ match }: AssessedCard, slot: Slot): LinkClass {
  const own = match?.kind === 'matched' ? match.model.pcieLink : undefined;
  const { pcieLink } = slot;
  if (pcieLink === undefined) return 'unknown';
  const generation = Math.max(pcieLink.generation, slot.pcieLinkMost?.generation ?? 0);
  return linkClassOf({
    pcieLink: {
      generation: Math.min(generation, own?.generation ?? generation),
      laneCount: Math.min(pcieLink.laneCount, own?.laneCount ?? pcieLink.laneCount),
    },
  });
}

interface Wanting {
  readonly standing: Standing;
  readonly wantUsd: number;
}

interface Giving {
  readonly standing: Standing;
  readonly lossUsd: number;
}

/** Partners tried for one card before it is left where it is, and slots looked at to find them. */
const MOST_PARTNERS = 8;
const MOST_LOOKED_AT = 64;

/** Pairs, the most eager with those that lose the least. */
function exchanges(pricing: Pricing, wanting: readonly Wanting[], giving: readonly Standing[]): readonly Exchange[] {
  const free = new FreeList(giving);
  const found: Exchange[] = [];
  const spare = new SpareSeats();
  for (const { standing } of wanting) {
    let tried = 0;
    let best: { readonly exchange: Exchange; readonly index: number } | undefined;
    let index = free.after(-1);
    for (let looked = 0; looked < MOST_LOOKED_AT && tried < MOST_PARTNERS; looked += 1, index = free.after(index)) {
      const other = giving[index];
      if (other === undefined) break;
      if (!isPartner(standing, other, spare)) continue;
      tried += 1;
      const gainUsd = exchangeGainUsd(pricing, standing, other);
      if (gainUsd < LEAST_GAIN_USD || gainUsd <= (best?.exchange.gainUsd ?? 0)) continue;
      best = { exchange: { card: standing, other, gainUsd }, index };
    }
    if (best === undefined) continue;
    free.take(best.index);
    if (!best.exchange.other.usesSeat) spare.takeIn(best.exchange.other.reckoned);
    found.push(best.exchange);
  }
  return found;
}

/** A weaker card of another rig, whose seat comes with its slot or is to spare. */
function isPartner(standing: Standing, other: Standing, spare: SpareSeats): boolean {
  if (other.reckoned === standing.reckoned || other.strengthUsd > standing.strengthUsd) return false;
  return other.usesSeat || spare.isLeftIn(other.reckoned);
}

/** Indexes of a list that are not taken yet, each next one found at once. */
class FreeList {
  readonly #next: number[];

  constructor(items: readonly unknown[]) {
    this.#next = Array.from({ length: items.length + 1 }, (_, index) => index);
  }

  /** The first free index after `index`; the length of the list where none is left. */
  after(index: number): number {
    return this.#rootOf(index + 1);
  }

  take(index: number): void {
    this.#next[index] = index + 1;
  }

  #rootOf(index: number): number {
    let root = index;
    for (let next = this.#next[root]; next !== undefined && next !== root; next = this.#next[root]) root = next;
    for (let at = index; at < root; ) {
      const next = this.#next[at] ?? root;
      this.#next[at] = root;
      at = next;
    }
    return root;
  }
}

/** RAM that rigs have for more cards than use it. */
class SpareSeats {
  readonly #counts = new Map<ReckonedRig, number>();

  isLeftIn(rig: ReckonedRig): boolean {
    return this.#countIn(rig) > 0;
  }

  takeIn(rig: ReckonedRig): void {
    this.#counts.set(rig, this.#countIn(rig) - 1);
  }

  #countIn(rig: ReckonedRig): number {
    const { seatCount, usedCount } = rig.seats;
    return this.#counts.get(rig) ?? (seatCount === undefined ? rig.slots.length : seatCount - usedCount);
  }
}

function exchangeGainUsd(pricing: Pricing, card: Standing, other: Standing): number {
  const [mine, theirs] = [card.slot, other.slot];
  const there = cardValuation(pricing, mine, theirs.place, linkInSlot(mine.assessed, theirs.assessed.card));
  const here = cardValuation(pricing, theirs, mine.place, linkInSlot(theirs.assessed, mine.assessed.card));
  return unmendedUsd(there) + unmendedUsd(here) - card.worthUsd - other.worthUsd;
}

function grouped(found: readonly Exchange[], { settings }: Pricing): readonly CardMove[] {
  const groups = Map.groupBy(found, ({ card, other }) =>
    [rigIdOf(card), rigIdOf(other), card.slot.assessed.modelNames.join()].join('|'),
  );
  return [...groups.values()]
    .map((group) => moveOf(group, roundUsd(totalUsd(group) / settings.horizonDays)))
    .toSorted((one, other) => other.gainUsdPerDay - one.gainUsdPerDay);
}

function rigIdOf({ reckoned }: Standing): string {
  return reckoned.rig.assessed.rig.rigId;
}

function totalUsd(group: readonly Exchange[]): number {
  return group.reduce((sum, { gainUsd }) => sum + gainUsd, 0);
}
