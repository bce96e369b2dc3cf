import type { Assumption } from '@rerig/domain/economics';
import type { FarmReport } from '../farm-report.ts';
import { type FindingGroup, findingGroups } from '../finding-groups.ts';
import { counted } from '../page.ts';
import { assumptionsOf } from '../render-explain.ts';
import { html, type Markup } from './markup.ts';
import { htmlTable } from './table.ts';
import type { Wording } from './wording.ts';

/** Every kind of finding, each once. */
export function findingsSection({ valued }: FarmReport, wording: Wording): Markup | undefined {
  const table = htmlTable(
    'Each kind once, with one of its mends; cards of a rig that has it are counted',
    [
      { head: 'Finding' },
      { head: 'On' },
      { head: 'What and why' },
      { head: 'Mend' },
      { head: 'A day more', isFigure: true },
    ],
    findingGroups(valued).map((group) => findingRow(group, wording)),
  );
  return table === undefined ? undefined : html`<section><h2 id="findings">Findings</h2>${table}</section>`;
}

function findingRow(group: FindingGroup, { text, money }: Wording) {
  const { code, title, severity, cardCount, rigCount, example, gainUsdPerDay } = group;
  const where = rigCount === 0 ? 'the farm' : `${counted(cardCount, 'card')} in ${counted(rigCount, 'rig')}`;
  return [
    html`${title} <span class="finding ${severity}">${code}</span>`,
    html`<span class="nowrap">${where}</span>`,
    html`${text(example.what)} <span class="soft">${text(example.why)}</span>`,
    text(example.mend),
    gainUsdPerDay === 0 ? '' : money(gainUsdPerDay),
  ];
}

/** Every figure that any option rests on: its value and range, date and age, venue and source. */
export function figuresSection({ lines }: FarmReport, { text }: Wording): Markup | undefined {
  const options = [...new Set(lines.map(({ valued }) => valued.valuation))].flatMap((valuation) => valuation.options);
  const figures = assumptionsOf(options).toSorted((one, other) => (one.figureId < other.figureId ? -1 : 1));
  const table = htmlTable(
    'What options rest on, as their sources give it',
    [
      { head: 'Figure' },
      { head: 'Value', isFigure: true },
      { head: 'Unit' },
      { head: 'Of' },
      { head: 'Trust' },
      { head: 'Source' },
    ],
    figures.map((figure) => [
      text(nameOf(figure)),
      valueText(figure),
      figure.unit,
      figure.isStale
        ? html`${figure.date} <span class="finding warning">stale, ${figure.ageDays.toLocaleString('en')} days</span>`
        : figure.date,
      figure.confidence,
      html`${text(figure.venue)}: <span class="soft">${text(figure.source)}${figure.note === undefined ? '' : ` (${text(figure.note)})`}</span>`,
    ]),
  );
  if (table === undefined) return undefined;
  return html`<section><h2 id="figures">Figures</h2><details><summary><h3>${counted(figures.length, 'figure')} with date and source</h3></summary>${table}</details></section>`;
}

/** A figure's name; of a fee, that it is one. */
export function nameOf({ figureId, name }: Assumption): string {
  return figureId.startsWith('fee/') ? `fee, ${name}` : name;
}

function valueText({ value, low, high }: Assumption): string {
  const figure = (amount: number) => String(Number(amount.toPrecision(3)));
  return low === high ? figure(value) : `${figure(value)} (${figure(low)}–${figure(high)})`;
}

/** What could not be read, and what to do about it. */
export function faultsSection({ faults }: FarmReport, { text }: Wording): Markup | undefined {
  if (faults.length === 0) return undefined;
  const items = faults.map(
    ({ what, why, mend }) => html`<li><b>${text(what)}</b> ${text(why)} <span class="mend">→ ${text(mend)}</span></li>`,
  );
  return html`<section><h2 id="faults">What could not be read</h2><ul>${items}</ul></section>`;
}
