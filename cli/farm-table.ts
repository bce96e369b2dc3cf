import {
  type AssessedCard,
  type AssessedFarm,
  type AssessedRig,
  type Finding,
  gradeMeanings,
  type Totals,
} from '@rerig/domain/grading';
import type { Cpu, Host, Ram } from '@rerig/domain/inventory';
import { formatBytes } from '@rerig/domain/quantity';
import Table from 'cli-table3';
import pc from 'picocolors';
import { wrap } from './terminal.ts';

/** How a farm is written: for how many columns (80 and more), and whether in colour. */
export interface FarmTableOptions {
  readonly columnCount: number;
  readonly color: boolean;
}

type Colors = ReturnType<typeof pc.createColors>;

/** Two blanks between columns, and no lines: nothing is lost where a terminal has no box drawing. */
const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
} as const;

const LEAST_COLUMNS = 80;

/** Widths besides the card's: bus, VRAM, grade, fits, route, notes; and six gaps of two. */
const WIDTHS = { bus: 7, vram: 8, grade: 5, fits: 6, route: 7, notes: 15 } as const;
const GAP_COLUMNS = 6 * 2;

/** Writes a farm: for each rig a heading, a row a card and its findings once each, then the farm's sums. Ends in a new line. */
export function renderFarm(assessed: AssessedFarm, { columnCount, color }: FarmTableOptions): string {
  const colors = pc.createColors(color);
  const width = Math.max(LEAST_COLUMNS, columnCount);
  const farm = findingTexts(assessed.findings, [], 'the farm', width, colors).join('\n');
  const parts = [
    ...assessed.rigs.map((rig) => rigText(rig, width, colors)),
    ...(farm === '' ? [] : [farm]),
    summary(assessed.totals, width, colors),
  ];
  return `${parts.join('\n\n')}\n`;
}

function rigText(assessed: AssessedRig, width: number, colors: Colors): string {
  const { rig, cards, findings } = assessed;
  const heading = wrapped(`${rig.name} (${rig.rigId})`, width, '').map(colors.bold);
  const facts = hostFacts(rig.host).flatMap((fact) => wrapped(fact, width, '  '));
  const table = cards.length === 0 ? [] : ['', cardTable(cards, width, colors)];
  const listed = findingTexts(findings, cards, 'the rig', width, colors);
  return [...heading, ...facts, ...table, ...(listed.length === 0 ? [] : ['', ...listed])].join('\n');
}

function hostFacts(host: Host): readonly string[] {
  const board = [host.board?.manufacturer, host.board?.product].filter((part) => part !== undefined).join(' ');
  const drivers = [
    host.nvidiaDriverVersion === undefined ? '' : `NVIDIA driver ${host.nvidiaDriverVersion}`,
    host.amdDriverVersion === undefined ? '' : `AMD driver ${host.amdDriverVersion}`,
  ].filter((part) => part !== '');
  return [
    `CPU    ${host.cpu === undefined ? 'not reported' : cpuText(host.cpu)}`,
    `RAM    ${host.ram === undefined ? 'not reported' : ramText(host.ram)}`,
    `board  ${board === '' ? 'not reported' : board}`,
    ...(drivers.length === 0 ? [] : [`uses   ${drivers.join(', ')}`]),
  ];
}

const vectorTexts: Readonly<Record<Cpu['vectorExtension'], string>> = {
  none: 'no AVX',
  avx: 'AVX',
  avx2: 'AVX2',
  'avx-512': 'AVX-512',
  unknown: 'AVX unknown',
};

function cpuText({ modelName, coreCount, vectorExtension }: Cpu): string {
  const name = modelName.replace(/\((R|TM)\)/g, '').replace(/\s+/g, ' ');
  const cores = coreCount === undefined ? 'cores unknown' : `${coreCount} ${coreCount === 1 ? 'core' : 'cores'}`;
  return `${name}, ${cores}, ${vectorTexts[vectorExtension]}`;
}

function ramText({ bytes, basis }: Ram): string {
  const amount = formatBytes(bytes);
  return basis === 'reported' ? `${amount}, reported` : `${amount}, typical of this board, not reported`;
}

function cardTable(cards: readonly AssessedCard[], width: number, colors: Colors): string {
  const { bus, vram, grade, fits, route, notes } = WIDTHS;
  const cardColumns = width - GAP_COLUMNS - (bus + vram + grade + fits + route + notes);
  const table = new Table({
    head: ['bus', 'card', 'VRAM', 'grade', 'fits', 'route', 'notes'].map((text) => colors.dim(text)),
    chars: BORDERLESS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colWidths: [bus, cardColumns, vram, grade, fits, route, notes],
    colAligns: ['left', 'left', 'right', 'left', 'left', 'left', 'left'],
  });
  table.push(...cards.map((card) => cardRow(card, colors)));
  return trimLines(table.toString());
}

function cardRow(assessed: AssessedCard, colors: Colors): string[] {
  const { card, modelNames, grade, largestFit, route, findings } = assessed;
  const [modelName, ...others] = modelNames;
  const name = modelName !== undefined && others.length === 0 ? modelName : (card.name ?? 'not named');
  const notes = [...new Set(bySeverity(findings).map((finding) => severityColor(colors, finding)(finding.code)))];
  return [
    busText(card.busId, card.kind),
    name,
    vramText(assessed),
    gradeText(grade, colors),
    largestFit === null ? '–' : largestFit.replace('_K_M', ''),
    route?.name ?? '–',
    notes.join('\n'),
  ];
}

function vramText({ vram }: AssessedCard): string {
  if (vram === undefined) return '?';
  return vram.basis === 'reported' ? formatBytes(vram.bytes) : `~${formatBytes(vram.bytes)}`.slice(0, WIDTHS.vram);
}

function busText(busId: string | undefined, kind: AssessedCard['card']['kind']): string {
  return busId ?? (kind === 'cpu' ? 'cpu' : '?');
}

function gradeText(grade: AssessedCard['grade'], colors: Colors): string {
  if (grade === null) return '?';
  return grade === 'E' ? colors.red(grade) : colors.bold(colors.green(grade));
}

const severityRank = { blocking: 0, warning: 1, info: 2 } as const;
const severityMark = { blocking: '✖', warning: '!', info: 'i' } as const;

function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((one, other) => severityRank[one.severity] - severityRank[other.severity]);
}

function severityColor(colors: Colors, { severity }: Finding): (text: string) => string {
  if (severity === 'blocking') return colors.red;
  return severity === 'warning' ? colors.yellow : colors.dim;
}

/** A finding and the buses of the cards that have it, or whose it is else. */
interface ListedFinding {
  readonly finding: Finding;
  readonly buses: readonly string[];
}

function findingTexts(
  ownFindings: readonly Finding[],
  cards: readonly AssessedCard[],
  own: 'the rig' | 'the farm',
  width: number,
  colors: Colors,
): readonly string[] {
  return [...ownFindings.map((finding) => ({ finding, buses: [own] })), ...listCardFindings(cards)]
    .toSorted((one, other) => severityRank[one.finding.severity] - severityRank[other.finding.severity])
    .flatMap((listed) => findingText(listed, width, colors));
}

/** The same finding of several cards is told once, with all their buses. */
function listCardFindings(cards: readonly AssessedCard[]): readonly ListedFinding[] {
  const listed = new Map<string, ListedFinding>();
  for (const { card, findings } of cards) {
    for (const finding of findings) {
      const key = [finding.code, finding.what, finding.why, finding.mend].join('\n');
      const buses = [...(listed.get(key)?.buses ?? []), busText(card.busId, card.kind)];
      listed.set(key, { finding, buses });
    }
  }
  return [...listed.values()];
}

function findingText({ finding, buses }: ListedFinding, width: number, colors: Colors): readonly string[] {
  const paint = severityColor(colors, finding);
  const where = `${severityMark[finding.severity]} ${finding.code}, ${buses.join(', ')}`;
  const [first = '', ...others] = wrapped(where, width, '');
  return [
    paint(first),
    ...others.map((line) => paint(`  ${line}`.slice(0, width))),
    ...wrapped(`${finding.what} ${finding.why}`, width, '  '),
    ...wrapped(`→ ${finding.mend}`, width, '  '),
    ...(finding.unlocks === undefined ? [] : wrapped(`+ ${finding.unlocks}`, width, '  ')),
  ];
}

function summary(totals: Totals, width: number, colors: Colors): string {
  const { rigCount, cardCount, vramBytes, powerWatts, powerReportingCardCount, findingCountBySeverity } = totals;
  const rigs = `${rigCount} ${rigCount === 1 ? 'rig' : 'rigs'}, ${cardCount} ${cardCount === 1 ? 'card' : 'cards'}`;
  const power =
    powerReportingCardCount === 0 ? '' : `, ${Math.round(powerWatts)} W read of ${powerReportingCardCount} cards`;
  const { blocking, warning, info } = findingCountBySeverity;
  const grades = (['A', 'B', 'C', 'D', 'E'] as const).map(
    (grade) => `${grade} ${String(totals.cardCountByGrade[grade]).padStart(4)}  ${gradeMeanings[grade]}`,
  );
  const ungraded = `? ${String(totals.cardCountByGrade.ungraded).padStart(4)}  not enough is known`;
  return [
    ...wrapped(`${rigs}${vramBytes === 0 ? '' : `, ${formatBytes(vramBytes)} of VRAM`}${power}`, width, '').map(
      colors.bold,
    ),
    ...wrapped(`findings: ${blocking} blocking, ${warning} warnings, ${info} for information`, width, ''),
    'cards by grade, predicted from specifications, not measured:',
    ...[...grades, ungraded].flatMap((line) => hanging(line, width)),
  ].join('\n');
}

/** A line of the grades, what does not fit hanging under its words. */
function hanging(line: string, width: number): readonly string[] {
  const [head, words] = [line.slice(0, 8), line.slice(8)];
  return wrapped(words, width - 10, '').map((part, index) => `  ${index === 0 ? head : ' '.repeat(8)}${part}`);
}

/** Lines of at most `width`, each after `indent`; a word that is longer is broken. */
function wrapped(text: string, width: number, indent: string): readonly string[] {
  const room = width - indent.length;
  const lead = /^\w+ {2,}/.exec(text)?.[0] ?? '';
  const lines = wrap(text.slice(lead.length), room - lead.length).flatMap((line) => chunks(line, room - lead.length));
  return lines.map((line, index) => `${indent}${index === 0 ? lead : ' '.repeat(lead.length)}${line}`);
}

function chunks(line: string, width: number): readonly string[] {
  return line.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'gu')) ?? [line];
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
