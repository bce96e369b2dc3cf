import type { OptionKind, ValuedOption } from '@rerig/domain/economics';
import type { CardLine } from '../card-lines.ts';
import type { FarmReport } from '../farm-report.ts';
import { kindTitle } from '../option-text.ts';
import { axisStyle, drawn, ink, roundMoney } from './draw.ts';
import { html, type Markup } from './markup.ts';
import type { Wording } from './wording.ts';

/** What is drawn, in this order from top to bottom of a model. */
const kinds: readonly OptionKind[] = ['serve', 'rent', 'batch', 'mine', 'sell-now'];

const colors: Readonly<Partial<Record<OptionKind, string>>> = {
  serve: 'var(--serve)',
  rent: 'var(--rent)',
  batch: 'var(--batch)',
  mine: 'var(--mine)',
  'sell-now': 'var(--sell)',
};

/** Models beyond these make a plot that nobody reads; the tables have them all. */
const MOST_MODELS = 12;

const WIDTH_PX = 960;
/** Room for the figure of a line that ends at the edge. */
const LABEL_PX = 64;
const ROW_PX = 11;
const GAP_PX = 13;

interface ModelRow {
  readonly name: string;
  readonly cardCount: number;
  readonly options: readonly ValuedOption[];
  readonly best: OptionKind;
}

/** What each option brings one card of each model, a day over sleep, with its low and high. */
export function optionsPlot(report: FarmReport, { money, text }: Wording): Markup | undefined {
  const all = modelRows(report.lines);
  const rows = all.slice(0, MOST_MODELS);
  if (rows.length === 0) return undefined;
  const heightPx = rows.length * (kinds.length * ROW_PX + GAP_PX) + 50;
  const labels = rows.map(({ name, cardCount }) => `${text(name)}\n${cardCount} ${cardCount === 1 ? 'card' : 'cards'}`);
  const plot = drawn({
    title: 'Income by option',
    alt: rows.map((row) => rowWords(row, text, money)).join('; '),
    widthPx: WIDTH_PX,
    heightPx,
    option: {
      grid: { left: 150, right: LABEL_PX, top: 10, bottom: 40 },
      xAxis: {
        type: 'value',
        name: 'a day over sleep, one card',
        nameLocation: 'middle',
        nameGap: 26,
        ...axisStyle,
        axisLabel: { ...axisStyle.axisLabel, formatter: (amountUsd: number) => roundMoney(money(amountUsd)) },
      },
      yAxis: {
        type: 'category',
        data: labels,
        inverse: true,
        ...axisStyle,
        axisLabel: { ...axisStyle.axisLabel, color: ink.text, width: 140, overflow: 'truncate', lineHeight: 15 },
        splitLine: { show: true, lineStyle: { color: ink.line } },
      },
      series: [zeroLine(), ...kinds.map((kind, place) => whiskers(kind, place, rows, money))],
    },
  });
  const hidden = all.length - rows.length;
  return html`<figure>${plot}<figcaption>${legend()} A filled dot and its figure are the best option, a line is low to high (about 90 %).
    Of each model the case of most cards is shown${hidden > 0 ? `; ${hidden} more models are in the tables` : ''}.</figcaption></figure>`;
}

function modelRows(lines: readonly CardLine[]): readonly ModelRow[] {
  const byModel = Map.groupBy(lines, ({ modelName }) => modelName);
  return [...byModel].flatMap(([name, group]) => {
    const { best, options } = usualValuation(group) ?? {};
    return best == null || options === undefined ? [] : [{ name, cardCount: group.length, options, best: best.kind }];
  });
}

/** That of the most cards of a model: like cards share one. Of several as common, the one with the most options. */
function usualValuation(group: readonly CardLine[]): CardLine['valued']['valuation'] | undefined {
  const byValuation = [...Map.groupBy(group, ({ valued }) => valued.valuation)];
  const [usual] = byValuation.toSorted(
    ([one, ones], [other, others]) => others.length - ones.length || other.options.length - one.options.length,
  );
  return usual?.[0];
}

function rowWords({ name, options, best }: ModelRow, text: Wording['text'], money: Wording['money']): string {
  const shown = options.filter(({ kind }) => kinds.includes(kind));
  const words = shown.map(({ kind, gainUsdPerDay }) => `${kindTitle(kind)} ${money(gainUsdPerDay.mid)}`);
  return `${text(name)}, best ${kindTitle(best)}: ${words.join(', ')}`;
}

function legend(): readonly Markup[] {
  return kinds.map(
    (kind) => html`<span class="key"><i style="background:${colors[kind] ?? ''}"></i>${kindTitle(kind)}</span>`,
  );
}

function zeroLine() {
  return {
    type: 'line',
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      label: { show: false },
      lineStyle: { color: ink.strong, type: 'solid', width: 1 },
      data: [{ xAxis: 0 }],
    },
  };
}

/** One option of all models: a line from low to high and a dot at the middle, each at its place within its model's band. */
function whiskers(kind: OptionKind, place: number, rows: readonly ModelRow[], money: Wording['money']) {
  const data = rows.flatMap(({ options, best }, index) => {
    const option = options.find((each) => each.kind === kind);
    if (option === undefined) return [];
    const { low, mid, high } = option.gainUsdPerDay;
    return [[mid, index, low, high, best === kind ? 1 : 0]];
  });
  const color = colors[kind] ?? ink.text;
  const offsetPx = (place - (kinds.length - 1) / 2) * ROW_PX;
  return {
    type: 'custom',
    data,
    encode: { x: [0, 2, 3], y: 1 },
    renderItem: (_: unknown, api: WhiskerSource) => whisker(api, color, offsetPx, money),
  };
}

/** What ECharts gives a custom series to draw by. */
interface WhiskerSource {
  value(dimension: number): number;
  coord(point: readonly number[]): readonly number[];
}

function whisker(api: WhiskerSource, color: string, offsetPx: number, money: Wording['money']) {
  const [mid, row, low, high, isBest] = [0, 1, 2, 3, 4].map((dimension) => api.value(dimension));
  const at = (amount: number | undefined) => api.coord([amount ?? 0, row ?? 0]);
  const [[left = 0], [x = 0, centre = 0], [right = 0]] = [at(low), at(mid), at(high)];
  const y = centre + offsetPx;
  const label = {
    type: 'text',
    style: {
      text: money(mid ?? 0),
      x: Math.max(x, right) + 8,
      y,
      fill: ink.text,
      fontSize: 12,
      verticalAlign: 'middle',
    },
  };
  return {
    type: 'group',
    children: [
      { type: 'line', shape: { x1: left, y1: y, x2: right, y2: y }, style: { stroke: color, lineWidth: 1.5 } },
      ...[left, right].map((end) => ({
        type: 'line',
        shape: { x1: end, y1: y - 3, x2: end, y2: y + 3 },
        style: { stroke: color, lineWidth: 1.5 },
      })),
      {
        type: 'circle',
        shape: { cx: x, cy: y, r: isBest === 1 ? 5 : 3.5 },
        style: { fill: isBest === 1 ? color : 'var(--surface)', stroke: color, lineWidth: 1.5 },
      },
      ...(isBest === 1 ? [label] : []),
    ],
  };
}
