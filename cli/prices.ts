import { existsSync } from 'node:fs';
import { type FigureKind, figureKinds } from '@rerig/domain/economics';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { Command, Option } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { editPrices } from './price-book/edit-prices.ts';
import { importPrices } from './price-book/import-prices.ts';
import { priceFolderOf, publicBook, readFigures, readPrices, writeFigures } from './price-book/price-folder.ts';
import { refreshPrices, sourcesElsewhere } from './price-book/refresh-prices.ts';
import { renderPrices, toPricesDocument } from './price-book/show-prices.ts';
import { columnCount, hasColor, printFault } from './terminal.ts';
import { todayText } from './today.ts';

interface DataOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** `rerig prices show|edit|import|refresh`: what the reckoning of money rests on, and the operator's own word on it. */
export function pricesCommand(): Command {
  return new Command('prices')
    .description('Show, edit, import and refresh the prices that verdicts rest on.')
    .addCommand(showCommand())
    .addCommand(editCommand())
    .addCommand(importCommand())
    .addCommand(refreshCommand());
}

function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .option('--data <dir>', 'where your prices are kept', defaultDataFolder());
}

function showCommand(): Command {
  return subcommand('show', 'Every figure with its age and source; what is older than 90 days is marked.')
    .addOption(new Option('--kind <kind>', 'only one kind of figure').choices([...figureKinds]))
    .option('--stale', 'only what is older than 90 days')
    .option('--json', 'print one JSON document')
    .action(show);
}

interface ShowOptions extends DataOptions {
  readonly kind?: FigureKind;
  readonly stale?: boolean;
}

function show({ data, kind, stale, json }: ShowOptions): void {
  const read = readPrices(data, todayText());
  const shown = { ...(kind === undefined ? {} : { kind }), isStaleOnly: stale === true };
  if (json === true) process.stdout.write(`${JSON.stringify(toPricesDocument(read, shown, read.faults), null, 2)}\n`);
  else process.stdout.write(renderPrices(read, shown, Math.max(80, columnCount()), hasColor()));
  if (json !== true) for (const fault of read.faults) printFault(fault);
  if (read.faults.length > 0) process.exitCode = 1;
}

function editCommand(): Command {
  return subcommand(
    'edit',
    'Open your price file in $EDITOR, checked when you save; what is wrong is kept as a draft.',
  ).action(edit);
}

async function edit({ data }: DataOptions): Promise<void> {
  const { operatorPath } = priceFolderOf(data);
  const { VISUAL, EDITOR } = process.env;
  const today = todayText();
  const outcome = await editPrices(operatorPath, publicBook(data, today).book, {
    editor: VISUAL ?? EDITOR ?? 'vi',
    today,
  });
  switch (outcome.kind) {
    case 'saved':
      process.stderr.write(`${operatorPath} is in force.\n`);
      return;
    case 'unchanged':
      process.stderr.write(`Nothing was changed${existsSync(operatorPath) ? ` in ${operatorPath}` : ''}.\n`);
      return;
    case 'failed':
      throw new FaultError(outcome.fault);
    case 'wrong':
      for (const fault of outcome.faults) printFault(fault);
      process.stderr.write(`Your text is kept in ${outcome.draftPath}; "rerig prices edit" goes on from it.\n`);
      process.exitCode = 1;
  }
}

function importCommand(): Command {
  return subcommand(
    'import',
    'Take in a list of prices, CSV or JSON; a line that is wrong is refused, the others stand.',
  )
    .argument('<file>', 'columns: kind,subject,value,unit,date,venue,confidence,source,note')
    .option('--json', 'print one JSON document')
    .action(takeIn);
}

async function takeIn(path: string, { data, json }: DataOptions): Promise<void> {
  const today = todayText();
  const { importedPath } = priceFolderOf(data);
  const read = await importPrices(path, readPrices(data, today).book, today);
  if (isFault(read)) throw new FaultError(read);
  const before = readFigures(importedPath, today).figures;
  const merged = [...new Map([...before, ...read.figures].map((figure) => [figure.figureId, figure])).values()];
  const fault = read.figures.length === 0 ? undefined : writeFigures(importedPath, merged);
  if (fault !== undefined) throw new FaultError(fault);
  report({ imported: { path: importedPath, figureCount: read.figures.length } }, read.faults, json);
  if (json !== true) {
    process.stderr.write(`Figures taken in: ${read.figures.length}; lines refused: ${read.faults.length}.\n`);
  }
}

function report(document: object, faults: readonly Fault[], json: boolean | undefined): void {
  if (json === true) process.stdout.write(`${JSON.stringify({ ...document, faults }, null, 2)}\n`);
  else for (const fault of faults) printFault(fault);
  if (faults.length > 0) process.exitCode = 1;
}

function refreshCommand(): Command {
  return subcommand(
    'refresh',
    'Ask public sources for today’s figures; what does not answer leaves the old ones as they are.',
  )
    .option('--from <name=url...>', 'ask a source elsewhere, as at a mirror')
    .option('--json', 'print one JSON document')
    .action(refresh);
}

interface RefreshOptions extends DataOptions {
  readonly from?: readonly string[];
}

async function refresh({ data, from = [], json }: RefreshOptions): Promise<void> {
  const today = todayText();
  const sources = sourcesElsewhere(from);
  if (isFault(sources)) throw new FaultError(sources);
  const { refreshedPath } = priceFolderOf(data);
  const refreshes = await refreshPrices(sources, today);
  const before = readFigures(refreshedPath, today).figures;
  const fresh = refreshes.flatMap(({ figures }) => figures);
  const merged = [...new Map([...before, ...fresh].map((figure) => [figure.figureId, figure])).values()];
  const fault = fresh.length === 0 ? undefined : writeFigures(refreshedPath, merged);
  if (fault !== undefined) throw new FaultError(fault);
  const counts = refreshes.map(({ source, figures }) => ({ name: source.name, figureCount: figures.length }));
  if (json !== true) {
    for (const { source, figures } of refreshes) process.stderr.write(`${source.title}: ${figures.length} figures.\n`);
  }
  report(
    { refreshed: { path: refreshedPath, sources: counts } },
    refreshes.flatMap((each) => each.faults),
    json,
  );
}
