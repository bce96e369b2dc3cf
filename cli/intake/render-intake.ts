import type { Contradiction, FileReport, ObservedCard, Rig } from '@rerig/domain/inventory';
import { formatBytes } from '@rerig/domain/quantity';
import pc from 'picocolors';
import type { RigFilesRead } from '../rig-files.ts';
import { wrap } from '../terminal.ts';

/** How what was read is written: for how many columns (80 and more), and whether in colour. */
export interface IntakeTextOptions {
  readonly columnCount: number;
  readonly color: boolean;
}

type Colors = ReturnType<typeof pc.createColors>;

const LEAST_COLUMNS = 80;
/** Writes what files were, each rig with its cards, where sources differ, and the sums. Ends in a new line. */
export function renderIntake({ farm, files }: RigFilesRead, { columnCount, color }: IntakeTextOptions): string {
  const colors = pc.createColors(color);
  const width = Math.max(LEAST_COLUMNS, columnCount);
  const parts = [
    filesText(files, width),
    ...farm.rigs.map((rig) => rigText(rig, width, colors)),
    colors.bold(sumText(farm.rigs)),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A line a file, without the folders that all have in common. */
function filesText(files: readonly FileReport[], width: number): string {
  const common = files.length < 2 ? 0 : commonFolderLength(files.map(({ name }) => name));
  return files.flatMap((file) => lines(fileText({ ...file, name: file.name.slice(common) }), width, '')).join('\n');
}

function commonFolderLength(names: readonly string[]): number {
  const [first = '', ...others] = names;
  let length = first.lastIndexOf('/') + 1;
  while (length > 0 && !others.every((name) => name.startsWith(first.slice(0, length))))
    length = first.lastIndexOf('/', length - 2) + 1;
  return length;
}

/** `rig07.xml: nvidia-smi XML, 6 cards`. */
function fileText({ name, formats, rigCount, cardCount }: FileReport): string {
  if (formats.length === 0) return `${name}: nothing that is read, lists no card`;
  const titles = formats.map(({ title }) => title).join(', ');
  const rigs = rigCount > 1 ? `${rigCount} rigs, ` : '';
  return `${name}: ${titles}, ${rigs}${cardCount === 0 ? 'lists no card' : counted(cardCount, 'card')}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function rigText({ name, rigId, host, cards, contradictions, observedAt }: Rig, width: number, colors: Colors): string {
  const heading = name === rigId ? name : `${name} (${rigId})`;
  const facts = [
    host.nvidiaDriverVersion === undefined ? '' : `NVIDIA driver ${host.nvidiaDriverVersion}`,
    host.amdDriverVersion === undefined ? '' : `AMD driver ${host.amdDriverVersion}`,
    host.cpu?.modelName ?? '',
    host.ram === undefined
      ? ''
      : `${formatBytes(host.ram.bytes)} RAM${host.ram.basis === 'reported' ? '' : ', typical of its board'}`,
    host.virtualMachine === undefined ? '' : `virtual: ${host.virtualMachine}`,
    observedAt ?? '',
  ].filter((fact) => fact !== '');
  return [
    ...lines(heading, width, '').map(colors.bold),
    ...lines(facts.join(' · '), width, '  ').map(colors.dim),
    cards.length === 0 ? '  no card' : cardTable(cards, width, colors),
    ...contradictions.flatMap((contradiction) => contradictionLines(contradiction, width, colors)),
  ].join('\n');
}

/** The columns of a rig's cards; the second takes what the others leave. */
const COLUMNS: readonly { readonly head: string; readonly width?: number; readonly isRight?: boolean }[] = [
  { head: 'bus', width: 8 },
  { head: 'card' },
  { head: 'VRAM', width: 8, isRight: true },
  { head: 'link', width: 8 },
  { head: 'temp', width: 6, isRight: true },
  { head: 'power', width: 6, isRight: true },
  { head: 'fan', width: 5, isRight: true },
];
const GAP = '  ';

function cardTable(cards: readonly ObservedCard[], width: number, colors: Colors): string {
  const fixedColumns = COLUMNS.reduce((sum, column) => sum + (column.width ?? 0) + GAP.length, -GAP.length);
  const nameColumns = width - fixedColumns;
  const head = tableLine(
    COLUMNS.map((column) => column.head),
    nameColumns,
  );
  return [colors.dim(head), ...cards.map((card) => tableLine(cardRow(card, nameColumns), nameColumns))].join('\n');
}

/** Padded by hand, as a farm may have thousands of these tables. */
function tableLine(cells: readonly string[], nameColumns: number): string {
  return COLUMNS.map(({ width = nameColumns, isRight }, index) => {
    const cell = cells[index] ?? '';
    const fitting = cell.length > width ? `${cell.slice(0, width - 1)}…` : cell;
    return isRight === true ? fitting.padStart(width) : fitting.padEnd(width);
  })
    .join(GAP)
    .trimEnd();
}

function cardRow({ kind, busId, name, vramBytes, pcieLink, reading }: ObservedCard, cardColumns: number): string[] {
  const { temperatureCelsius, powerWatts, fanPercent } = reading ?? {};
  return [
    busId ?? (kind === 'cpu' ? 'cpu' : '–'),
    name === undefined ? 'not named' : shortName(name, cardColumns),
    vramBytes === undefined ? '–' : formatBytes(vramBytes),
    pcieLink === undefined ? '–' : `gen${pcieLink.generation} x${pcieLink.laneCount}`,
    temperatureCelsius === undefined ? '–' : `${Math.round(temperatureCelsius)} °C`,
    powerWatts === undefined ? '–' : `${Math.round(powerWatts)} W`,
    fanPercent === undefined ? '–' : `${Math.round(fanPercent)} %`,
  ];
}

/** Of `Navi 22 [Radeon RX 6700/6700 XT]`, where it is too long, what stands in brackets: the chip is told by it. */
function shortName(name: string, columnCount: number): string {
  const bracketed = name.length > columnCount ? /\[([^\]]{3,})\]/.exec(name)?.[1] : undefined;
  return bracketed ?? name;
}

/** Both are shown: what was taken, and what the others say. */
function contradictionLines(
  { subject, cardId, aspect, taken, others }: Contradiction,
  width: number,
  colors: Colors,
): readonly string[] {
  const about = [cardId?.slice(cardId.lastIndexOf('/') + 1), aspect ?? subject].filter((part) => part !== undefined);
  const told = others.map(({ text, source }) => `${text} (${source})`).join('; ');
  const text = `! ${about.join(' ')}: taken ${taken.text} (${taken.source}), not ${told}`;
  return lines(text, width, '  ').map(colors.yellow);
}

function sumText(rigs: readonly Rig[]): string {
  const cards = rigs.flatMap((rig) => rig.cards);
  const vramBytes = cards.reduce((sum, card) => sum + (card.vramBytes ?? 0), 0);
  const vram = vramBytes === 0 ? '' : `, ${formatBytes(vramBytes)} of VRAM`;
  return `${counted(rigs.length, 'rig')}, ${counted(cards.length, 'card')}${vram}`;
}

/** Lines of at most `width`, each after `indent`, the following a little further in; a longer word is broken. */
function lines(text: string, width: number, indent: string): readonly string[] {
  if (text === '') return [];
  const room = width - indent.length - 2;
  return wrap(text, room)
    .flatMap((line) => line.match(new RegExp(`.{1,${room}}`, 'gu')) ?? [])
    .map((line, index) => `${indent}${index === 0 ? '' : '  '}${line}`);
}
