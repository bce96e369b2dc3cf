/** Role marks and separators that a chat template may add to one message, in tokens; ChatML adds about 6. */
const TEMPLATE_TOKENS_PER_MESSAGE = 32;

/**
 * The most tokens that a prompt can have, without a tokenizer: a token stands for at least one byte of UTF-8, and a
 * UTF-16 code unit is at most 3 bytes. Never above the context, past which the model server refuses the request.
 */
export function promptTokensMax(texts: readonly string[], contextTokens: number): number {
  const codeUnits = texts.reduce((sum, text) => sum + text.length, 0);
  return Math.min(contextTokens, codeUnits * 3 + (texts.length + 1) * TEMPLATE_TOKENS_PER_MESSAGE);
}
