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
  /** Most prompt tokens of a step: the longest that a stream, or a short prompt that comes in, waits for a long one. */
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

/** The share of a step's prompt tokens that the oldest prompt has for certain, however many short ones come in. */
const OLDEST_PROMPT_SHARE = 1 / 4;

/**
 * Decides who takes part in the next step and with how many tokens. Sequences that generate come first, one token each.
 * What is left goes to prompts: a quarter to the oldest (`sequences` come in order of admission), the rest to the shortest
 * first, so that a short prompt is not stuck behind a long one and a long one is never starved. The shares come sorted by
 * slot, because llama.cpp computes neighbouring slots together.
 */
export function planStep(sequences: readonly SlotState[], limits: StepLimits): readonly StepShare[] {
  const generating = sequences.filter((sequence) => sequence.promptTokensLeft === 0).slice(0, limits.batchTokensMax);
  const prompts = sequences.filter((sequence) => sequence.promptTokensLeft > 0);
  const shares: StepShare[] = generating.map(({ slot }) => ({ slot, tokenCount: 1, generates: true }));
  const room = Math.min(limits.batchTokensMax - generating.length, limits.promptTokensMax);
  for (const [{ slot, promptTokensLeft }, tokenCount] of sharePromptRoom(prompts, room)) {
    shares.push({ slot, tokenCount, generates: tokenCount === promptTokensLeft });
  }
  return shares.sort((one, other) => one.slot - other.slot);
}

function sharePromptRoom(prompts: readonly SlotState[], room: number): ReadonlyMap<SlotState, number> {
  const shares = new Map<SlotState, number>();
  const [oldest] = prompts;
  if (oldest === undefined || room <= 0) return shares;
  const reserved = prompts.length === 1 ? room : Math.ceil(room * OLDEST_PROMPT_SHARE);
  let left = room;
  const give = (prompt: SlotState, tokensMax: number) => {
    const given = shares.get(prompt) ?? 0;
    const tokenCount = Math.min(prompt.promptTokensLeft - given, tokensMax, left);
    if (tokenCount <= 0) return;
    left -= tokenCount;
    shares.set(prompt, given + tokenCount);
  };
  give(oldest, reserved);
  for (const prompt of prompts.toSorted((one, other) => one.promptTokensLeft - other.promptTokensLeft)) {
    give(prompt, left);
  }
  return shares;
}
