import type { Interval } from '@rerig/domain/economics';
import { type CardGroup, cardGroups } from '../card-groups.ts';
import { type CardLine, howText, isStaleOption, verdictOf } from '../card-lines.ts';
import type { FarmReport } from '../farm-report.ts';
import { type Content, html, type Markup } from './markup.ts';
import { gradeColor } from './plot-grades.ts';
import { type HtmlColumn, htmlTable } from './table.ts';
import { verdictMark } from './verdict-mark.ts';
import type { Wording } from './wording.ts';

/** A page with more rows than these is slow to open and long to print: the CSV has every card. */
const MOST_CARDS = 3000;

/** The cards by model and verdict, and every card of each rig. */
export function cardsSection(report: FarmReport, wording: Wording): Markup {
  return html`<section><h2 id="cards">Cards</h2>
${groupsTable(report, wording)}
<h3>Every card</h3>
${everyCard(report, wording)}</section>`;
}

/** Where a group's reasons stand in the page. */
export function reasonsId(index: number): string {
  return `reasons-${index + 1}`;
}

const moneyColumns: readonly HtmlColumn[] = [
  { head: 'Net a day', isFigure: true },
  { head: 'Low to high', isFigure: true },
  { head: 'Once', isFigure: true },
  { head: 'Worth', isFigure: true },
];

function groupsTable({ lines }: FarmReport, wording: Wording): Markup | undefined {
  return htmlTable(
    'By model and verdict, the most gain first; each model leads to its reasons',
    [
      { head: 'Card model' },
      { head: 'Cards', isFigure: true },
      { head: 'Rigs', isFigure: true },
      { head: 'Grade' },
      { head: 'Verdict' },
      { head: 'How' },
      ...moneyColumns,
    ],
    cardGroups(lines).map((group, index) => groupRow(group, index, wording)),
  );
}

function groupRow(group: CardGroup, index: number, wording: Wording): readonly Content[] {
  const { lines, modelName, rigCount, grades, verdict, how, isUnsure, isStale } = group;
  return [
    html`<a href="#${reasonsId(index)}">${wording.text(modelName)}</a>`,
    lines.length.toLocaleString('en'),
    rigCount.toLocaleString('en'),
    grades.map(gradeMark),
    verdictMark(verdict, isUnsure),
    wording.text(how),
    ...moneyCells(group.netUsdPerDay, group.onceUsd, group.valueUsd, isStale, wording),
  ];
}

/** A grade as a mark with its letter. */
export function gradeMark(grade: CardGroup['grades'][number]): Markup {
  return html`<b class="grade" style="background:${gradeColor(grade)}">${grade ?? '?'}</b>`;
}

function moneyCells(
  net: Interval | undefined,
  once: Interval | undefined,
  value: Interval | undefined,
  isStale: boolean,
  { money }: Wording,
): readonly Content[] {
  const stale = isStale ? staleMark : undefined;
  const isRunning = net !== undefined && net.mid !== 0;
  return [
    isRunning ? html`<span${net.mid < 0 ? html` class="loss"` : undefined}>${money(net.mid)}</span>${stale}` : '–',
    isRunning ? html`<span class="soft">${money(net.low)} to ${money(net.high)}</span>` : '',
    once === undefined || once.mid === 0 ? '–' : html`${money(once.mid)}${isRunning ? undefined : stale}`,
    value === undefined || value.mid === 0 ? '–' : money(value.mid),
  ];
}

/** What rests on a figure that is older than 90 days. */
export const staleMark = html`<abbr class="stale" title="rests on a figure older than 90 days">*</abbr>`;

const cardColumns: readonly HtmlColumn[] = [
  { head: 'Card', widthPercent: 8 },
  { head: 'Model', widthPercent: 14 },
  { head: 'Grade', widthPercent: 5 },
  { head: 'Verdict', widthPercent: 8 },
  { head: 'How', widthPercent: 13 },
  ...[7, 12, 7, 7].map((widthPercent, index) => ({ ...(moneyColumns[index] ?? { head: '' }), widthPercent })),
  { head: 'Findings' },
];

function everyCard({ valued, lines }: FarmReport, wording: Wording): Content {
  if (lines.length > MOST_CARDS) {
    return html`<p>${lines.length.toLocaleString('en')} cards are too many for a page; “rerig assess --csv” lists every one.</p>`;
  }
  const byRig = Map.groupBy(lines, ({ rigId }) => rigId);
  return valued.rigs.map(({ assessed: { rig }, totals }) => {
    const name = wording.text(rig.name);
    const net = `${wording.money(totals.all.netUsdPerDay.mid)} a day`;
    const table = htmlTable(
      `${name}: ${rig.cards.length} ${rig.cards.length === 1 ? 'card' : 'cards'}, ${net} as advised`,
      cardColumns,
      (byRig.get(rig.rigId) ?? []).map((line) => lineRow(line, wording)),
    );
    return table ?? html`<p>${name} lists no card.</p>`;
  });
}

function lineRow(line: CardLine, wording: Wording): readonly Content[] {
  const { assessed, valuation } = line.valued;
  const { best, confidence } = valuation;
  return [
    wording.text(assessed.card.busId ?? assessed.card.cardId),
    wording.text(line.modelName),
    gradeMark(assessed.grade),
    verdictMark(verdictOf(line.valued), best !== null && confidence === 'low'),
    best === null ? '' : wording.text(howText(best)),
    ...moneyCells(best?.netUsdPerDay, best?.onceUsd, best?.valueUsd, best !== null && isStaleOption(best), wording),
    findingMarks(line),
  ];
}

function findingMarks({ valued }: CardLine): readonly Markup[] {
  const codes = new Map(valued.assessed.findings.map(({ code, severity }) => [code, severity]));
  return [...codes].map(([code, severity]) => html`<span class="finding ${severity}">${code}</span> `);
}
