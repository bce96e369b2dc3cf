import type { FreeSlot } from './choose-slot.ts';

/** A held slot to be moved into a gap between the others. */
export interface GapMove {
  readonly fromSlot: number;
  readonly toSlot: number;
  /** Where what the gap has in its cache goes first; `undefined` where it is empty, or no slot is worth less. */
  readonly spareSlot: number | undefined;
}

/**
 * The next move that makes the held slots an unbroken run; `undefined` where they are one. The outermost slot with the
 * widest gap beside it is moved. `held` comes sorted.
 */
export function gapMove(held: readonly number[], free: readonly FreeSlot[]): GapMove | undefined {
  const [first, second] = held;
  const [last, lastButOne] = [held.at(-1), held.at(-2)];
  if (first === undefined || second === undefined || last === undefined || lastButOne === undefined) return undefined;
  if (last - first + 1 === held.length) return undefined;
  const fromSlot = second - first > last - lastButOne ? first : last;
  const gap = free.find(({ slot }) => slot > first && slot < last);
  if (gap === undefined) return undefined;
  return { fromSlot, toSlot: gap.slot, spareSlot: spareSlotFor(gap, free, first, last) };
}

/** Outside the run, where it is in nobody's way: an empty slot, or the one that is longest unused if it is longer so. */
function spareSlotFor(gap: FreeSlot, free: readonly FreeSlot[], first: number, last: number): number | undefined {
  if (gap.cachedTokens.length === 0) return undefined;
  const outside = free.filter(({ slot }) => slot < first || slot > last);
  const isEmpty = ({ cachedTokens }: FreeSlot) => cachedTokens.length === 0;
  const spare = outside.find(isEmpty) ?? outside.toSorted((one, other) => one.lastUsedStep - other.lastUsedStep)[0];
  return spare === undefined || (!isEmpty(spare) && spare.lastUsedStep >= gap.lastUsedStep) ? undefined : spare.slot;
}
