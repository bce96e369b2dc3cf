import type { LoadedModel } from '../llama/loaded-model.ts';
import { chooseSlot, commonBeginning, type FreeSlot, type SlotLike } from './choose-slot.ts';
import { gapMove } from './gap-move.ts';
import type { Sequence } from './sequence.ts';

/**
 * A copy moves a slot's whole cache, so that what it brings must be some part of it: a token's keys and values are a
 * hundredth and less of what computing it reads and multiplies.
 */
const COPIED_PART_MIN = 1 / 64;
/** Fewer tokens are in the beginning of every chat. */
const COPIED_TOKENS_MIN = 8;

/** Who holds which slot, and what the slots that nobody holds still have in the cache. */
export class SlotCaches {
  readonly #model: LoadedModel;
  readonly #holders: (Sequence | undefined)[];
  readonly #left: FreeSlot[];
  readonly #copiedTokensMin: number;

  constructor(model: LoadedModel) {
    this.#model = model;
    const leastPart = Math.ceil(model.contextTokensPerSlot * COPIED_PART_MIN);
    this.#copiedTokensMin = model.canCopyBeginnings ? Math.max(COPIED_TOKENS_MIN, leastPart) : Number.POSITIVE_INFINITY;
    this.#holders = new Array<Sequence | undefined>(model.slotCount).fill(undefined);
    this.#left = this.#holders.map((_, slot) => emptySlot(slot));
  }

  holderOf(slot: number): Sequence | undefined {
    return this.#holders[slot];
  }

  /** Gives a sequence a free slot with as much of its beginning as any slot has; false where none is free. */
  take(sequence: Sequence): boolean {
    const taken = this.#holders.flatMap((holder, slot) => (holder === undefined ? [] : [slot]));
    const free = this.#left.filter(({ slot }) => this.#holders[slot] === undefined);
    if (free.length === 0) return false;
    const tokens = sequence.tokens();
    const { adapterKey } = sequence;
    const choice = chooseSlot(free, taken, tokens, adapterKey, this.#alike(tokens, adapterKey), this.#copiedTokensMin);
    if (choice === undefined) return false;
    const { slot, reusedTokenCount, copiedFromSlot } = choice;
    this.#holders[slot] = sequence;
    sequence.enter(slot, this.#bring(slot, reusedTokenCount, copiedFromSlot));
    return true;
  }

  #alike(tokens: readonly number[], adapterKey: string): readonly SlotLike[] {
    return this.#holders.map((holder, slot) => {
      const seen = holder ?? this.#left[slot];
      if (seen?.adapterKey !== adapterKey) return { slot, commonTokenCount: 0 };
      const common = holder?.seenInCommon(tokens) ?? commonBeginning(this.#left[slot]?.cachedTokens ?? [], tokens);
      return { slot, commonTokenCount: common };
    });
  }

  /**
   * Brings the held slots together, as llama.cpp computes only neighbouring ones in one pass over the weights, and a pass
   * costs more than a copy of a slot. What stands in the gap moves to another free slot, where there is one.
   */
  closeGaps(): void {
    for (let move = this.#nextMove(); move !== undefined; move = this.#nextMove()) {
      const { fromSlot, toSlot, spareSlot } = move;
      if (spareSlot !== undefined) this.#moveLeft(toSlot, spareSlot);
      const holder = this.#holders[fromSlot];
      this.#forget(toSlot);
      this.#model.moveSlot(fromSlot, toSlot);
      this.#holders[fromSlot] = undefined;
      this.#holders[toSlot] = holder;
      this.#left[fromSlot] = emptySlot(fromSlot);
      if (holder !== undefined) holder.slot = toSlot;
    }
  }

  #nextMove() {
    const held = this.#holders.flatMap((holder, slot) => (holder === undefined ? [] : [slot]));
    return gapMove(
      held,
      this.#left.filter(({ slot }) => this.#holders[slot] === undefined),
    );
  }

  #moveLeft(fromSlot: number, toSlot: number): void {
    const left = this.#left[fromSlot];
    this.#forget(toSlot);
    if (left === undefined || left.cachedTokens.length === 0) return;
    this.#model.moveSlot(fromSlot, toSlot);
    this.#left[toSlot] = { ...left, slot: toSlot };
    this.#left[fromSlot] = emptySlot(fromSlot);
  }

  /** Cuts a sequence's cache to what it knows that the model has seen, after a step that was broken off. */
  rewind(sequence: Sequence): void {
    const { length } = sequence.seenTokens();
    if (length === 0) this.#model.clearSlot(sequence.slot);
    else this.#model.keepBeginning(sequence.slot, length);
  }

  /** Takes a sequence out of its slot; what the model has seen of it stays in the cache until the slot is needed. */
  release(sequence: Sequence, stepNumber: number): void {
    const { slot } = sequence;
    this.#holders[slot] = undefined;
    this.#left[slot] = {
      slot,
      cachedTokens: sequence.seenTokens(),
      adapterKey: sequence.adapterKey,
      lastUsedStep: stepNumber,
    };
    sequence.leaveSlot();
  }

  /** Takes a sequence out of its slot after a step that failed: what is in the cache is not known. */
  discard(sequence: Sequence): void {
    const { slot } = sequence;
    this.#holders[slot] = undefined;
    this.#forget(slot);
    sequence.leaveSlot();
  }

  /** Gives how many tokens the slot has then. */
  #bring(slot: number, tokenCount: number, copiedFromSlot: number | undefined): number {
    if (copiedFromSlot === undefined) return this.#keep(slot, tokenCount);
    return this.#model.copyBeginning(copiedFromSlot, slot, tokenCount) ? tokenCount : 0;
  }

  /** Cuts a slot's cache to its first tokens, or empties it where the model can't cut; gives how many are left. */
  #keep(slot: number, tokenCount: number): number {
    const cached = this.#left[slot]?.cachedTokens.length ?? 0;
    if (tokenCount > 0 && (cached === tokenCount || this.#model.keepBeginning(slot, tokenCount))) return tokenCount;
    if (cached > 0) this.#forget(slot);
    return 0;
  }

  #forget(slot: number): void {
    this.#model.clearSlot(slot);
    this.#left[slot] = emptySlot(slot);
  }
}

function emptySlot(slot: number): FreeSlot {
  return { slot, cachedTokens: [], adapterKey: '', lastUsedStep: 0 };
}
