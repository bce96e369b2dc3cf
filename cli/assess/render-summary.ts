import { formatBytes } from '@rerig/domain/quantity';
import { textTable } from '../text-table.ts';
import type { FarmReport } from './farm-report.ts';
import { counted, type Page } from './page.ts';
import { verdictSums, verdictWords } from './verdict-sums.ts';

/** The top of a report: what there is, what it does now, what it could, and by which prices. */
export function renderSummary(report: FarmReport, page: Page): readonly string[] {
  return [
    ...page.lines(whatThereIs(report)).map(page.colors.bold),
    ...page.lines(`grades ${gradesText(report)}`, 0, 7),
    '',
    ...moneyTable(report, page),
    '',
    ...verdictTable(report, page),
    '',
    ...page.lines(wholeText(report, page)),
    ...page.lines(hostsText(report, (usd) => page.money(usd))),
    ...page.lines(pricesText(report, page)).map(page.colors.dim),
  ];
}

/** `3 rigs, 14 cards, 119 GiB of VRAM, 1,991 W read of 14 cards`. */
export function whatThereIs({ valued, isExample }: FarmReport): string {
  const { rigCount, cardCount, vramBytes, powerWatts, powerReportingCardCount } = valued.assessed.totals;
  const parts = [
    counted(rigCount, 'rig'),
    counted(cardCount, 'card'),
    ...(vramBytes === 0 ? [] : [`${formatBytes(vramBytes)} of VRAM`]),
    ...(powerReportingCardCount === 0
      ? []
      : [`${Math.round(powerWatts).toLocaleString('en')} W read of ${counted(powerReportingCardCount, 'card')}`]),
  ];
  return `${isExample ? 'The example farm: ' : ''}${parts.join(', ')}`;
}

function gradesText({ valued }: FarmReport): string {
  const { ungraded, ...graded } = valued.assessed.totals.cardCountByGrade;
  const shown = Object.entries(graded).map(([grade, count]) => `${grade} ${count.toLocaleString('en')}`);
  return [...shown, ...(ungraded === 0 ? [] : [`not known ${ungraded.toLocaleString('en')}`])].join(' · ');
}

/** What each verdict comes to: the rows of the advice, which add up to it. */
function verdictTable({ lines }: FarmReport, page: Page): readonly string[] {
  const rows = verdictSums(lines).map(({ verdict, cardCount, netUsdPerDay, onceUsd, valueUsd }) => [
    verdict,
    cardCount.toLocaleString('en'),
    netUsdPerDay.mid === 0 ? '–' : page.signed(netUsdPerDay.mid),
    onceUsd.mid === 0 ? '–' : page.money(onceUsd.mid),
    valueUsd.mid === 0 ? '–' : page.money(valueUsd.mid),
    verdictWords[verdict],
  ]);
  const heads = ['verdict', 'cards', 'net a day', 'once', 'worth', ''];
  return textTable(
    heads.map((head, index) => ({ head, align: index === 0 || index === 5 ? 'left' : 'right' })),
    rows,
    page.tableStyle,
  );
}

function moneyTable({ valued: { totals }, present }: FarmReport, page: Page): readonly string[] {
  const { incomeUsdPerDay, costUsdPerDay, netUsdPerDay } = totals.all;
  const isKnown = present.miningCardCount + present.idleCardCount + present.busyCardCount > 0;
  const range = `${page.money(netUsdPerDay.low)} to ${page.money(netUsdPerDay.high)}`;
  return textTable(
    [
      { head: '' },
      { head: 'income a day', align: 'right' },
      { head: 'power a day', align: 'right' },
      { head: 'net a day', align: 'right' },
      { head: '' },
    ],
    [
      isKnown
        ? ['now, as read', ...nowAmounts(present, page), presentText(present)]
        : ['now', '–', '–', '–', 'nothing was read of what the cards do'],
      [
        page.colors.bold('as advised'),
        page.money(incomeUsdPerDay.mid),
        page.money(costUsdPerDay.mid),
        page.colors.bold(page.signed(netUsdPerDay.mid)),
        totals.all.cardCount === 0 ? '' : range,
      ],
    ],
    page.tableStyle,
  );
}

/** What comes in, what power takes, what is left: the last only where the income of nearly all cards is known. */
function nowAmounts(present: FarmReport['present'], page: Page): readonly string[] {
  const income = present.incomeUsdPerDay === 0 && !isIncomeKnown(present) ? '–' : page.money(present.incomeUsdPerDay);
  const net = isIncomeKnown(present) ? page.signed(present.netUsdPerDay) : '–';
  return [income, page.money(present.costUsdPerDay), net];
}

/** A sum of which more than a tenth of the cards are left out tells nothing of the farm. */
const MOST_LEFT_OUT_SHARE = 0.1;

/** Whether what comes in now is known of nearly all cards that do something. */
export function isIncomeKnown(present: FarmReport['present']): boolean {
  const { miningCardCount, unpricedCardCount, busyCardCount } = present;
  return unpricedCardCount + busyCardCount <= MOST_LEFT_OUT_SHARE * (miningCardCount + busyCardCount);
}

/** `12 of 14 cards mine, 2 idle`. */
function presentText({
  miningCardCount,
  unpricedCardCount,
  idleCardCount,
  busyCardCount,
  unreadCardCount,
}: FarmReport['present']): string {
  const [mining, idle, unpriced, busy, all] = [
    miningCardCount,
    idleCardCount,
    unpricedCardCount,
    busyCardCount,
    miningCardCount + idleCardCount + busyCardCount + unreadCardCount,
  ].map((count) => count.toLocaleString('en'));
  const parts = [
    ...(busy === all ? [] : [mining === all ? `all ${all} mine` : `${mining} of ${all} mine`]),
    ...(idleCardCount === 0 ? [] : [`${idle} idle`]),
    ...(unpricedCardCount === 0 ? [] : [`${unpriced} at what has no price here`]),
    ...(busyCardCount === 0 ? [] : [`${busy} at work that nothing tells`]),
  ];
  return parts.join(', ');
}

/** What it all comes to: days, sales, and what is left. */
function wholeText({ valued, onceUsd }: FarmReport, page: Page): string {
  const { low, mid, high } = valued.totals.all.valueUsd;
  const once = onceUsd === 0 ? '' : `${page.money(onceUsd)} once, `;
  const whole = `${page.money(mid)} (${page.money(low)} to ${page.money(high)})`;
  return `Worth ${whole} as advised, over ${valued.horizonDays} days: what each day nets, ${once}and what is left of the cards then.`;
}

/** Less than this a day is not worth a line. */
const LEAST_HOSTS_USD = 0.01;

/** What the totals leave out of the hosts' power; empty where that is next to nothing. */
export function hostsText({ hosts }: FarmReport, money: (usd: number) => string): string {
  const { rigCount, usdPerDay } = hosts;
  if (usdPerDay < LEAST_HOSTS_USD) return '';
  return `Not in it: ${money(usdPerDay)} a day for the host${rigCount === 1 ? '' : 's'} of ${counted(rigCount, 'rig')} of which only some cards run, if those are not put together.`;
}

function pricesText({ reckoning, present, figureCount, staleFigureCount }: FarmReport, page: Page): string {
  const { book, currency } = reckoning;
  const assumed = reckoning.settings.electricityUsdPerKwh === undefined ? ' (assumed; yours: --electricity)' : '';
  const electricity = `electricity ${page.perKwh(present.electricityUsdPerKwh)}${assumed}`;
  const stale =
    staleFigureCount === 0
      ? `all ${figureCount} figures are fresh`
      : `${staleFigureCount} of ${figureCount} figures are stale (*: older than 90 days)`;
  return `Prices gathered ${book.compiledOn}, shown in ${currency.code}, ${electricity}; ${stale}.`;
}
