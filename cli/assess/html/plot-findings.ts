import { shortened } from '../../printable.ts';
import type { FarmReport } from '../farm-report.ts';
import { type FindingGroup, findingGroups } from '../finding-groups.ts';
import { counted } from '../page.ts';
import { gainWords } from '../render-findings.ts';
import { axisStyle, drawn, ink } from './draw.ts';
import { html, type Markup } from './markup.ts';
import type { Wording } from './wording.ts';

const MOST_FINDINGS = 14;
const WIDTH_PX = 960;
const ROW_PX = 26;

/** Characters that fit beside a bar. */
const LONGEST_WORDS = 62;

/** What is found on how many cards, and what mending it brings a day: as far as it can be put in money. */
export function findingsPlot(report: FarmReport, wording: Wording): Markup | undefined {
  const groups = findingGroups(report.valued)
    .filter(({ severity, gainUsdPerDay }) => severity !== 'info' || gainUsdPerDay > 0)
    .slice(0, MOST_FINDINGS);
  if (groups.length === 0) return undefined;
  const plot = drawn({
    title: 'What unlocks what',
    alt: groups.map((group) => groupWords(group, wording)).join('; '),
    widthPx: WIDTH_PX,
    heightPx: groups.length * ROW_PX + 66,
    option: {
      grid: [
        { left: 250, width: 190, top: 34, bottom: 20 },
        { left: 520, right: 20, top: 34, bottom: 20 },
      ],
      xAxis: [countAxis(0, 'cards that have it'), moneyAxis(groups)],
      yAxis: [findingAxis(groups, wording), { ...findingAxis(groups, wording), gridIndex: 1, show: false }],
      series: [cardBars(groups), moneyBars(groups, wording)],
    },
  });
  return html`<figure>${plot}<figcaption>${severityKeys()} Where no money stands, the mend
    brings what it says, which this reckoning does not price; what to do is under Findings.</figcaption></figure>`;
}

function groupWords(group: FindingGroup, { money }: Wording): string {
  const { title, cardCount } = group;
  const words = gainWords(group, money);
  const gain = words === '' ? '' : `, mended ${words}`;
  return `${title}: ${counted(cardCount, 'card')}${gain}`;
}

function severityKeys(): Markup {
  return html`<span class="key"><i style="background:var(--blocking)"></i>nothing runs until mended</span>
    <span class="key"><i style="background:var(--warning-bar)"></i>costs speed, money or hardware</span>
    <span class="key"><i style="background:var(--serve)"></i>a day more, once mended</span>`;
}

function countAxis(gridIndex: number, name: string) {
  return {
    type: 'value',
    gridIndex,
    position: 'top',
    name,
    nameLocation: 'start',
    minInterval: 1,
    ...axisStyle,
    axisLabel: { show: false },
    splitLine: { show: false },
    nameTextStyle: { color: ink.soft, fontSize: 12, align: 'left', verticalAlign: 'bottom', padding: [0, 0, 4, 0] },
  };
}

/** The longest bar leaves room for its words. */
const BAR_SHARE = 0.3;

function moneyAxis(groups: readonly FindingGroup[]) {
  const mostUsd = Math.max(0.01, ...groups.map(({ gainUsdPerDay }) => gainUsdPerDay));
  return { ...countAxis(1, 'what the mend unlocks'), minInterval: 0, min: 0, max: mostUsd / BAR_SHARE };
}

function findingAxis(groups: readonly FindingGroup[], { text }: Wording) {
  return {
    type: 'category',
    inverse: true,
    data: groups.map(({ title }) => text(title)),
    ...axisStyle,
    axisLabel: { color: ink.text, fontSize: 12, width: 236, overflow: 'truncate' },
    axisLine: { show: false },
  };
}

function cardBars(groups: readonly FindingGroup[]) {
  return {
    type: 'bar',
    barWidth: 14,
    label: { show: true, position: 'right', color: ink.text },
    data: groups.map(({ cardCount, severity }) => ({
      value: cardCount,
      itemStyle: { color: severity === 'blocking' ? 'var(--blocking)' : 'var(--warning-bar)' },
    })),
  };
}

function moneyBars(groups: readonly FindingGroup[], wording: Wording) {
  return {
    type: 'bar',
    xAxisIndex: 1,
    yAxisIndex: 1,
    barWidth: 14,
    itemStyle: { color: 'var(--serve)' },
    label: {
      show: true,
      position: 'right',
      formatter: ({ dataIndex }: { readonly dataIndex: number }) => unlockedText(groups[dataIndex], wording),
    },
    data: groups.map(({ gainUsdPerDay }) => ({
      value: gainUsdPerDay,
      label: { color: gainUsdPerDay > 0 ? ink.text : ink.soft },
    })),
  };
}

/** What stands beside a bar: the money, else what the mend brings in words. */
function unlockedText(group: FindingGroup | undefined, { money, text }: Wording): string {
  if (group === undefined) return '';
  const { gainUsdPerDay, gainUsdOnce, unlockedCardCount, costUsd, example } = group;
  if (gainUsdPerDay + gainUsdOnce === 0) return shortened(text(example.unlocks ?? ''), LONGEST_WORDS);
  return `${gainWords(group, money)} by ${counted(unlockedCardCount, 'card')}, ${costUsd === 0 ? 'no parts' : `for ${money(costUsd)} in parts`}`;
}
