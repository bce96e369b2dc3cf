import type { Verdict } from '@rerig/domain/economics';
import { html, type Markup } from './markup.ts';

/** The page's colour of a verdict. */
export function verdictColor(verdict: Verdict | 'withheld'): string {
  return `var(--${verdict})`;
}

/** A verdict as it stands in a table: its colour beside its word, for the word alone tells it. */
export function verdictMark(verdict: Verdict | 'withheld', isUnsure = false): Markup {
  const doubt = isUnsure ? html`<abbr title="the next best may well be as good">?</abbr>` : undefined;
  return html`<span class="verdict"><i style="background:${verdictColor(verdict)}"></i>${verdict}${doubt}</span>`;
}
