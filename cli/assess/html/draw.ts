import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { html, type Markup, trusted } from './markup.ts';

use([BarChart, CustomChart, LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** A plot: what it shows, to see and to hear. */
export interface Plot {
  readonly title: string;
  /** For who cannot see it: what it shows and the figures that matter. */
  readonly alt: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly option: EChartsCoreOption;
}

/** Colours of the page, by which plots follow light and dark. */
export const ink = { text: 'var(--ink)', soft: 'var(--ink-soft)', line: 'var(--line)', strong: 'var(--line-strong)' };

/** Text of plots, as large as the page's small print where the page is as wide as it gets. */
export const textStyle = { fontFamily: 'inherit', fontSize: 12, color: ink.text } as const;

/** An axis in the page's colours. */
export const axisStyle = {
  axisLine: { lineStyle: { color: ink.strong } },
  axisTick: { show: false },
  axisLabel: { color: ink.soft, fontSize: 12 },
  splitLine: { lineStyle: { color: ink.line } },
  nameTextStyle: { color: ink.soft, fontSize: 12 },
} as const;

/** An amount on an axis, whose steps are round: `$15`. */
export function roundMoney(amount: string): string {
  return amount.replace(/\.00$/, '');
}

/** Draws a plot as an SVG that stands in the page: it scales with it, and names itself. */
export function drawn({ title, alt, widthPx, heightPx, option }: Plot): Markup {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widthPx, height: heightPx });
  chart.setOption({ animation: false, backgroundColor: 'transparent', textStyle, ...option });
  const svg = chart.renderToSVGString({ useViewBox: true });
  chart.dispose();
  return html`<div class="plot" style="max-width:${widthPx}px">${trusted(named(svg, title, alt))}</div>`;
}

/** ECharts' own marks for a page with its script go; a name and a description come. */
function named(svg: string, title: string, alt: string): string {
  const inner = svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/ (ecmeta_[a-z_]+|class)="[^"]*"/g, '')
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
    .replace(/ pointer-events="visible"/g, '');
  const viewBox = /viewBox="([^"]*)"/.exec(svg)?.[1] ?? '0 0 100 100';
  const label = html`role="img" aria-label="${title}: ${alt}"`.text;
  return `<svg viewBox="${viewBox}" xmlns="http://www.w3.org/2000/svg" ${label}>${inner}`;
}
