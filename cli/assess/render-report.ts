import { asArgument } from '../printable.ts';
import type { FarmReport } from './farm-report.ts';
import { Page, type PageOptions } from './page.ts';
import { renderCards } from './render-cards.ts';
import { renderFindings } from './render-findings.ts';
import { renderPlan } from './render-plan.ts';
import { renderSummary } from './render-summary.ts';

/** What of a report is shown: all of each list, or what matters most. */
export interface RenderOptions extends PageOptions {
  readonly isAll: boolean;
}

/** Writes a report for a terminal: the sums, what to do first, cards by money, findings. Ends in a new line. */
export function renderReport(report: FarmReport, options: RenderOptions): string {
  const page = new Page(options, report.reckoning.currency);
  const parts = [
    renderSummary(report, page),
    renderPlan(report, page, options.isAll),
    renderCards(report, page, options.isAll),
    renderFindings(report, page, options.isAll),
    hint(report, page),
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}

function hint({ lines }: FarmReport, page: Page): readonly string[] {
  const cardId = lines[0]?.valued.assessed.card.cardId;
  if (cardId === undefined) return [];
  const asked = asArgument(cardId);
  return page.lines(`All of one card, every option with its reasons: --explain ${asked}`).map(page.colors.dim);
}
