import type { Assumption, Interval, ValuedOption } from '@rerig/domain/economics';
import type { Evidence, Finding, WorkloadFit } from '@rerig/domain/grading';
import { formatBytes } from '@rerig/domain/quantity';
import { asArgument } from '../printable.ts';
import { textTable } from '../text-table.ts';
import { evidenceText, type Fact, gradeText, identityFacts, readingFacts, routeFacts } from './card-facts.ts';
import { type CardLine, howText, verdictOf } from './card-lines.ts';
import type { FarmReport } from './farm-report.ts';
import { alikeCards } from './find-cards.ts';
import { breakEvenText, kindTitle } from './option-text.ts';
import { counted, Page, type PageOptions } from './page.ts';
import { withRouteTitles } from './route-text.ts';
import { unpricedText } from './unpriced-findings.ts';

const FACT_COLUMNS = 10;

/**
 * Everything of the cards that somebody asked for: of one, or of several that are alike in all that is said; else the
 * list of those that differ, to choose from. Ends in a new line.
 */
export function renderExplanation(report: FarmReport, found: readonly CardLine[], options: PageOptions): string {
  const page = new Page(options, report.reckoning.currency);
  const groups = alikeCards(found);
  const [first, ...others] = groups;
  if (first === undefined) return '';
  const lines = others.length === 0 ? explanation(report, first, page) : choice(groups, page);
  return `${lines.join('\n')}\n`;
}

const MOST_IDS = 8;

/** An id that is longer has a line of its own. */
const LONGEST_ID = 24;

function choice(groups: readonly (readonly CardLine[])[], page: Page): readonly string[] {
  const firsts = groups.flatMap(([line]) => line ?? []);
  const ids = firsts.map(({ valued }) => page.text(valued.assessed.card.cardId));
  const idColumns = Math.min(LONGEST_ID, Math.max(...ids.map((id) => id.length)));
  const cardCount = groups.reduce((sum, lines) => sum + lines.length, 0);
  return [
    page.colors.bold(`${counted(cardCount, 'card')} of ${counted(groups.length, 'kind')}; name one of them:`),
    ...groups.flatMap((lines, index) => page.listed(ids[index] ?? '', choiceText(lines, page), idColumns)),
    '',
    ...page.lines(`For instance --explain ${asArgument(ids[0] ?? '')}`).map(page.colors.dim),
  ];
}

function choiceText(lines: readonly CardLine[], page: Page): string {
  const [line] = lines;
  if (line === undefined) return '';
  const { best } = line.valued.valuation;
  const more = lines.length === 1 ? '' : ` and ${lines.length - 1} alike`;
  const what = best === null ? '' : ` ${howText(best)}, ${page.money(best.gainUsdPerDay.mid)} a day`;
  return `${line.modelName}${more}: ${verdictOf(line.valued)}${what}`;
}

function explanation(report: FarmReport, alike: readonly CardLine[], page: Page): readonly string[] {
  const [line] = alike;
  const rig = report.valued.assessed.rigs.find((each) => each.rig.rigId === line?.rigId);
  if (line === undefined || rig === undefined) return [];
  const { assessed, valuation } = line.valued;
  const { breakEvens, refused, options } = valuation;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['What it is', facts([...identityFacts(assessed, rig.rig), ...readingFacts(assessed)], page)],
    ['What drives it', facts(routeFacts(assessed), page)],
    ['What fits and how fast', fitLines(assessed.fits, page)],
    ['What limits it', findingLines([...assessed.findings, ...rig.findings], page)],
    [`Options over ${report.valued.horizonDays} days`, optionLines(options, page)],
    [
      'Where the verdict turns',
      breakEvens.flatMap((each) =>
        bullet(
          breakEvenText(each, (usd) => page.perKwh(usd)),
          page,
        ),
      ),
    ],
    ['What it can not do', refused.flatMap(({ kind, why, mend }) => refusedLines(kindTitle(kind), why, mend, page))],
    ['What the money rests on', assumptionLines(assumptionsOf(options), page)],
  ];
  return [
    ...titleLines(alike, line, page),
    ...page.lines(`Grade ${gradeText(assessed)}`),
    ...verdictLines(line, page),
    ...sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : ['', page.heading(title), ...lines])),
  ];
}

function titleLines(alike: readonly CardLine[], line: CardLine, page: Page): readonly string[] {
  const ids = alike.map(({ valued }) => valued.assessed.card.cardId);
  const others = ids.slice(1, 1 + MOST_IDS).join(', ');
  const more = ids.length - 1 - MOST_IDS;
  return [
    ...page.lines(`${line.modelName}, ${ids[0]}`).map(page.colors.bold),
    ...(others === '' ? [] : page.lines(`The same holds for ${others}${more > 0 ? ` and ${more} more` : ''}.`)),
  ];
}

function verdictLines({ valued }: CardLine, page: Page): readonly string[] {
  const { reason, confidence, confidenceWhy, best } = valued.valuation;
  const verdict = verdictOf(valued);
  const kind = best === null || kindTitle(best.kind) === verdict ? '' : `${kindTitle(best.kind)}, `;
  const what = best === null ? '' : `: ${kind}${withRouteTitles(best.what)}`;
  const sure = verdict === 'withheld' ? '' : `Confidence ${confidence}: ${confidenceWhy}`;
  return [
    ...page.lines(`Verdict ${verdict}${what}`).map(page.colors.bold),
    ...page.lines(withRouteTitles(reason), 2),
    ...(sure === '' ? [] : page.lines(sure, 2)),
    ...(best === null ? [] : page.lines(unpricedText(valued.assessed) ?? '', 2)),
  ];
}

function facts(list: readonly Fact[], page: Page): readonly string[] {
  return list.flatMap(([term, text]) => page.listed(term, text, FACT_COLUMNS, page.colors.dim));
}

/** In the width of a table; in full below it. */
const shortEvidence: Readonly<Record<Evidence, string>> = {
  'measured-card': 'this card',
  'measured-model': 'its model',
  predicted: 'predicted',
};

function fitLines(fits: readonly WorkloadFit[], page: Page): readonly string[] {
  const fitting = fits.filter(({ isFitting }) => isFitting);
  const left = fits.filter(({ isFitting }) => !isFitting).map(({ workload }) => workload.name);
  const rows = fitting.map(({ workload, needs, speed }) => [
    `  ${workload.name}`,
    formatBytes(needs.totalBytes),
    ...(speed === undefined
      ? ['–', '–', '']
      : [
          speedText(speed.generateTokensPerSecond),
          speedText(speed.promptTokensPerSecond),
          shortEvidence[speed.evidence],
        ]),
  ]);
  const heads = ['  workload', 'VRAM', 'tokens/s', 'prompt tokens/s', 'evidence'];
  const table = textTable(
    heads.map((head, index) => ({ head, align: index === 0 || index === 4 ? 'left' : 'right' })),
    rows,
    page.tableStyle,
  );
  const whys = new Map(fitting.flatMap(({ speed }) => (speed === undefined ? [] : [[speed.evidence, speed.why]])));
  return [
    ...(rows.length === 0 ? [] : table),
    ...[...whys].flatMap(([evidence, why]) => page.lines(`${evidenceText(evidence)}: ${why}`, 2, 2)),
    ...(left.length === 0 ? [] : page.lines(`does not fit: ${left.join(', ')}`, 2, 2)),
  ];
}

/** `92 (60–140)`: the middle, and a 90 % interval. */
export function speedText({ low, mid, high }: Interval): string {
  const text = (value: number) =>
    value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));
  return `${text(mid)} (${text(low)}–${text(high)})`;
}

function findingLines(findings: readonly Finding[], page: Page): readonly string[] {
  return findings.flatMap(({ code, severity, what, why, mend, unlocks, mendCost }) => {
    const cost = mendCost.highUsd === 0 ? '' : `${page.money(mendCost.lowUsd)} to ${page.money(mendCost.highUsd)} and `;
    const time = mendCost.labourMinutes === 0 ? '' : ` (${cost}${mendCost.labourMinutes} minutes)`;
    return [
      ...page.lines(`${severity} ${code}`, 2).map(page.severity(severity)),
      ...page.lines(`${what} ${why}`, 4),
      ...page.lines(`→ ${mend}${time}`, 4, 2),
      ...(unlocks === undefined ? [] : page.lines(`+ ${unlocks}`, 4, 2)),
    ];
  });
}

function optionLines(options: readonly ValuedOption[], page: Page): readonly string[] {
  const rows = options.map(({ kind, incomeUsdPerDay, costUsdPerDay, netUsdPerDay, onceUsd, valueUsd }) => [
    `  ${kindTitle(kind)}`,
    dash(incomeUsdPerDay, page),
    dash(costUsdPerDay, page),
    dash(netUsdPerDay, page),
    dash(onceUsd, page),
    page.money(valueUsd.mid),
    `${page.money(valueUsd.low)} to ${page.money(valueUsd.high)}`,
  ]);
  const heads = ['  option', 'income', 'power', 'net a day', 'once', 'worth', 'low to high'];
  const table = textTable(
    heads.map((head, index) => ({ head, align: index === 0 ? 'left' : 'right' })),
    rows,
    page.tableStyle,
  );
  const whats = options.flatMap(({ kind, what, powerWatts, utilisationPercent }) => {
    const share = utilisationPercent === undefined ? '' : `, in ${utilisationPercent} % of its hours`;
    const power = powerWatts === 0 ? '' : `, ${powerWatts.toLocaleString('en')} W from the wall`;
    return page.listed(kindTitle(kind), `${withRouteTitles(what)}${share}${power}`, FACT_COLUMNS, page.colors.dim);
  });
  return rows.length === 0 ? [] : [...table, '', ...whats];
}

function dash({ mid }: Interval, page: Page): string {
  return mid === 0 ? '–' : page.signed(mid);
}

function bullet(sentence: string, page: Page): readonly string[] {
  return page.lines(`· ${sentence}`, 2, 2);
}

function refusedLines(kind: string, why: string, mend: string | undefined, page: Page): readonly string[] {
  return page.listed(kind, mend === undefined ? why : `${why} → ${mend}`, FACT_COLUMNS, page.colors.dim);
}

/** Every figure of some options, once. */
export function assumptionsOf(options: readonly ValuedOption[]): readonly Assumption[] {
  const all = options.flatMap(({ assumptions }) => assumptions);
  return [...new Map(all.map((assumption) => [assumption.figureId, assumption])).values()];
}

function assumptionLines(assumptions: readonly Assumption[], page: Page): readonly string[] {
  return assumptions.flatMap(
    ({ figureId, name, value, low, high, unit, date, ageDays, isStale, venue, confidence, source, note }) => {
      const range = low === high ? figure(value) : `${figure(value)} (${figure(low)}–${figure(high)})`;
      const age = isStale ? page.colors.yellow(`stale, ${ageDays} days`) : `${ageDays} days`;
      return [
        ...page.lines(`${figureId.startsWith('fee/') ? `fee, ${name}` : name}: ${range} ${unit}`, 2, 2),
        `    ${page.colors.dim(`${page.text(date)}, `)}${age}${page.colors.dim(`; ${page.text(venue)}; ${confidence}`)}`,
        ...page.lines(`${source}${note === undefined ? '' : ` (${note})`}`, 4).map(page.colors.dim),
      ];
    },
  );
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
