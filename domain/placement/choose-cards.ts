import {
  type CardDemand,
  type CardFeatures,
  unmetNeed,
  type WorkloadPriority,
  workloadPriorities,
} from '../workloads.ts';

/** A rig and its cards, as whoever chooses some sees them. */
export interface OfferedRig {
  readonly rigId: string;
  readonly cards: readonly OfferedCard[];
}

/** A card that may be chosen. */
export interface OfferedCard {
  readonly cardId: string;
  readonly features: CardFeatures;
  /** The workload that holds it; null: nobody. */
  readonly holder: { readonly workloadId: string; readonly priority: WorkloadPriority } | null;
  /** Absent: it is in service. Else in a few words why it is not: `drained: fan is dead`. */
  readonly withheldWhy?: string;
}

/** What a workload needs of cards. */
export interface CardWish {
  /** Of each rank. */
  readonly demand: CardDemand;
  /** 1 and more; all are placed or none. */
  readonly rankCount: number;
  readonly priority: WorkloadPriority;
}

/** The cards of one rank, all on one rig. */
export interface ChosenPlace {
  readonly rank: number;
  readonly rigId: string;
  readonly cardIds: readonly string[];
}

/** Why a card is not chosen, in a few words for a person. */
export interface CardRefusal {
  readonly cardId: string;
  readonly why: string;
}

/**
 * What is chosen. `placed`: these cards, once the workloads of `evictedIds` have given way (none: at once). `busy`: there
 * are enough, but held by what gives no way. `unfit`: too few that would ever do. `refusals` tells of each other card.
 */
export type CardChoice =
  | {
      readonly kind: 'placed';
      readonly places: readonly ChosenPlace[];
      readonly evictedIds: readonly string[];
      readonly refusals: readonly CardRefusal[];
    }
  | { readonly kind: 'busy'; readonly refusals: readonly CardRefusal[] }
  | { readonly kind: 'unfit'; readonly refusals: readonly CardRefusal[] };

/**
 * Chooses cards for all ranks or for none. Free cards come before those of what gives way, and of that the lowest
 * priority first, then what has the most of the cards in question, so that few are disturbed. Of cards alike in that, a
 * guaranteed workload gets the fastest, and any other the slowest that do: the fast ones are left to those who pay.
 */
export function chooseCards(rigs: readonly OfferedRig[], wish: CardWish): CardChoice {
  const refusals = rigs.flatMap((rig) => refusalsOf(rig, wish));
  const refused = new Set(refusals.map(({ cardId }) => cardId));
  const fitting = rigs
    .filter(({ rigId }) => isAllowedRig(rigId, wish.demand))
    .map(({ rigId, cards }) => ({ rigId, cards: cards.filter(({ cardId }) => !refused.has(cardId)) }));
  const open = fitting.map(({ rigId, cards }) => ({ rigId, cards: cards.filter((card) => givesWay(card, wish)) }));
  const places = placesOf(open, wish);
  if (places !== null) return { kind: 'placed', ...places, refusals: [...refusals, ...heldRefusals(fitting, wish)] };
  const isEnough = placesOf(fitting, wish) !== null;
  return { kind: isEnough ? 'busy' : 'unfit', refusals: [...refusals, ...heldRefusals(fitting, wish)] };
}

function isAllowedRig(rigId: string, demand: CardDemand): boolean {
  return demand.kind === 'these' || demand.rigIds === undefined || demand.rigIds.includes(rigId);
}

/** Cards that do not do, whoever holds them. */
function refusalsOf({ rigId, cards }: OfferedRig, { demand }: CardWish): readonly CardRefusal[] {
  return cards.flatMap((card) => {
    const why = card.withheldWhy ?? unfitWhy(card, rigId, demand);
    return why === null ? [] : [{ cardId: card.cardId, why }];
  });
}

function unfitWhy({ cardId, features }: OfferedCard, rigId: string, demand: CardDemand): string | null {
  if (demand.kind === 'these') return demand.cardIds.includes(cardId) ? null : 'not asked for';
  return isAllowedRig(rigId, demand) ? unmetNeed(features, demand.needs) : 'another rig';
}

function heldRefusals(rigs: readonly OfferedRig[], wish: CardWish): readonly CardRefusal[] {
  return rigs.flatMap(({ cards }) =>
    cards.flatMap((card) =>
      givesWay(card, wish) || card.holder === null
        ? []
        : [{ cardId: card.cardId, why: `held by ${card.holder.workloadId}` }],
    ),
  );
}

/** Nothing takes cards from what is guaranteed, nor from its own like. */
function givesWay({ holder }: OfferedCard, { priority }: CardWish): boolean {
  return holder === null || rankOf(holder.priority) < rankOf(priority);
}

function rankOf(priority: WorkloadPriority): number {
  return workloadPriorities.indexOf(priority);
}

type Places = { readonly places: readonly ChosenPlace[]; readonly evictedIds: readonly string[] };

function placesOf(rigs: readonly OfferedRig[], wish: CardWish): Places | null {
  const { demand, rankCount } = wish;
  if (demand.kind === 'these') return theseCards(rigs, demand.cardIds);
  const evicted = new Set<string>();
  const taken = new Set<string>();
  const places: ChosenPlace[] = [];
  while (places.length < rankCount) {
    const best = bestRig(rigs, demand.count, wish.priority, taken, evicted);
    if (best === null) return null;
    for (const { cardId, holder } of best.cards) {
      taken.add(cardId);
      if (holder !== null) evicted.add(holder.workloadId);
    }
    places.push({ rank: places.length, rigId: best.rigId, cardIds: best.cards.map(({ cardId }) => cardId) });
  }
  return { places, evictedIds: [...evicted] };
}

/** Exactly these, of one rig. */
function theseCards(rigs: readonly OfferedRig[], cardIds: readonly string[]): Places | null {
  const rig = rigs.find(({ cards }) => cardIds.every((cardId) => cards.some((card) => card.cardId === cardId)));
  if (rig === undefined) return null;
  const holders = rig.cards.flatMap(({ cardId, holder }) =>
    cardIds.includes(cardId) && holder !== null ? [holder] : [],
  );
  const evictedIds = [...new Set(holders.map(({ workloadId }) => workloadId))];
  return { places: [{ rank: 0, rigId: rig.rigId, cardIds }], evictedIds };
}

interface RigOffer {
  readonly rigId: string;
  readonly cards: readonly OfferedCard[];
  /** Cards by whom they must be taken from: nobody, or what is evicted already, then the lowest priority first. */
  readonly cost: readonly number[];
  readonly speed: number;
}

function bestRig(
  rigs: readonly OfferedRig[],
  count: number,
  priority: WorkloadPriority,
  taken: ReadonlySet<string>,
  evicted: ReadonlySet<string>,
): RigOffer | null {
  let best: RigOffer | null = null;
  for (const { rigId, cards } of rigs) {
    const left = cards.filter(({ cardId }) => !taken.has(cardId));
    if (left.length < count) continue;
    const chosen = bestCards(left, priority, evicted).slice(0, count);
    const speed = chosen.reduce((sum, { features }) => sum + (features.tokensPerSecond ?? 0), 0);
    const offer = { rigId, cards: chosen, cost: costOf(chosen, evicted), speed };
    if (best === null || isBetter(offer, best, priority)) best = offer;
  }
  return best;
}

/** How many cards come from each priority, the highest first: what matters most is that the highest lose the fewest. */
function costOf(cards: readonly OfferedCard[], evicted: ReadonlySet<string>): readonly number[] {
  return workloadPriorities
    .toReversed()
    .map((each) => cards.filter((card) => isDisturbing(card, evicted) && card.holder?.priority === each).length);
}

function isDisturbing({ holder }: OfferedCard, evicted: ReadonlySet<string>): boolean {
  return holder !== null && !evicted.has(holder.workloadId);
}

function isBetter(one: RigOffer, other: RigOffer, priority: WorkloadPriority): boolean {
  for (const [index, count] of one.cost.entries()) {
    const difference = count - (other.cost[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return priority === 'guaranteed' ? one.speed > other.speed : one.speed < other.speed;
}

function bestCards(
  cards: readonly OfferedCard[],
  priority: WorkloadPriority,
  evicted: ReadonlySet<string>,
): readonly OfferedCard[] {
  const heldCounts = new Map<string, number>();
  for (const { holder } of cards) {
    if (holder !== null) heldCounts.set(holder.workloadId, (heldCounts.get(holder.workloadId) ?? 0) + 1);
  }
  const costs = new Map(
    cards.map((card) => [card, isDisturbing(card, evicted) && card.holder ? rankOf(card.holder.priority) + 1 : 0]),
  );
  const heldOf = ({ holder }: OfferedCard) => (holder === null ? 0 : (heldCounts.get(holder.workloadId) ?? 0));
  const sign = priority === 'guaranteed' ? -1 : 1;
  const speedOf = ({ features }: OfferedCard) => features.tokensPerSecond ?? 0;
  return cards.toSorted(
    (one, other) =>
      (costs.get(one) ?? 0) - (costs.get(other) ?? 0) ||
      ((costs.get(one) ?? 0) === 0 ? 0 : heldOf(other) - heldOf(one)) ||
      ((costs.get(one) ?? 0) === 0 ? 0 : compareText(one.holder?.workloadId ?? '', other.holder?.workloadId ?? '')) ||
      sign * (speedOf(one) - speedOf(other)) ||
      one.features.vramBytes - other.features.vramBytes ||
      compareText(one.cardId, other.cardId),
  );
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
