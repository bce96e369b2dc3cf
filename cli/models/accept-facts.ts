import { fitOf } from '@rerig/models/fit';
import type { ModelFacts } from '@rerig/models/gguf';
import { type ModelFault, modelFault } from '@rerig/models/model-store';
import { wrap } from '../terminal.ts';
import { type FarmWish, farmOf } from './farm-of.ts';
import { factsText, fitLines } from './model-text.ts';

/** Says which cards it fits, and refuses what fits none before the rest is fetched. */
export async function acceptFacts(
  facts: ModelFacts,
  bytes: number,
  wish: FarmWish & { readonly isAnyway: boolean },
  note: (text: string) => void,
): Promise<ModelFault | undefined> {
  if (facts.kind === 'adapter') return undefined;
  const fit = fitOf(facts, await farmOf(wish));
  const lines = fitLines(fit);
  for (const text of lines.slice(0, FIT_LINES_MAX)) note(wrap(text, 76).join('\n    '));
  if (lines.length > FIT_LINES_MAX) note(`… and ${lines.length - FIT_LINES_MAX} more kinds of cards`);
  if (fit.isFitting || wish.isAnyway || fit.cards.length === 0) return undefined;
  return fitsNone(factsText(facts, bytes), fit.contextTokenCount);
}

const FIT_LINES_MAX = 8;

function fitsNone(model: string, contextTokenCount: number): ModelFault {
  return modelFault('fits_no_card', {
    what: `The model fits none of the cards: ${model}.`,
    why: `Weights, a cache of ${contextTokenCount} tokens and the buffers take more than any has, alone or with the others of its rig.`,
    mend: 'Take a smaller quantisation, name another farm with --inventory, or add it all the same with --anyway.',
  });
}
