import type { FarmReport } from '../farm-report.ts';
import { counted } from '../page.ts';
import { hostsText, isIncomeKnown, whatThereIs } from '../render-summary.ts';
import { verdictSums, verdictWords } from '../verdict-sums.ts';
import { html, type Markup } from './markup.ts';
import { htmlTable } from './table.ts';
import { verdictColor, verdictMark } from './verdict-mark.ts';
import type { Wording } from './wording.ts';

/** The top of the page: what there is, what it earns now, what it could, and what each verdict comes to. */
export function glanceSection(report: FarmReport, wording: Wording): Markup {
  const { valued } = report;
  return html`<header>
${wordmark}
<h1>${report.isExample ? 'What the example farm is worth' : 'What this farm is worth'}</h1>
<p class="lead">${whatThereIs(report).replace(/^The example farm: /, '')}</p>
<p class="soft">Reckoned ${valued.today} over ${valued.horizonDays} days. ${pricesWords(report, wording)}</p>
</header>
<section aria-label="At a glance">
<div class="tiles">${tiles(report, wording)}</div>
${verdictBar(report)}
${verdictTable(report, wording)}
${hostsNote(report, wording)}
</section>`;
}

const wordmark = html`<svg class="wordmark" viewBox="0 0 98 30" role="img" aria-label="Rerig"><g fill="var(--ink-faint)"><rect x="1" y="4.5" width="17" height="4" rx="1.25"/><rect x="1" y="17.5" width="17" height="4" rx="1.25"/></g><rect x="1" y="11" width="17" height="4" rx="1.25" fill="var(--live)"/><g fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"><path d="M29 21V5h5.6a4.6 4.6 0 0 1 0 9.2H29M34.6 14.2 40 21"/><path d="M44.6 15.6h10.6a5.3 5.3 0 1 0-1.7 3.9"/><path d="M60.6 21V10.4M60.6 15.4c0-3.2 1.9-5 5-5"/><path d="M71 21V10.4"/><circle cx="82" cy="15.6" r="5.3"/><path d="M87.3 10.4v11.2a5.2 5.2 0 0 1-5.2 5.2h-3.4"/></g><circle cx="71" cy="5.2" r="1.7" fill="currentColor"/></svg>`;

function pricesWords({ reckoning, present, figureCount, staleFigureCount }: FarmReport, { perKwh }: Wording): string {
  const { book, currency, settings } = reckoning;
  const assumed = settings.electricityUsdPerKwh === undefined ? ', assumed' : '';
  const stale = staleFigureCount === 0 ? 'none' : String(staleFigureCount);
  return `Prices gathered ${book.compiledOn}, in ${currency.code}; electricity ${perKwh(present.electricityUsdPerKwh)}${assumed}; ${stale} of the ${figureCount} figures behind it are older than 90 days and marked stale.`;
}

function tiles({ valued, present, onceUsd, onceCardCount }: FarmReport, { money }: Wording): readonly Markup[] {
  const { netUsdPerDay, valueUsd } = valued.totals.all;
  const { miningCardCount, idleCardCount, busyCardCount } = present;
  const readCount = miningCardCount + idleCardCount + busyCardCount;
  const isDark = !isIncomeKnown(present);
  const now =
    readCount === 0
      ? tile('Now, a day', '–', 'nothing was read of what the cards do')
      : tile(
          'Now, a day',
          isDark ? '–' : money(present.netUsdPerDay),
          nowWords(present, money),
          !isDark && present.netUsdPerDay < 0,
        );
  return [
    now,
    tile(
      'As advised, a day',
      money(netUsdPerDay.mid),
      `${money(netUsdPerDay.low)} to ${money(netUsdPerDay.high)}, if all goes badly or well at once`,
      netUsdPerDay.mid < 0,
    ),
    tile('And once', money(onceUsd), `by ${counted(onceCardCount, 'card')} sold, mended or scrapped`),
    tile(
      `Over ${valued.horizonDays} days`,
      money(valueUsd.mid),
      `${money(valueUsd.low)} to ${money(valueUsd.high)}, with what is left of the cards then`,
    ),
  ];
}

function nowWords(
  {
    miningCardCount,
    idleCardCount,
    busyCardCount,
    unreadCardCount,
    unpricedCardCount,
    costUsdPerDay,
  }: FarmReport['present'],
  money: Wording['money'],
): string {
  const unknown = unreadCardCount === 0 ? '' : `, ${unreadCardCount} not read`;
  const unpriced = unpricedCardCount === 0 ? '' : `, ${unpricedCardCount} at what has no price`;
  const busy = busyCardCount === 0 ? '' : `, ${busyCardCount} at work that nothing tells`;
  return `${miningCardCount} mine, ${idleCardCount} idle${unknown}${unpriced}${busy}; ${money(costUsdPerDay)} a day for electricity`;
}

function hostsNote(report: FarmReport, { money }: Wording): Markup | undefined {
  const words = hostsText(report, money);
  return words === '' ? undefined : html`<p class="soft">${words}</p>`;
}

function tile(title: string, figure: string, words: string, isLoss = false): Markup {
  return html`<div class="tile"><h2>${title}</h2><p class="figure${isLoss ? ' loss' : ''}">${figure}</p><p class="soft">${words}</p></div>`;
}

/** All cards in one bar, as long as each verdict has cards. */
function verdictBar({ lines }: FarmReport): Markup | undefined {
  const sums = verdictSums(lines);
  if (sums.length === 0) return undefined;
  const words = sums.map(({ verdict, cardCount }) => `${verdict} ${cardCount}`).join(', ');
  const parts = sums.map(
    ({ verdict, cardCount }) => html`<span style="flex:${cardCount};background:${verdictColor(verdict)}"></span>`,
  );
  return html`<div class="bar" role="img" aria-label="Cards by verdict: ${words}">${parts}</div>`;
}

function verdictTable({ lines }: FarmReport, { money }: Wording): Markup | undefined {
  const dash = (amountUsd: number) => (amountUsd === 0 ? '–' : money(amountUsd));
  return htmlTable(
    'What each verdict comes to',
    [
      { head: 'Verdict' },
      { head: 'Cards', isFigure: true },
      { head: 'Net a day', isFigure: true },
      { head: 'Once', isFigure: true },
      { head: 'Worth', isFigure: true },
      { head: 'That is' },
    ],
    verdictSums(lines).map(({ verdict, cardCount, netUsdPerDay, onceUsd, valueUsd }) => [
      verdictMark(verdict),
      cardCount.toLocaleString('en'),
      dash(netUsdPerDay.mid),
      dash(onceUsd.mid),
      dash(valueUsd.mid),
      verdictWords[verdict],
    ]),
  );
}
