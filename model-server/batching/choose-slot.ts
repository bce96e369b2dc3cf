/** What is known of a slot that no sequence holds. */
export interface FreeSlot {
  readonly slot: number;
  /** The tokens whose keys and values are still there, from the first of their sequence on; empty for none. */
  readonly cachedTokens: readonly number[];
  /** The LoRA adapters under which they were computed, as one word; another set computes other values. */
  readonly adapterKey: string;
  /** The step in which it was last held: the lowest is the one that is longest unused. */
  readonly lastUsedStep: number;
}

/** A slot, held or free, that has so many of a prompt's first tokens, under the same adapters. */
export interface SlotLike {
  readonly slot: number;
  readonly commonTokenCount: number;
}

/** The slot for a new sequence, and how many tokens of its prompt are there already. */
export interface SlotChoice {
  readonly slot: number;
  readonly reusedTokenCount: number;
  /** Where those tokens are to be copied from; `undefined` where they are in the slot itself. */
  readonly copiedFromSlot?: number;
}

/** Fewer tokens in common are the beginning of every chat, and not worth another conversation's slot. */
const REUSED_TOKENS_MIN = 4;

/**
 * Chooses the slot for a prompt: where a free slot has its beginning, that one; where another has more of it, held or not,
 * a slot that is worth least, into which that beginning is copied. `copiedTokensMin` is what a copy must bring.
 */
export function chooseSlot(
  free: readonly FreeSlot[],
  takenSlots: readonly number[],
  prompt: ArrayLike<number>,
  adapterKey: string,
  alike: readonly SlotLike[] = [],
  copiedTokensMin = Number.POSITIVE_INFINITY,
): SlotChoice | undefined {
  const own = chooseFree(free, takenSlots, prompt, adapterKey);
  if (own === undefined) return undefined;
  const most = alike.reduce<SlotLike>((one, other) => (other.commonTokenCount > one.commonTokenCount ? other : one), {
    slot: own.slot,
    commonTokenCount: 0,
  });
  const copied = Math.min(most.commonTokenCount, prompt.length - 1);
  if (copied < Math.max(copiedTokensMin, own.reusedTokenCount + REUSED_TOKENS_MIN)) return own;
  const others = free.filter(({ slot }) => slot !== most.slot);
  const target = chooseFree(others, takenSlots, [], adapterKey);
  return target === undefined ? own : { slot: target.slot, reusedTokenCount: copied, copiedFromSlot: most.slot };
}

/**
 * Chooses the free slot that has most of the prompt's beginning; the last token is always computed anew, as its scores are
 * needed. A conversation is not cut for a short common beginning while a slot that is worth less is free. Without a
 * beginning in common an empty slot is taken, then the one that is longest unused; of several, one beside those that are
 * taken. `undefined` where no slot is free.
 */
function chooseFree(
  free: readonly FreeSlot[],
  takenSlots: readonly number[],
  prompt: ArrayLike<number>,
  adapterKey: string,
): SlotChoice | undefined {
  const [first, ...others] = free.map((slot) => rate(slot, takenSlots, prompt, adapterKey));
  if (first === undefined) return undefined;
  const best = others.reduce((one, other) => (isBetter(other, one) ? other : one), first);
  return { slot: best.slot, reusedTokenCount: best.reusedTokenCount };
}

interface RatedSlot extends SlotChoice {
  /** Cached tokens that would be lost. */
  readonly lostTokenCount: number;
  readonly lastUsedStep: number;
  readonly distanceToTaken: number;
}

function rate(free: FreeSlot, takenSlots: readonly number[], prompt: ArrayLike<number>, adapterKey: string): RatedSlot {
  const common = free.adapterKey === adapterKey ? commonBeginning(free.cachedTokens, prompt) : 0;
  const possible = Math.min(common, prompt.length - 1);
  const lost = free.cachedTokens.length - common;
  // What is lost may be asked for again: it counts as much as what is gained.
  const isWorthIt = possible >= REUSED_TOKENS_MIN && possible >= lost;
  const distances = takenSlots.map((taken) => Math.abs(taken - free.slot));
  return {
    slot: free.slot,
    reusedTokenCount: isWorthIt ? possible : 0,
    lostTokenCount: isWorthIt ? lost : free.cachedTokens.length,
    lastUsedStep: free.lastUsedStep,
    distanceToTaken: distances.length === 0 ? free.slot : Math.min(...distances),
  };
}

function isBetter(one: RatedSlot, other: RatedSlot): boolean {
  if (one.reusedTokenCount !== other.reusedTokenCount) return one.reusedTokenCount > other.reusedTokenCount;
  const [oneIsEmpty, otherIsEmpty] = [one.lostTokenCount === 0, other.lostTokenCount === 0];
  if (oneIsEmpty !== otherIsEmpty) return oneIsEmpty;
  if (!oneIsEmpty && one.lastUsedStep !== other.lastUsedStep) return one.lastUsedStep < other.lastUsedStep;
  return one.distanceToTaken < other.distanceToTaken;
}

/** How many tokens two sequences have in common from their first one on. */
export function commonBeginning(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) if (one[index] !== other[index]) return index;
  return length;
}
