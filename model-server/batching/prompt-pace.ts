/** The longest that the prompts of a step may keep those who generate from their next token. */
const PROMPT_MS_MAX = 600;
/** Until a step was measured, so many tokens of prompts are computed beside those who generate. */
const FIRST_TOKENS_MAX = 64;
/** Below it a step's fixed part hides what a token costs. */
const MEASURED_TOKENS_MIN = 16;
/** What the newest step counts, against all before: a long context makes each token dearer, step by step. */
const NEWEST_SHARE = 0.3;

/** How many tokens of prompts a step may have while others generate: as many as this card and model do in a bounded time. */
export class PromptPace {
  readonly #tokensMax: number;
  #msPerToken: number | undefined;

  /** `tokensMax` is never passed, however fast it goes. */
  constructor(tokensMax: number) {
    this.#tokensMax = tokensMax;
  }

  /** Tokens, ≥ 1. */
  get promptTokensMax(): number {
    const byTime = this.#msPerToken === undefined ? FIRST_TOKENS_MAX : Math.floor(PROMPT_MS_MAX / this.#msPerToken);
    return Math.max(1, Math.min(this.#tokensMax, byTime));
  }

  /** Takes what a whole step of `tokenCount` tokens took. */
  measure(tokenCount: number, durationMs: number): void {
    if (tokenCount < MEASURED_TOKENS_MIN) return;
    const msPerToken = durationMs / tokenCount;
    this.#msPerToken =
      this.#msPerToken === undefined ? msPerToken : this.#msPerToken * (1 - NEWEST_SHARE) + msPerToken * NEWEST_SHARE;
  }
}
