/** A sequence that holds a slot. */
export interface SlotState {
  readonly slot: number;
  /** Prompt tokens that the model has not seen yet; 0 once it generates, when it needs one token a step. */
  readonly promptTokensLeft: number;
}

/** Bounds of one step, in tokens, and whose turn it is. */
export interface StepLimits {
  /** Most tokens of a step. */
  readonly batchTokensMax: number;
  /** Most prompt tokens of a step in which others generate: the longest that their streams wait for a long prompt. */
  readonly promptTokensMax: number;
  /** Most prompt tokens of a step in which nobody generates. */
  readonly lonePromptTokensMax: number;
  /** Whether the oldest prompt goes first, although others would be whole in this step. */
  readonly isOldestTurn: boolean;
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
 * Decides who takes part in the next step and with how many tokens. Sequences that generate come first, one token each.
 * What is left goes to prompts that it makes whole, the shortest first, so that a short prompt is not stuck behind a long
 * one; where there is none, or at the oldest's turn, to the oldest (`sequences` come in order of admission) and then to
 * those that are whole with the rest. The shares come sorted by slot, because llama.cpp computes neighbouring slots together.
 */
export function planStep(sequences: readonly SlotState[], limits: StepLimits): readonly StepShare[] {
  const generating = sequences.filter((sequence) => sequence.promptTokensLeft === 0).slice(0, limits.batchTokensMax);
  const prompts = sequences.filter((sequence) => sequence.promptTokensLeft > 0);
  const shares: StepShare[] = generating.map(({ slot }) => ({ slot, tokenCount: 1, generates: true }));
  const promptTokensMax = generating.length === 0 ? limits.lonePromptTokensMax : limits.promptTokensMax;
  const room = Math.min(limits.batchTokensMax - generating.length, promptTokensMax);
  for (const [{ slot, promptTokensLeft }, tokenCount] of sharePromptRoom(prompts, room, limits.isOldestTurn)) {
    shares.push({ slot, tokenCount, generates: tokenCount === promptTokensLeft });
  }
  return shares.sort((one, other) => one.slot - other.slot);
}

function sharePromptRoom(
  prompts: readonly SlotState[],
  room: number,
  isOldestTurn: boolean,
): ReadonlyMap<SlotState, number> {
  const [oldest] = prompts;
  if (oldest === undefined || room <= 0) return new Map();
  const shortestFirst = prompts.toSorted((one, other) => one.promptTokensLeft - other.promptTokensLeft);
  const ofWhole = isOldestTurn ? new Map<SlotState, number>() : giveWhole(shortestFirst, room);
  if (ofWhole.size > 0) return ofWhole;
  const tokenCount = Math.min(oldest.promptTokensLeft, room);
  const others = shortestFirst.filter((prompt) => prompt !== oldest);
  return new Map([[oldest, tokenCount], ...giveWhole(others, room - tokenCount)]);
}

/** The prompts that the room makes whole, in the order given. A part of the next one would cost a pass of its own. */
function giveWhole(prompts: readonly SlotState[], room: number): Map<SlotState, number> {
  const shares = new Map<SlotState, number>();
  let left = room;
  for (const prompt of prompts) {
    if (prompt.promptTokensLeft > left) break;
    shares.set(prompt, prompt.promptTokensLeft);
    left -= prompt.promptTokensLeft;
  }
  return shares;
}
