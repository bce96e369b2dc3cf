/** Most bytes of the scores that llama.cpp keeps for each token of a step, also where only vectors are asked for. */
const SCORE_BYTES_MAX = 96 * 2 ** 20;
/** Bytes of a score: F32. */
const SCORE_BYTES = 4;
/** Shorter texts could hardly be embedded; no vocabulary of today is so large that its scores for these exceed the bound. */
const EMBEDDING_TOKENS_MIN = 64;

/**
 * Tokens of a step that gives vectors, and so the most of one text: as many as a context of `contextTokens` has, or as
 * have their scores in 96 MiB. A vocabulary of 151,936 tokens leaves 165.
 */
export function embeddingTokensMax(contextTokens: number, vocabularyTokens: number): number {
  const byScores = Math.floor(SCORE_BYTES_MAX / (vocabularyTokens * SCORE_BYTES));
  return Math.min(contextTokens, Math.max(EMBEDDING_TOKENS_MIN, byScores));
}

/** Bytes of the scores of such a step. */
export function embeddingScoreBytes(tokenCount: number, vocabularyTokens: number): number {
  return tokenCount * vocabularyTokens * SCORE_BYTES;
}
