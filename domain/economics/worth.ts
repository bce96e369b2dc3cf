import type { OptionKind, Valuation } from './valued.ts';

/** What puts a card to AI work. */
export const AI_KINDS: ReadonlySet<OptionKind> = new Set(['serve', 'rent', 'batch']);

/** What a card's best option is worth over the horizon, in US dollars; 0 where its verdict is withheld. */
export function bestUsd({ best }: Valuation): number {
  return best?.valueUsd.mid ?? 0;
}

/** What the best option outside some kinds is worth over the horizon; undefined where there is none. */
export function bestUsdWithout({ options }: Valuation, without: ReadonlySet<OptionKind>): number | undefined {
  return options.find(({ kind }) => !without.has(kind))?.valueUsd.mid;
}

const REPAIR: ReadonlySet<OptionKind> = new Set(['repair']);

/** What a card is worth as it is, no mend of it reckoned in. */
export function unmendedUsd(valuation: Valuation): number {
  return bestUsdWithout(valuation, REPAIR) ?? 0;
}

/** How a card is called, for a person: its model, else its name as its tools print it. */
export function callOf(modelNames: readonly string[], name: string | undefined): string {
  return modelNames.length === 1 ? (modelNames[0] ?? 'card') : (name ?? 'unknown card');
}
