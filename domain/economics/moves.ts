import { type AssessedCard, driverMajorOf } from '../grading.ts';
import type { Exchange, Prospect, Standing } from './exchange.ts';
import { roundUsd } from './interval.ts';
import type { CardPlace } from './limits.ts';
import { type LinkClass, linkClassOf } from './link.ts';
import { moveOf } from './move-text.ts';
import type { Pricing } from './pricing.ts';
import type { ReckonedCard, ReckonedRig } from './reckoned-rig.ts';
import { strengthOf } from './seats.ts';
import { cardWorthUsd } from './value-card.ts';
import type { CardMove, Valuation } from './valued.ts';
import { unmendedUsd } from './worth.ts';

/** An exchange that brings less over the horizon is not worth the screwdriver. */
const LEAST_GAIN_USD = 10;

/**
 * Cards to exchange between rigs, card for card, so that those that would earn more with RAM or a faster link get the
 * slots of weaker cards that have less use for them. Each card moves once at most; every gain is what both are worth
 * after, less what both are worth now.
 */
export function movesOf(pricing: Pricing, rigs: readonly ReckonedRig[]): readonly CardMove[] {
  const prospectOf = prospects(pricing);
  const wanting: Standing[] = [];
  const seated: Standing[] = [];
  for (const reckoned of rigs) {
    for (const slot of reckoned.slots) {
      // A driver that has dropped a card is mended first: where it stands then is another question.
      const prospect = slot.place.isDriven ? prospectOf(slot) : undefined;
      if (prospect === undefined) continue;
      if (prospect.wantUsd >= LEAST_GAIN_USD) wanting.push({ reckoned, slot, prospect });
      else if (slot.place.hasSeat) seated.push({ reckoned, slot, prospect });
    }
  }
  if (wanting.length === 0) return [];
  wanting.sort((one, other) => other.prospect.wantUsd - one.prospect.wantUsd);
  return grouped(exchanges(pricing, wanting, leastLosingFirst(seated)), pricing);
}

/** Sorted by their losses, of which there are few that differ. */
function leastLosingFirst(standings: readonly Standing[]): readonly Standing[] {
  const byLoss = [...Map.groupBy(standings, ({ prospect }) => prospect.lossUsd)];
  return byLoss.toSorted(([one], [other]) => one - other).flatMap(([, group]) => group);
}

/** What each card is worth and could be; reckoned once for all that share a valuation. Undefined where it has none. */
function prospects(pricing: Pricing): (slot: ReckonedCard) => Prospect | undefined {
  const known = new Map<Valuation, Prospect>();
  return (slot) => {
    const { valuation } = slot.valued;
    if (valuation.best === null) return undefined;
    const prospect = known.get(valuation) ?? prospectIn(pricing, slot);
    known.set(valuation, prospect);
    return prospect;
  };
}

function prospectIn(pricing: Pricing, slot: ReckonedCard): Prospect {
  const { assessed, place, valued } = slot;
  const worthUsd = unmendedUsd(valued.valuation);
  const strengthUsd = strengthOf(pricing, assessed);
  const bestUsd = cardWorthUsd(pricing, slot, bestPlace(place.cardCount), linkInSlot(assessed, FAST_SLOT));
  const worstUsd = cardWorthUsd(pricing, slot, worstPlace(place.cardCount), linkInSlot(assessed, SLOW_SLOT));
  return {
    worthUsd,
    strengthUsd,
    usesSeat: place.hasSeat && strengthUsd > 0,
    wantUsd: bestUsd - worthUsd,
    lossUsd: worthUsd - worstUsd,
  };
}

const bestPlaces = new Map<number, CardPlace>();
const worstPlaces = new Map<number, CardPlace>();

function bestPlace(cardCount: number): CardPlace {
  const place = bestPlaces.get(cardCount) ?? { cardCount, hasSeat: true, isRoomy: true, isDriven: true, findings: [] };
  bestPlaces.set(cardCount, place);
  return place;
}

function worstPlace(cardCount: number): CardPlace {
  const place = worstPlaces.get(cardCount) ?? {
    cardCount,
    hasSeat: false,
    isRoomy: false,
    isDriven: true,
    findings: [],
  };
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

/** Partners tried for one card before it is left where it is, and slots looked at to find them. */
const MOST_PARTNERS = 8;
const MOST_LOOKED_AT = 64;

/** Pairs, the most eager with those that lose the least. */
function exchanges(pricing: Pricing, wanting: readonly Standing[], giving: readonly Standing[]): readonly Exchange[] {
  const free = new FreeList(giving);
  const found: Exchange[] = [];
  const spare = new SpareSeats();
  for (const standing of wanting) {
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
    if (!best.exchange.other.prospect.usesSeat) spare.takeIn(best.exchange.other.reckoned);
    found.push(best.exchange);
  }
  return found;
}

/** A weaker card of another rig, whose seat comes with its slot or is to spare. */
function isPartner(standing: Standing, other: Standing, spare: SpareSeats): boolean {
  if (other.reckoned === standing.reckoned || other.prospect.strengthUsd > standing.prospect.strengthUsd) return false;
  if (!isDrivenIn(standing, other.reckoned) || !isDrivenIn(other, standing.reckoned)) return false;
  return other.prospect.usesSeat || spare.isLeftIn(other.reckoned);
}

/** Whether the driver of another rig drives a card, too. */
function isDrivenIn({ slot }: Standing, { rig }: ReckonedRig): boolean {
  const last = slot.assessed.route?.driverMajorMax;
  const version = rig.assessed.rig.host.nvidiaDriverVersion;
  if (last === undefined || version === undefined) return true;
  return (driverMajorOf(version) ?? 0) <= last;
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
  const thereUsd = cardWorthUsd(pricing, mine, theirs.place, linkInSlot(mine.assessed, theirs.assessed.card));
  const hereUsd = cardWorthUsd(pricing, theirs, mine.place, linkInSlot(theirs.assessed, mine.assessed.card));
  return thereUsd + hereUsd - card.prospect.worthUsd - other.prospect.worthUsd;
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
