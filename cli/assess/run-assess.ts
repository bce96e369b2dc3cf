import type { Fault } from '@rerig/domain/fault';
import { gradeFarm } from '@rerig/domain/grading';
import { exampleFarmFiles, readInventory } from '@rerig/domain/inventory';
import { cliFault } from '../faults.ts';
import { type RigFilesRead, readRigFiles } from '../rig-files.ts';
import { columnCount, hasColor, printFault } from '../terminal.ts';
import { todayText } from '../today.ts';
import { type FarmReport, farmReport } from './farm-report.ts';
import { findCards } from './find-cards.ts';
import { Progress } from './progress.ts';
import { type PriceWish, readReckoning } from './reckoning.ts';
import { explanationDocument, reportDocument } from './report-document.ts';
import { type ReportKind, writeReport } from './write-report.ts';

/** What the command line asks for. */
export interface AssessOptions {
  readonly example?: boolean;
  readonly explain?: string;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly csv?: string;
  readonly html?: string;
  readonly electricity?: number;
  readonly utilisation?: number;
  readonly horizon?: number;
  readonly currency?: string;
  readonly prices?: string;
  readonly data: string;
  readonly rig?: string;
}

/** From so many cards on grading takes long enough to be told of before it begins. */
const MANY_CARDS = 5000;

/** Reads, grades, values and reports; what could not be read is told at the end, and sets the status. */
export async function runAssess(paths: readonly string[], options: AssessOptions): Promise<void> {
  const progress = new Progress();
  const report = await readReport(paths, options, progress);
  const written = await writeFiles(report, options, progress);
  progress.end();
  const shown = await show({ ...report, faults: [...report.faults, ...written] }, options);
  if (shown.length > 0) process.exitCode = 1;
}

async function readReport(paths: readonly string[], options: AssessOptions, progress: Progress): Promise<FarmReport> {
  const [now, isExample] = [new Date(), options.example === true];
  const prices = await readReckoning(priceWish(options), todayText(now));
  const wish = options.rig === undefined ? {} : { rigName: options.rig };
  const onFile = (doneCount: number, fileCount: number) =>
    progress.tell(`reading file ${doneCount + 1} of ${fileCount}`);
  const read = isExample ? exampleRead() : await readRigFiles(paths, { ...wish, onFile });
  const cardCount = read.farm.rigs.reduce((sum, { cards }) => sum + cards.length, 0);
  progress.tell(`grading ${cardCount} cards`, cardCount >= MANY_CARDS);
  const assessed = gradeFarm(read.farm, { nowMs: now.getTime() });
  progress.tell(`valuing ${cardCount} cards`, cardCount >= MANY_CARDS);
  const faults = [...read.faults, ...prices.faults];
  return farmReport(assessed, prices.reckoning, { files: read.files, faults, isExample });
}

function exampleRead(): RigFilesRead {
  return { ...readInventory(exampleFarmFiles), files: [] };
}

function priceWish({ data, prices, electricity, utilisation, horizon, currency }: AssessOptions): PriceWish {
  return {
    dataFolder: data,
    ...(prices === undefined ? {} : { path: prices }),
    ...(electricity === undefined ? {} : { electricityUsdPerKwh: electricity }),
    ...(utilisation === undefined ? {} : { utilisationPercent: utilisation }),
    ...(horizon === undefined ? {} : { horizonDays: horizon }),
    ...(currency === undefined ? {} : { currencyCode: currency }),
  };
}

/** How a CSV and an HTML of ours begin: by that a file is known that may be replaced. */
const csvKind: ReportKind = { title: 'CSV', option: '--csv', beginning: 'rig_id,rig,card_id,' };
const htmlKind: ReportKind = {
  title: 'HTML report',
  option: '--html',
  beginning: '<!doctype html>\n<!-- Rerig report -->',
};

/** What writes files is loaded only where one is asked for. */
async function writeFiles(report: FarmReport, options: AssessOptions, progress: Progress): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const write = async (path: string, content: string, kind: ReportKind) => {
    const fault = await writeReport(path, content, kind);
    progress.end();
    if (fault === undefined) process.stderr.write(`✔ ${kind.title} written to ${path}\n`);
    else faults.push(fault);
  };
  if (options.csv !== undefined && options.csv !== '-') {
    const { reportCsv } = await import('./report-csv.ts');
    await write(options.csv, reportCsv(report), csvKind);
  }
  if (options.html !== undefined) {
    progress.tell('drawing the report', true);
    const { reportHtml } = await import('./html/report-html.ts');
    await write(options.html, await reportHtml(report), htmlKind);
  }
  return faults;
}

/** Writes what was asked for to stdout and faults to stderr; gives all faults. */
async function show(report: FarmReport, options: AssessOptions): Promise<readonly Fault[]> {
  const found = options.explain === undefined ? undefined : findCards(report.lines, options.explain);
  const unfound = found?.length === 0 ? [cardNotFound(options.explain ?? '', report)] : [];
  const whole = { ...report, faults: [...report.faults, ...unfound] };
  if (options.json === true) {
    await print(found === undefined ? reportDocument(whole) : [explanationDocument(whole, found)]);
    return whole.faults;
  }
  if (options.csv === '-') {
    const { reportCsv } = await import('./report-csv.ts');
    await print([reportCsv(whole)]);
  } else await print([await textOf(whole, found, options)]);
  printFaults(whole.faults, options);
  return whole.faults;
}

/** A report is not pushed out of sight by what could not be read: the first faults are told, and how many more there are. */
const MOST_FAULTS = 12;

function printFaults(faults: readonly Fault[], { all = false }: AssessOptions): void {
  const shown = all ? faults : faults.slice(0, MOST_FAULTS);
  for (const fault of shown) printFault(fault);
  const hiddenCount = faults.length - shown.length;
  if (hiddenCount > 0) process.stderr.write(`… and ${hiddenCount} more: --all tells them, and --json\n`);
}

async function textOf(
  report: FarmReport,
  found: ReturnType<typeof findCards> | undefined,
  { all = false }: AssessOptions,
): Promise<string> {
  const style = { columnCount: columnCount(), color: hasColor() };
  if (found !== undefined) {
    const { renderExplanation } = await import('./render-explain.ts');
    return renderExplanation(report, found, style);
  }
  if (report.valued.rigs.length === 0) return '';
  const { renderReport } = await import('./render-report.ts');
  return renderReport(report, { ...style, isAll: all });
}

/** Waits where a pipe is full, so that a large document does not stand in memory twice. */
async function print(pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (piece !== '' && !process.stdout.write(piece))
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  }
}

function cardNotFound(asked: string, { lines }: FarmReport): Fault {
  const example = lines[0]?.valued.assessed.card.cardId;
  return cliFault('card-not-found', {
    what: `No card is called "${asked.slice(0, 80)}".`,
    why: `None of the ${lines.length} cards has it as its id, its bus, its rig or a part of its name.`,
    mend: example === undefined ? 'Name files that list cards.' : `Name one by its id, such as ${example}.`,
  });
}
