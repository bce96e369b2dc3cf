import type { FarmReport } from '../farm-report.ts';
import { html, type Markup, trusted } from './markup.ts';
import { findingsPlot } from './plot-findings.ts';
import { gradesPlot } from './plot-grades.ts';
import { optionsPlot } from './plot-options.ts';
import { sensitivityPlot } from './plot-sensitivity.ts';
import { cardsSection } from './section-cards.ts';
import { faultsSection, figuresSection, findingsSection } from './section-figures.ts';
import { glanceSection } from './section-glance.ts';
import { planSection } from './section-plan.ts';
import { reasonsSection } from './section-reasons.ts';
import { style } from './style.ts';
import { wordingOf } from './wording.ts';

/**
 * A report as one page that stands by itself: its style and plots are in it, it has no script, and it asks nothing of
 * the network. It prints on A4, and follows light and dark.
 */
export function reportHtml(report: FarmReport): string {
  const wording = wordingOf(report.reckoning.currency);
  const title = `${report.isExample ? 'Example farm' : 'Farm'} report, ${report.valued.today}`;
  const page = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Rerig</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
${glanceSection(report, wording)}
${contents(report)}
${planSection(report, wording)}
${plotSection('options', 'What each option brings', optionsPlot(report, wording))}
${plotSection('grades', 'Grades', gradesPlot(report))}
${plotSection('unlocks', 'What unlocks what', findingsPlot(report, wording))}
${plotSection('sensitivity', 'What would change the verdicts', sensitivityPlot(report, wording))}
${cardsSection(report, wording)}
${findingsSection(report, wording)}
${reasonsSection(report, wording)}
${figuresSection(report, wording)}
${faultsSection(report, wording)}
</main>
<footer>${reading}</footer>
</body>
</html>
`;
  return `<!doctype html>\n<!-- Rerig report -->\n${page.text}`;
}

function plotSection(id: string, title: string, plot: Markup | undefined): Markup | undefined {
  return plot === undefined ? undefined : html`<section><h2 id="${id}">${title}</h2>${plot}</section>`;
}

function contents({ faults }: FarmReport): Markup {
  const links: readonly (readonly [string, string])[] = [
    ['first', 'Do first'],
    ['options', 'Options'],
    ['grades', 'Grades'],
    ['unlocks', 'Unlocks'],
    ['sensitivity', 'Sensitivity'],
    ['cards', 'Cards'],
    ['findings', 'Findings'],
    ['reasons', 'Reasons'],
    ['figures', 'Figures'],
    ...(faults.length === 0 ? [] : [['faults', 'Not read'] as const]),
  ];
  return html`<nav aria-label="Contents">${links.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>`;
}

const reading = html`<p>How to read it. A figure stands at its middle; low to high is about a 90 % interval, and sums add lows
to lows, as if all went badly at once. “Net a day” is income less electricity, cooling and the host’s share in it, as a mean
over the days compared. “Once” is what a sale or scrap leaves, or a mend costs. “Worth” is both over those days, with what the
card still fetches at their end. <b>?</b> the next best may well be as good. <b>*</b> a figure behind it is older than 90 days.
Grades and speeds are predicted from specifications but where it says measured.</p>`;
