import type { AssessedCard } from '../grading.ts';
import type { Exchange, Standing } from './exchange.ts';
import { roundUsd } from './interval.ts';
import { moveOf } from './move-text.ts';
import type { Pricing } from './pricing.ts';
import { seatsOf, strengthOf } from './seats.ts';
import { cardValuation } from './value-card.ts';
import type { CardMove, ValuedRig } from './valued.ts';
import { unmendedUsd } from './worth.ts';

/** An exchange that brings less over the horizon is not worth the screwdriver. */
const LEAST_GAIN_USD = 10;

/**
 * Cards to exchange between rigs, card for card, so that those that would earn more with RAM or a faster link get the
 * slots of weaker cards that have less use for them. Each card moves once at most; every gain is what both are worth
 * after, less what both are worth now.
 */
export function movesOf(pricing: Pricing, rigs: readonly ValuedRig[]): readonly CardMove[] {
  const standings = rigs.flatMap((rig) => standingsOf(pricing, rig));
  const eager = standings.map((standing) => ({ standing, wantUsd: wantUsd(pricing, standing) }));
  const wanting = eager.filter(({ wantUsd: want }) => want >= LEAST_GAIN_USD);
  wanting.sort((one, other) => other.wantUsd - one.wantUsd);
  const giving = eager
    .filter(({ standing, wantUsd: want }) => want < LEAST_GAIN_USD && standing.place.hasSeat)
    .map(({ standing }) => ({ standing, lossUsd: lossUsd(pricing, standing) }))
    .toSorted((one, other) => one.lossUsd - other.lossUsd)
    .map(({ standing }) => standing);
  return grouped(exchanges(pricing, wanting, giving), pricing);
}

function standingsOf(pricing: Pricing, rig: ValuedRig): readonly Standing[] {
  const { places } = seatsOf(pricing, rig.assessed);
  return rig.cards.flatMap((valued, index) => {
    const place = places[index];
    const isMovable = valued.assessed.card.kind === 'gpu' && valued.valuation.best !== null;
    if (place === undefined || !isMovable) return [];
    const strengthUsd = strengthOf(pricing, valued.assessed);
    const usesSeat = place.hasSeat && strengthUsd > 0;
    return [{ rig, valued, place, worthUsd: unmendedUsd(valued.valuation), strengthUsd, usesSeat }];
  });
}

/** How much more a card would be worth in a rig that keeps nothing from it, in a slot that is fast. */
function wantUsd(pricing: Pricing, { valued, place, worthUsd }: Standing): number {
  const best = { ...place, hasSeat: true, isRoomy: true, findings: [] };
  return unmendedUsd(cardValuation(pricing, inSlot(valued.assessed, FAST_SLOT), best)) - worthUsd;
}

/** How much less a card would be worth without a seat, in a slow slot. */
function lossUsd(pricing: Pricing, { valued, place, worthUsd }: Standing): number {
  const worst = { ...place, hasSeat: false, isRoomy: false };
  return worthUsd - unmendedUsd(cardValuation(pricing, inSlot(valued.assessed, SLOW_SLOT), worst));
}

type Slot = Pick<AssessedCard['card'], 'pcieLink' | 'pcieLinkMost'>;

const FAST_SLOT: Slot = { pcieLink: { generation: 3, laneCount: 16 } };
const SLOW_SLOT: Slot = { pcieLink: { generation: 1, laneCount: 1 } };

/** A card as it stands in another slot: as wide and fast as both allow. */
function inSlot(assessed: AssessedCard, slot: Slot): AssessedCard {
  const { pcieLink: _, pcieLinkMost: __, ...card } = assessed.card;
  const own = assessed.match?.kind === 'matched' ? assessed.match.model.pcieLink : undefined;
  const link = slot.pcieLink;
  if (link === undefined) return { ...assessed, card };
  const generation = Math.max(link.generation, slot.pcieLinkMost?.generation ?? 0);
  const pcieLink = {
    generation: Math.min(generation, own?.generation ?? generation),
    laneCount: Math.min(link.laneCount, own?.laneCount ?? link.laneCount),
  };
  return { ...assessed, card: { ...card, pcieLink } };
}

interface Wanting {
  readonly standing: Standing;
  readonly wantUsd: number;
}

/** Partners tried for one card before it is left where it is. */
const MOST_PARTNERS = 8;

/** Pairs, the most eager with those that lose the least. */
function exchanges(pricing: Pricing, wanting: readonly Wanting[], giving: readonly Standing[]): readonly Exchange[] {
  const taken = new Set<Standing>();
  const found: Exchange[] = [];
  const spare = new SpareSeats(pricing);
  let first = 0;
  for (const { standing } of wanting) {
    while (first < giving.length && taken.has(giving[first] ?? standing)) first += 1;
    let tried = 0;
    let best: Exchange | undefined;
    for (let index = first; index < giving.length && tried < MOST_PARTNERS; index += 1) {
      const other = giving[index];
      if (other === undefined || taken.has(other) || other.rig === standing.rig) continue;
      if (other.strengthUsd > standing.strengthUsd) continue;
      if (!other.usesSeat && !spare.isLeftIn(other.rig)) continue;
      tried += 1;
      const gainUsd = exchangeGainUsd(pricing, standing, other);
      if (gainUsd >= LEAST_GAIN_USD && gainUsd > (best?.gainUsd ?? 0)) best = { card: standing, other, gainUsd };
    }
    if (best === undefined) continue;
    taken.add(best.other);
    if (!best.other.usesSeat) spare.takeIn(best.other.rig);
    found.push(best);
  }
  return found;
}

/** RAM that rigs have for more cards than use it. */
class SpareSeats {
  readonly #counts = new Map<ValuedRig, number>();
  readonly #pricing: Pricing;

  constructor(pricing: Pricing) {
    this.#pricing = pricing;
  }

  isLeftIn(rig: ValuedRig): boolean {
    return this.#countIn(rig) > 0;
  }

  takeIn(rig: ValuedRig): void {
    this.#counts.set(rig, this.#countIn(rig) - 1);
  }

  #countIn(rig: ValuedRig): number {
    const known = this.#counts.get(rig);
    if (known !== undefined) return known;
    const { seatCount, usedCount } = seatsOf(this.#pricing, rig.assessed);
    return seatCount === undefined ? rig.cards.length : seatCount - usedCount;
  }
}

function exchangeGainUsd(pricing: Pricing, card: Standing, other: Standing): number {
  const there = cardValuation(pricing, inSlot(card.valued.assessed, other.valued.assessed.card), other.place);
  const here = cardValuation(pricing, inSlot(other.valued.assessed, card.valued.assessed.card), card.place);
  return unmendedUsd(there) + unmendedUsd(here) - card.worthUsd - other.worthUsd;
}

function grouped(found: readonly Exchange[], { settings }: Pricing): readonly CardMove[] {
  const groups = Map.groupBy(found, ({ card, other }) =>
    [card.rig.assessed.rig.rigId, other.rig.assessed.rig.rigId, card.valued.assessed.modelNames.join()].join('|'),
  );
  return [...groups.values()]
    .map((group) => moveOf(group, roundUsd(totalUsd(group) / settings.horizonDays)))
    .toSorted((one, other) => other.gainUsdPerDay - one.gainUsdPerDay);
}

function totalUsd(group: readonly Exchange[]): number {
  return group.reduce((sum, { gainUsd }) => sum + gainUsd, 0);
}
