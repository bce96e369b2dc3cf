import { type CardWish, chooseCards, type OfferedRig } from '@rerig/domain/placement';
import type { WorkloadPriority } from '@rerig/domain/workloads';
import { unknownCard } from './card-arbiter.ts';
import { type ExecutorFault, executorFault } from './faults.ts';
import type { CardCapacity, RankPlace } from './port.ts';

/** What a choice must know of a workload that holds cards. */
export interface Holder {
  readonly priority: WorkloadPriority;
  /** Whether it is on its way out: its cards will be free without doing anything for it. */
  readonly isEnding: boolean;
}

/** What is known of the cards and of who holds them, at one moment. */
export interface CardView {
  readonly cards: readonly CardCapacity[];
  /** By workload id. Whoever is missing gives no way. */
  readonly holders: ReadonlyMap<string, Holder>;
  /** Those that take work which needs no card. */
  readonly rigIds: readonly string[];
}

/**
 * What is to be done for a workload. `place`: its cards are free. `free-first`: these will do once who holds them has
 * ended; those of `evictedIds` must be told to. `busy`: all that would do, `usableIds`, are held by what gives no way, or
 * are out of service.
 */
export type PlaceDecision =
  | { readonly kind: 'place'; readonly places: readonly RankPlace[] }
  | { readonly kind: 'free-first'; readonly places: readonly RankPlace[]; readonly evictedIds: readonly string[] }
  | { readonly kind: 'busy'; readonly usableIds: readonly string[]; readonly fault: ExecutorFault };

/** Why a workload could not start here even if nothing else ran and all cards were in service; null where it could. */
export function neverFits(workloadId: string, wish: CardWish, { cards }: CardView): ExecutorFault | null {
  const { demand } = wish;
  if (cardCountOf(wish) === 0) return null;
  if (demand.kind === 'these') {
    const missing = demand.cardIds.find((id) => cards.every(({ cardId }) => cardId !== id));
    return missing === undefined ? null : unknownCard(missing, cards);
  }
  const choice = chooseCards(offer(cards, { holder: () => null, withheldWhy: () => undefined }), wish);
  return choice.kind === 'placed' ? null : noCardFits(workloadId, wish, cards, choice.refusals);
}

/** Decides on cards: free ones first, then those that become free by themselves, then those whose holders give way. */
export function decidePlace(workloadId: string, wish: CardWish, view: CardView): PlaceDecision {
  if (cardCountOf(wish) === 0) return placeWithoutCards(workloadId, wish, view);
  const { cards, holders } = view;
  const standing = ({ standing, standingWhy = standing }: CardCapacity) =>
    standing === 'in-service' ? undefined : standingWhy;
  const isEnding = ({ workloadId: id }: CardCapacity) => id === null || holders.get(id)?.isEnding === true;
  const free = chooseCards(
    offer(cards, { holder: () => null, withheldWhy: (card) => standing(card) ?? card.workloadId ?? undefined }),
    wish,
  );
  if (free.kind === 'placed') return { kind: 'place', places: free.places };
  const soon = chooseCards(
    offer(cards, {
      holder: () => null,
      withheldWhy: (card) => standing(card) ?? (isEnding(card) ? undefined : (card.workloadId ?? undefined)),
    }),
    wish,
  );
  if (soon.kind === 'placed') return { kind: 'free-first', places: soon.places, evictedIds: [] };
  const all = chooseCards(
    offer(cards, { holder: (card) => (isEnding(card) ? null : holderOf(card, holders)), withheldWhy: standing }),
    wish,
  );
  if (all.kind === 'placed') return { kind: 'free-first', places: all.places, evictedIds: all.evictedIds };
  return busy(workloadId, wish, cards);
}

function cardCountOf({ demand }: CardWish): number {
  return demand.kind === 'any' ? demand.count : demand.cardIds.length;
}

/** Ranks without cards go round over the rigs. */
function placeWithoutCards(workloadId: string, wish: CardWish, { rigIds, cards }: CardView): PlaceDecision {
  const { demand, rankCount } = wish;
  const allowed = demand.kind === 'any' ? demand.rigIds : undefined;
  const open = rigIds.filter((rigId) => allowed === undefined || allowed.includes(rigId));
  if (open.length === 0) return busy(workloadId, wish, cards);
  const places = Array.from({ length: rankCount }, (_, rank) => ({
    rank,
    rigId: open[rank % open.length] ?? '',
    cardIds: [],
  }));
  return { kind: 'place', places };
}

function holderOf({ workloadId }: CardCapacity, holders: CardView['holders']) {
  if (workloadId === null) return null;
  return { workloadId, priority: holders.get(workloadId)?.priority ?? ('guaranteed' as const) };
}

interface OfferTerms {
  readonly holder: (card: CardCapacity) => OfferedRig['cards'][number]['holder'];
  readonly withheldWhy: (card: CardCapacity) => string | undefined;
}

function offer(cards: readonly CardCapacity[], terms: OfferTerms): readonly OfferedRig[] {
  return [...Map.groupBy(cards, ({ rigId }) => rigId)].map(([rigId, onRig]) => ({
    rigId,
    cards: onRig.map((card) => {
      const withheldWhy = terms.withheldWhy(card);
      const offered = { cardId: card.cardId, features: card.features, holder: terms.holder(card) };
      return withheldWhy === undefined ? offered : { ...offered, withheldWhy };
    }),
  }));
}

function busy(workloadId: string, wish: CardWish, cards: readonly CardCapacity[]): PlaceDecision {
  const unfit = chooseCards(offer(cards, { holder: () => null, withheldWhy: () => undefined }), wish);
  const unfitIds = new Set(unfit.refusals.map(({ cardId }) => cardId));
  const usable = cards.filter(({ cardId }) => !unfitIds.has(cardId));
  const inTheWay = usable.flatMap(inTheWayOf);
  const fault = executorFault('card-busy', {
    what: `The workload ${workloadId} has no free card.`,
    why: `Of the cards that do, ${inTheWay.slice(0, SHOWN_MAX).join('; ')}${inTheWay.length > SHOWN_MAX ? '; …' : ''}.`,
    mend: 'Stop that workload first, choose another card, or let it wait.',
  });
  return { kind: 'busy', usableIds: usable.map(({ cardId }) => cardId), fault };
}

/** Why a card is free for those alone who came before. */
export const KEPT_FOR_OTHERS = 'others wait for it';

/** Who or what is between a workload and a card that would do: nothing, or one thing. */
function inTheWayOf({ cardId, workloadId: holder, standing, standingWhy = '' }: CardCapacity): readonly string[] {
  const held = holder === null ? [] : [`the workload ${holder} holds ${cardId}`];
  if (standing === 'in-service') return held;
  if (standingWhy !== KEPT_FOR_OTHERS) return [`${cardId} is out of service: ${standingWhy}`];
  return [
    holder === null ? `others wait for ${cardId}` : `the workload ${holder} holds ${cardId}, and others wait for it`,
  ];
}

/** Cards that a fault tells of. */
const SHOWN_MAX = 4;

function noCardFits(
  workloadId: string,
  { demand, rankCount }: CardWish,
  cards: readonly CardCapacity[],
  refusals: readonly { readonly why: string }[],
): ExecutorFault {
  const count = cardCountOf({ demand, rankCount, priority: 'guaranteed' });
  const reasons = [...Map.groupBy(refusals, ({ why }) => why)].map(([why, { length }]) => `${length} × ${why}`);
  const [wanted, fitCount] = [`${count} ${count === 1 ? 'card' : 'cards'}`, cards.length - refusals.length];
  return executorFault('no-card-fits', {
    what: `The workload ${workloadId} has no cards that do for it here.`,
    why:
      `It needs ${rankCount === 1 ? wanted : `${rankCount} times ${wanted}`}${count === 1 ? '' : ' on one rig'}, and ` +
      `${cards.length === 0 ? 'there is none' : `of the ${cards.length} here ${fitCount === 0 ? 'none does' : `${fitCount} would do`}`}` +
      `${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}.`,
    mend: 'Ask for less, or add cards. "rerig cards" shows what these can do.',
  });
}
