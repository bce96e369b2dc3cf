/** A sequence that holds a slot. */
export interface SlotState {
  readonly slot: number;
  /** Prompt tokens that the model has not seen yet; 0 once it generates, when it needs one token a step. */
  readonly promptTokensLeft: number;
}

/** Bounds of one step, in tokens. */
export interface StepLimits {
  /** Most tokens of a step. */
  readonly batchTokensMax: number;
  /** Most prompt tokens of a step in which others generate, so that a long prompt does not stall their streams. */
  readonly promptTokensMax: number;
}

/** A sequence's part of a step. */
export interface StepShare {
  readonly slot: number;
  /** Tokens of it in this step, ≥ 1. */
  readonly tokenCount: number;
  /** Whether its last token here is to be followed by a new one: false inside a prompt. */
  readonly generates: boolean;
}

/**
 * Decides who takes part in the next step and with how many tokens. Sequences that generate come first, one token each;
 * what is left goes to prompts in the order given (of admission). The shares come sorted by slot, because llama.cpp
 * computes neighbouring slots together.
 */
export function planStep(sequences: readonly SlotState[], limits: StepLimits): readonly StepShare[] {
  const generating = sequences.filter((sequence) => sequence.promptTokensLeft === 0).slice(0, limits.batchTokensMax);
  const shares: StepShare[] = generating.map(({ slot }) => ({ slot, tokenCount: 1, generates: true }));
  const room = limits.batchTokensMax - generating.length;
  let promptRoom = generating.length === 0 ? room : Math.min(room, limits.promptTokensMax);
  for (const { slot, promptTokensLeft } of sequences) {
    if (promptTokensLeft === 0) continue;
    const tokenCount = Math.min(promptTokensLeft, promptRoom);
    if (tokenCount <= 0) break;
    promptRoom -= tokenCount;
    shares.push({ slot, tokenCount, generates: tokenCount === promptTokensLeft });
  }
  return shares.sort((one, other) => one.slot - other.slot);
}

/** A sequence to be moved from one slot to another. */
export interface SlotMove {
  readonly fromSlot: number;
  readonly toSlot: number;
}

/**
 * The move that brings the taken slots closer to an unbroken run from 0, or `undefined` where they are one: llama.cpp
 * computes only neighbouring slots together, so that a gap costs a pass over all weights.
 */
export function closeSlotGap(takenSlots: readonly number[]): SlotMove | undefined {
  const taken = new Set(takenSlots);
  let toSlot = 0;
  while (taken.has(toSlot)) toSlot++;
  const fromSlot = Math.max(-1, ...takenSlots);
  return fromSlot > toSlot ? { fromSlot, toSlot } : undefined;
}
