import type { FarmReport } from '../farm-report.ts';
import { mendGroups, paybackText } from '../finding-groups.ts';
import { counted } from '../page.ts';
import { html, type Markup } from './markup.ts';
import { htmlTable } from './table.ts';
import { verdictMark } from './verdict-mark.ts';
import type { Wording } from './wording.ts';

/** More lines than these of one kind are not what is done first: the JSON has them all. */
const MOST_LINES = 15;

/** What to do first: conversions, mends by when they have paid for themselves, moves. */
export function planSection(report: FarmReport, wording: Wording): Markup {
  const { conversions: all, moves: exchanges } = report.valued;
  const hiddenCount = Math.max(0, all.length - MOST_LINES) + Math.max(0, exchanges.length - MOST_LINES);
  const parts = [conversions(report, wording), mends(report, wording), moves(report, wording)];
  const isEmpty = parts.every((part) => part === undefined);
  return html`<section><h2 id="first">Do first</h2>
${isEmpty ? html`<p>Nothing stands out: no card earns more by AI work, and no mend pays back.</p>` : parts}
${hiddenCount === 0 ? undefined : html`<p class="soft">${counted(hiddenCount, 'line')} more, each of less: rerig assess --all.</p>`}</section>`;
}

function rigNames({ valued }: FarmReport, text: Wording['text']): (rigIds: readonly string[]) => string {
  const names = new Map(valued.rigs.map(({ assessed: { rig } }) => [rig.rigId, text(rig.name)]));
  return (rigIds) => {
    const shown = rigIds.slice(0, 6).map((rigId) => names.get(rigId) ?? rigId);
    return rigIds.length > shown.length
      ? `${shown.join(', ')} and ${rigIds.length - shown.length} more`
      : shown.join(', ');
  };
}

function conversions(report: FarmReport, { money, text }: Wording): Markup | undefined {
  const rigs = rigNames(report, text);
  return htmlTable(
    'Convert to AI work, the most gained a card first (over its best option that is no AI work)',
    [
      { head: 'Card model' },
      { head: 'Cards', isFigure: true },
      { head: 'To' },
      { head: 'What' },
      { head: 'Where' },
      { head: 'A card, a day', isFigure: true },
      { head: 'All, a day', isFigure: true },
    ],
    report.valued.conversions
      .slice(0, MOST_LINES)
      .map(({ modelName, cardIds, verdict, what, rigIds, gainUsdPerDayPerCard, gainUsdPerDay }) => [
        text(modelName),
        cardIds.length.toLocaleString('en'),
        verdictMark(verdict),
        text(what),
        rigs(rigIds),
        money(gainUsdPerDayPerCard),
        money(gainUsdPerDay),
      ]),
  );
}

function mends(report: FarmReport, { money, text }: Wording): Markup | undefined {
  const rigs = rigNames(report, text);
  return htmlTable(
    'Mends, those that pay back first (parts; a person’s time is not in it)',
    [
      { head: 'Mend' },
      { head: 'Where' },
      { head: 'Parts', isFigure: true },
      { head: 'Brings', isFigure: true },
      { head: 'By' },
      { head: 'Pays back', isFigure: true },
    ],
    mendGroups(report.valued)
      .slice(0, MOST_LINES)
      .map((group) => [
        text(group.mend),
        rigs(group.rigIds),
        group.costHighUsd === 0 ? 'none' : `${money(group.costLowUsd)} to ${money(group.costHighUsd)}`,
        group.gainUsdOnce === 0 ? `${money(group.gainUsdPerDay)} a day` : `${money(group.gainUsdOnce)} once`,
        html`<span class="nowrap">${counted(group.unlockedCardCount, 'card')}</span>`,
        paybackText(group),
      ]),
  );
}

function moves({ valued }: FarmReport, { money, text }: Wording): Markup | undefined {
  return htmlTable(
    'Cards to exchange between rigs',
    [{ head: 'Move' }, { head: 'Why' }, { head: 'More a day', isFigure: true }],
    valued.moves
      .slice(0, MOST_LINES)
      .map(({ what, why, gainUsdPerDay }) => [text(what), text(why), money(gainUsdPerDay)]),
  );
}
