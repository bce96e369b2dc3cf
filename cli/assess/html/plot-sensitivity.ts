import {
  electricitySensitivity,
  type SensitivityPoint,
  utilisationSensitivity,
  type Verdict,
  verdicts,
} from '@rerig/domain/economics';
import type { FarmReport } from '../farm-report.ts';
import { axisStyle, drawn, ink, roundMoney } from './draw.ts';
import { html, type Markup } from './markup.ts';
import { verdictColor } from './verdict-mark.ts';
import type { Wording } from './wording.ts';

const WIDTH_PX = 960;
const HEIGHT_PX = 400;

/** Points of each curve: each values the whole farm anew. */
const STEP_COUNT = 16;

/** The dearest price asked about, at least, in US dollars for a kilowatt-hour. */
const LEAST_TOP_USD_PER_KWH = 0.4;

/** How verdicts and money change with the price of electricity, and with how much work there is. */
export function sensitivityPlot({ valued, reckoning, present }: FarmReport, wording: Wording): Markup | undefined {
  const { assessed } = valued;
  if (valued.totals.all.cardCount === 0) return undefined;
  const { book, settings } = reckoning;
  const nowUsd = present.electricityUsdPerKwh;
  const topUsd = Math.max(LEAST_TOP_USD_PER_KWH, Math.ceil(nowUsd * 20) / 10);
  const steps = Array.from({ length: STEP_COUNT + 1 }, (_, index) => index / STEP_COUNT);
  const byPrice = electricitySensitivity(
    assessed,
    book,
    settings,
    steps.map((step) => step * topUsd),
  );
  const byWork = utilisationSensitivity(
    assessed,
    book,
    settings,
    steps.map((step) => step * 100),
  );
  const shown = verdicts.filter((verdict) =>
    [...byPrice, ...byWork].some(({ totals }) => totals.byVerdict[verdict].cardCount > 0),
  );
  const plot = drawn({
    title: 'Sensitivity',
    alt: `${pointWords(byPrice, (value) => `at ${wording.perKwh(value)}`, wording)}; ${pointWords(byWork, (value) => `with work for ${Math.round(value)} % of the day`, wording)}`,
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    option: {
      grid: grids(),
      xAxis: [0, 1, 2, 3].map((index) => valueAxis(index, topUsd, wording)),
      yAxis: [0, 1, 2, 3].map((index) => amountAxis(index, valued.totals.all.cardCount, wording)),
      series: [
        ...shown.flatMap((verdict) => [area(0, verdict, byPrice), area(1, verdict, byWork)]),
        nowLine(0, nowUsd),
        netLine(2, byPrice, nowUsd),
        netLine(3, byWork, undefined),
      ],
    },
  });
  const keys = shown.map(
    (verdict) => html`<span class="key"><i style="background:${verdictColor(verdict)}"></i>${verdict}</span>`,
  );
  return html`<figure>${plot}<figcaption>${keys} Above: how many cards have each verdict. Below: what all cards net a
    day if each does what is best there. Left: by the price of electricity, now ${wording.perKwh(nowUsd)} (dashed). Right: by how much of the day there is work to serve, rent and batch, all three alike.</figcaption></figure>`;
}

function pointWords(points: readonly SensitivityPoint[], at: (value: number) => string, { money }: Wording): string {
  const picked = points.filter((_, index) => index % 4 === 0);
  return picked.map(({ value, totals }) => `${at(value)} ${money(totals.all.netUsdPerDay.mid)} a day`).join(', ');
}

/** Verdicts above, money below; electricity left, work right. */
function grids() {
  const [left, right] = [
    { left: 56, width: 390 },
    { left: 540, width: 390 },
  ];
  const [above, below] = [
    { top: 16, height: 170 },
    { top: 216, height: 130 },
  ];
  return [
    { ...left, ...above },
    { ...right, ...above },
    { ...left, ...below },
    { ...right, ...below },
  ];
}

function valueAxis(index: number, topUsd: number, { money }: Wording) {
  const isPrice = index % 2 === 0;
  const isBelow = index >= 2;
  return {
    type: 'value',
    gridIndex: index,
    min: 0,
    max: isPrice ? topUsd : 100,
    name: isBelow ? (isPrice ? 'price of a kilowatt-hour' : 'work, in % of the day') : '',
    nameLocation: 'middle',
    nameGap: 26,
    ...axisStyle,
    axisLabel: {
      ...axisStyle.axisLabel,
      show: isBelow,
      formatter: (value: number) => (isPrice ? roundMoney(money(value)) : `${value} %`),
    },
    splitLine: { show: isBelow, lineStyle: { color: ink.line } },
  };
}

function amountAxis(index: number, cardCount: number, { money }: Wording) {
  const isCount = index < 2;
  return {
    type: 'value',
    gridIndex: index,
    ...(isCount ? { min: 0, max: cardCount, minInterval: 1 } : {}),
    splitNumber: isCount ? 4 : 3,
    ...axisStyle,
    axisLabel: {
      ...axisStyle.axisLabel,
      showMaxLabel: !isCount,
      formatter: (value: number) => (isCount ? value.toLocaleString('en') : roundMoney(money(value))),
    },
  };
}

function area(index: number, verdict: Verdict | 'withheld', points: readonly SensitivityPoint[]) {
  return {
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    stack: `verdicts ${index}`,
    step: 'middle',
    symbol: 'none',
    lineStyle: { width: 0 },
    areaStyle: { color: verdictColor(verdict), opacity: 0.9 },
    data: points.map(({ value, totals }) => [value, totals.byVerdict[verdict].cardCount]),
  };
}

function netLine(index: number, points: readonly SensitivityPoint[], nowValue: number | undefined) {
  return {
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    symbol: 'none',
    lineStyle: { color: 'var(--accent)', width: 2 },
    data: points.map(({ value, totals }) => [value, totals.all.netUsdPerDay.mid]),
    ...(nowValue === undefined ? {} : { markLine: dashedAt(nowValue) }),
  };
}

function nowLine(index: number, nowValue: number) {
  return { type: 'line', xAxisIndex: index, yAxisIndex: index, data: [], markLine: dashedAt(nowValue) };
}

function dashedAt(value: number) {
  return {
    silent: true,
    symbol: 'none',
    label: { show: false },
    lineStyle: { color: ink.text, type: 'dashed', width: 1.5 },
    data: [{ xAxis: value }],
  };
}
