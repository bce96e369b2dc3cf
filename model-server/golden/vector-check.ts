import { isFault } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from '../faults.ts';
import type { Embedder } from '../llama/embedder.ts';

const TEXTS = ['The same text must have the same vector.', 'Another text has another one.'];
const TEXT_TOKENS_MAX = 16;
/** Largest difference of a number of two vectors of length 1 that are to be the same: kernels add in another order. */
const DIFFERENCE_MAX = 0.02;

/** Computes a text alone and beside another one. Refuses a machine whose vectors are not finite or not the same. */
export async function checkVectors(embedder: Embedder): Promise<ServeFault | undefined> {
  const inputs = await Promise.all(TEXTS.map((text) => embedder.vocabulary.tokenize(text)));
  const [first, second] = inputs.map((tokens) => tokens.slice(0, TEXT_TOKENS_MAX));
  if (first === undefined || second === undefined) return undefined;
  const alone = await embedder.embed(first);
  if (isFault(alone)) return alone;
  const [beside, other] = await Promise.all([embedder.embed(first), embedder.embed(second)]);
  if (isFault(beside)) return beside;
  if (isFault(other)) return other;
  const difference = alone.reduce((most, value, index) => Math.max(most, Math.abs(value - (beside[index] ?? 0))), 0);
  if (difference <= DIFFERENCE_MAX) return undefined;
  return serveFault('golden_check_failed', {
    what: 'The golden check failed: this machine does not compute the model reliably.',
    why: `A text's vector alone and beside another text differ by ${difference.toFixed(3)}; at most ${DIFFERENCE_MAX} is accepted.`,
    mend: "Check the card with rerig burn-in, the model file's SHA-256, and then the driver's version.",
  });
}
