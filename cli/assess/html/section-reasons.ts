import type { Interval, ValuedOption } from '@rerig/domain/economics';
import type { AssessedCard, Finding, WorkloadFit } from '@rerig/domain/grading';
import { formatBytes } from '@rerig/domain/quantity';
import { type Fact, gradeText, identityFacts, readingFacts, routeFacts } from '../card-facts.ts';
import { type CardGroup, cardGroups } from '../card-groups.ts';
import type { FarmReport } from '../farm-report.ts';
import { breakEvenText, kindTitle } from '../option-text.ts';
import { counted } from '../page.ts';
import { speedText } from '../render-explain.ts';
import { unpricedText } from '../unpriced-findings.ts';
import { type Content, html, type Markup } from './markup.ts';
import { reasonsId, staleMark } from './section-cards.ts';
import { htmlTable } from './table.ts';
import { verdictMark } from './verdict-mark.ts';
import type { Wording } from './wording.ts';

/** Groups beyond these are few cards of little money: `--explain` tells of them. */
const MOST_GROUPS = 80;

/** Why each group of cards has its verdict: options, break-evens, what is refused, what fits and how fast, findings. */
export function reasonsSection(report: FarmReport, wording: Wording): Markup {
  const groups = cardGroups(report.lines);
  const shown = groups.slice(0, MOST_GROUPS).map((group, index) => reasons(report, group, index, wording));
  const hidden = groups.length - MOST_GROUPS;
  return html`<section><h2 id="reasons">Reasons</h2>
<p class="soft">Of each group the card that stands first; “rerig assess --explain CARD” tells the same of any card.</p>
${shown}${hidden > 0 ? html`<p>${counted(hidden, 'group')} more: rerig assess --explain CARD.</p>` : undefined}</section>`;
}

function reasons(report: FarmReport, group: CardGroup, index: number, wording: Wording): Markup | undefined {
  const [line] = group.lines;
  const rig = report.valued.assessed.rigs.find((each) => each.rig.rigId === line?.rigId);
  if (line === undefined || rig === undefined) return undefined;
  const { assessed, valuation } = line.valued;
  const { text, perKwh } = wording;
  const sure = valuation.verdict === null ? '' : `Confidence ${valuation.confidence}: ${valuation.confidenceWhy}`;
  const breakEvens = valuation.breakEvens.map((each) => html`<li>${text(breakEvenText(each, perKwh))}</li>`);
  return html`<details id="${reasonsId(index)}"${index === 0 ? html` open` : undefined}><summary><h3>${text(group.modelName)}</h3> ${verdictMark(group.verdict, group.isUnsure)} <span class="soft">${counted(group.lines.length, 'card')}, first ${text(assessed.card.cardId)}</span></summary>
<p><strong>${text(valuation.reason)}</strong> ${text(sure)}</p>
${unpriced(assessed)}
<p>Grade ${gradeText(assessed)}.</p>
${optionsTable(valuation.options, wording)}
${breakEvens.length === 0 ? undefined : html`<h4>Where the verdict turns</h4><ul>${breakEvens}</ul>`}
${refusedList(valuation.refused, wording)}
${fitsTable(assessed.fits)}
${findingsList([...assessed.findings, ...rig.findings], wording)}
${factsList([...identityFacts(assessed, rig.rig), ...readingFacts(assessed), ...routeFacts(assessed)], wording)}
</details>`;
}

function unpriced(assessed: AssessedCard): Markup | undefined {
  const words = unpricedText(assessed);
  return words === undefined ? undefined : html`<p>${words}</p>`;
}

function optionsTable(options: readonly ValuedOption[], { money, text }: Wording): Markup | undefined {
  const dash = ({ mid }: Interval) => (mid === 0 ? '–' : money(mid));
  const range = ({ low, high }: Interval) => html`<span class="soft">${money(low)} to ${money(high)}</span>`;
  return htmlTable(
    'Options of one card, the most worth first',
    [
      { head: 'Option' },
      { head: 'What' },
      { head: 'Income', isFigure: true },
      { head: 'Power', isFigure: true },
      { head: 'Net a day', isFigure: true },
      { head: 'Once', isFigure: true },
      { head: 'Worth', isFigure: true },
      { head: 'Low to high', isFigure: true },
    ],
    options.map((option): readonly Content[] => [
      kindTitle(option.kind),
      text(`${option.what}${shareText(option)}`),
      dash(option.incomeUsdPerDay),
      dash(option.costUsdPerDay),
      dash(option.netUsdPerDay),
      dash(option.onceUsd),
      html`${money(option.valueUsd.mid)}${option.assumptions.some(({ isStale }) => isStale) ? staleMark : undefined}`,
      range(option.valueUsd),
    ]),
  );
}

function shareText({ utilisationPercent, powerWatts }: ValuedOption): string {
  const share = utilisationPercent === undefined ? '' : `, in ${utilisationPercent} % of its hours`;
  return powerWatts === 0 ? share : `${share}, ${powerWatts.toLocaleString('en')} W`;
}

function refusedList(
  refused: CardGroup['lines'][number]['valued']['valuation']['refused'],
  { text }: Wording,
): Content {
  if (refused.length === 0) return undefined;
  const items = refused.map(
    ({ kind, why, mend }) =>
      html`<li><b>${kindTitle(kind)}</b>: ${text(why)}${mend === undefined ? undefined : html` <span class="mend">→ ${text(mend)}</span>`}</li>`,
  );
  return html`<h4>What it can not do</h4><ul>${items}</ul>`;
}

function fitsTable(fits: readonly WorkloadFit[]): Content {
  const fitting = fits.filter(({ isFitting }) => isFitting);
  const left = fits.filter(({ isFitting }) => !isFitting).map(({ workload }) => workload.name);
  const table = htmlTable(
    'What fits, and how fast (one stream; middle and 90 % interval)',
    [
      { head: 'Workload' },
      { head: 'VRAM', isFigure: true },
      { head: 'Tokens/s', isFigure: true },
      { head: 'Prompt tokens/s', isFigure: true },
      { head: 'Evidence' },
    ],
    fitting.map(({ workload, needs, speed }) => [
      workload.name,
      formatBytes(needs.totalBytes),
      speed === undefined ? '–' : speedText(speed.generateTokensPerSecond),
      speed === undefined ? '–' : speedText(speed.promptTokensPerSecond),
      speed?.evidence ?? '',
    ]),
  );
  return [table, left.length === 0 ? undefined : html`<p class="soft">Does not fit: ${left.join(', ')}.</p>`];
}

function findingsList(findings: readonly Finding[], { text }: Wording): Content {
  if (findings.length === 0) return undefined;
  const items = findings.map(
    ({ code, severity, what, why, mend, unlocks }) =>
      html`<li><span class="finding ${severity}">${code}</span> ${text(what)} ${text(why)} <span class="mend">→ ${text(mend)}</span>${unlocks === undefined ? undefined : html` <span class="soft">+ ${text(unlocks)}</span>`}</li>`,
  );
  return html`<h4>What limits it, and its rig</h4><ul>${items}</ul>`;
}

function factsList(facts: readonly Fact[], { text }: Wording): Markup {
  return html`<h4>What it is, and what drives it</h4><dl class="facts">${facts.map(([term, words]) => html`<dt>${term}</dt><dd>${text(words)}</dd>`)}</dl>`;
}
