import { formatBytes } from '@rerig/domain/quantity';
import type { CardFit, ModelFit } from '@rerig/models/fit';
import type { ModelFacts } from '@rerig/models/gguf';

/** `8.03B`, `568M`, `25.3k`; a dash where it is not known. */
export function parametersText(count: number | null): string {
  if (count === null) return '–';
  for (const [unit, letter] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (count >= unit) return `${Number((count / unit).toPrecision(3))}${letter}`;
  return String(count);
}

/** `llama, 8.03B parameters, Q4_K_M, 4.6 GiB, context 131072, chat template`. */
export function factsText(facts: ModelFacts, bytes: number): string {
  const parts = [
    facts.kind === 'adapter' ? `LoRA adapter for ${facts.architecture}` : facts.architecture,
    facts.parameterCount === null ? undefined : `${parametersText(facts.parameterCount)} parameters`,
    facts.quantization ?? undefined,
    formatBytes(bytes),
    facts.contextTokenCount === null ? undefined : `context ${facts.contextTokenCount}`,
    facts.hasChatTemplate ? 'chat template' : undefined,
    facts.pooling === null || facts.pooling === 'none' ? undefined : `embeddings (${facts.pooling} pooling)`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** In a few words: `2 of 6 cards`, `3 cards together`, `the processor`, `no card`. */
export function fitText(fit: ModelFit): string {
  const cards = fit.cards.filter(({ routeName }) => routeName !== 'cpu');
  const fittingCount = cards.filter(({ isFitting }) => isFitting).length;
  if (fittingCount > 0) return `${fittingCount} of ${cards.length} card${cards.length === 1 ? '' : 's'}`;
  if (fit.together !== null) return `${fit.together.cardCount} cards together`;
  if (fit.isFitting) return 'the processor';
  return fit.cards.length === 0 ? 'not known' : 'no card';
}

/** A sentence for each kind of card, the roomiest first: what it takes there, and what there is. */
export function fitLines(fit: ModelFit): readonly string[] {
  const kinds = new Map<string, { readonly card: CardFit; readonly cardCount: number }>();
  for (const card of fit.cards) {
    const key = `${card.cardName} ${card.routeName} ${card.usableBytes}`;
    kinds.set(key, { card, cardCount: (kinds.get(key)?.cardCount ?? 0) + 1 });
  }
  const lines = [...kinds.values()]
    .sort((one, other) => other.card.usableBytes - one.card.usableBytes)
    .map(({ card, cardCount }) => {
      const { cardName, routeName, usableBytes, neededBytes, isFitting } = card;
      const count = cardCount > 1 ? `${cardCount} × ` : '';
      return `${isFitting ? 'fits' : 'does not fit'} ${count}${cardName} (${routeName}): ${formatBytes(neededBytes)} of ${formatBytes(usableBytes)}`;
    });
  const { together } = fit;
  if (together !== null)
    lines.push(`fits ${together.cardCount} cards of ${together.rigName} together (${together.cardName} and on)`);
  if (fit.unknownCardCount > 0) lines.push(`${fit.unknownCardCount} cards of which too little is known`);
  return lines;
}
