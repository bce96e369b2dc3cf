import type { RouteName } from '@rerig/domain/cards';
import {
  type AssessedCard,
  type AssessedFarm,
  type ChatWorkload,
  type VramNeed,
  vramNeedOf,
} from '@rerig/domain/grading';
import type { ModelFacts } from '../gguf.ts';

/** A model against one card. */
export interface CardFit {
  /** The catalogue's name, or what the driver calls it. */
  readonly cardName: string;
  readonly rigName: string;
  readonly routeName: RouteName;
  /** What workloads may use of its VRAM; of a processor, of its RAM. */
  readonly usableBytes: number;
  readonly neededBytes: number;
  readonly isFitting: boolean;
}

/** A model against the cards of a farm. */
export interface ModelFit {
  /** Cards whose VRAM and route are known, in the farm's order. */
  readonly cards: readonly CardFit[];
  /** Cards of which too little is known to say. */
  readonly unknownCardCount: number;
  /** Where no card holds it alone: the fewest cards of one rig that hold it together, layers laid over them. */
  readonly together: { readonly rigName: string; readonly cardCount: number; readonly cardName: string } | null;
  /** One card, or several of a rig, hold it. */
  readonly isFitting: boolean;
  readonly contextTokenCount: number;
}

/** The context that grades are reckoned with; a model trained for less gets what it was trained for. */
export const CONTEXT_TOKENS_DEFAULT = 4096;

/** Whether a model fits the cards of an assessed farm, at a context of `contextTokenCount` tokens or the trained one. */
export function fitOf(facts: ModelFacts, farm: AssessedFarm, contextTokenCount = CONTEXT_TOKENS_DEFAULT): ModelFit {
  const contextTokens = Math.min(contextTokenCount, facts.contextTokenCount ?? contextTokenCount);
  const workload = chatWorkloadOf(facts, contextTokens);
  const rigs = farm.rigs.map(({ rig, cards }) => ({
    rigName: rig.name,
    known: cards.flatMap((card) => cardFit(card, rig.name, workload) ?? []),
    cardCount: cards.length,
  }));
  const cards = rigs.flatMap(({ known }) => known);
  const isHeld = cards.some(({ isFitting }) => isFitting);
  const together = isHeld ? null : fewestTogether(rigs, workload);
  const cardCount = rigs.reduce((sum, rig) => sum + rig.cardCount, 0);
  return {
    cards,
    unknownCardCount: cardCount - cards.length,
    together,
    isFitting: isHeld || together !== null,
    contextTokenCount: contextTokens,
  };
}

/** The model in the grading's words. What the header does not say counts as nothing, so that the need is at least this. */
export function chatWorkloadOf(facts: ModelFacts, contextTokenCount: number): ChatWorkload {
  const headCount = facts.headCount ?? 0;
  return {
    kind: 'chat',
    name: facts.title ?? facts.architecture,
    sourceModel: facts.title ?? facts.architecture,
    parameterCount: facts.parameterCount ?? 0,
    activeParameterCount: facts.parameterCount ?? 0,
    quantization: facts.quantization ?? '',
    weightsBytes: facts.tensorBytes,
    layerCount: facts.layerCount ?? 0,
    headCount,
    // Where layers differ in it, none keeps more than it asks with.
    kvHeadCount: facts.kvHeadCount ?? headCount,
    headWidth: ((facts.keyWidth ?? 0) + (facts.valueWidth ?? 0)) / 2,
    embeddingWidth: facts.embeddingWidth ?? 0,
    vocabularyTokenCount: facts.vocabularyTokenCount ?? 0,
    contextTokenCount,
    isStandard: false,
  };
}

function cardFit(assessed: AssessedCard, rigName: string, workload: ChatWorkload): CardFit | undefined {
  const { card, route, vram, modelNames } = assessed;
  const usableBytes = vram?.usableBytes ?? (card.kind === 'cpu' ? card.vramBytes : undefined);
  if (route === null || usableBytes === undefined) return undefined;
  const neededBytes = vramNeedOf(workload, route.name).totalBytes;
  const cardName = modelNames.length > 0 ? modelNames.join(' or ') : (card.name ?? card.cardId);
  return { cardName, rigName, routeName: route.name, usableBytes, neededBytes, isFitting: neededBytes <= usableBytes };
}

function fewestTogether(
  rigs: readonly { readonly rigName: string; readonly known: readonly CardFit[] }[],
  workload: ChatWorkload,
): ModelFit['together'] {
  const found = rigs.flatMap(({ rigName, known }) => {
    const routes = [...new Set(known.map(({ routeName }) => routeName))].filter((route) => route !== 'cpu');
    return routes.flatMap((route) => {
      const cards = known
        .filter(({ routeName }) => routeName === route)
        .sort((one, other) => other.usableBytes - one.usableBytes);
      const cardCount = countTogether(cards, vramNeedOf(workload, route));
      return cardCount === null ? [] : [{ rigName, cardCount, cardName: cards[0]?.cardName ?? '' }];
    });
  });
  return found.sort((one, other) => one.cardCount - other.cardCount)[0] ?? null;
}

/** Weights and cache are laid over the cards; each has a compute buffer and a driver of its own. */
function countTogether(cards: readonly CardFit[], need: VramNeed): number | null {
  let heldBytes = 0;
  for (const [index, { usableBytes }] of cards.entries()) {
    heldBytes += usableBytes - need.computeBufferBytes - need.driverBytes;
    if (heldBytes >= need.weightsBytes + need.kvCacheBytes) return index + 1;
  }
  return null;
}
