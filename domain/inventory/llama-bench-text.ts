import { type Bytes, GIB, KIB, MIB } from '../quantity.ts';
import { delimiterOf, readCsvRecords } from './csv.ts';
import { numberOf, positiveOf, textOf } from './fields.ts';
import type { TextFormat } from './format.ts';
import { cardNamesOf, isTest, rowOfTest } from './llama-bench-json.ts';
import { type BenchRow, readBenchRun } from './llama-bench-rows.ts';

/**
 * llama-bench's table (`-o md`, as it is without an option) and `-o csv`. What ggml prints before the table names the
 * cards that it found; several tables of one machine may follow each other.
 */
export const llamaBenchText: TextFormat = {
  kind: 'text',
  name: 'llama-bench',
  title: 'llama-bench table',
  read(text, source) {
    if (text.includes('avg_ts') && text.includes('model_type')) return readCsv(text, source);
    if (!text.includes('t/s') || !text.includes('|')) return undefined;
    const { rows, cardNames } = readTables(text);
    return rows.length === 0 ? undefined : readBenchRun({ rows, cardNames }, source);
  },
};

function readCsv(text: string, source: string) {
  const start = text.search(/^.{0,2000}\bmodel_type\b.{0,2000}\bavg_ts\b/m);
  if (start < 0) return undefined;
  const body = text.slice(start);
  const [header, ...records] = readCsvRecords(body, delimiterOf(body), 100_000);
  if (header === undefined) return undefined;
  const tests = records
    .map(({ fields }) => Object.fromEntries(header.fields.map((name, place) => [name.trim(), fields[place]])))
    .filter((test) => isTest(test) && numberOf(test.avg_ts) !== undefined);
  const [first] = tests;
  if (first === undefined) return undefined;
  const cardNames = cardNamesOf(first.gpu_info);
  return readBenchRun({ rows: tests.map(rowOfTest), cardNames, cpuName: textOf(first.cpu_info) }, source);
}

/** The longest line that is looked at. */
const LONGEST_LINE_CHARACTERS = 1000;

/** More tests than anybody runs are no table. */
const MOST_ROWS = 10_000;

interface Tables {
  readonly rows: readonly BenchRow[];
  readonly cardNames: readonly string[];
}

function readTables(text: string): Tables {
  const rows: BenchRow[] = [];
  const cardNames = new Map<string, string>();
  let header: readonly string[] | undefined;
  for (const line of text.split('\n')) {
    if (line.length > LONGEST_LINE_CHARACTERS || rows.length >= MOST_ROWS) continue;
    const [place, name] = foundCard(line) ?? [];
    if (place !== undefined && name !== undefined) cardNames.set(place, name);
    const cells = cellsOf(line);
    if (cells === undefined) header = undefined;
    else if (cells.includes('t/s') && cells.includes('test')) header = cells;
    else if (header !== undefined) rows.push(...rowOf(header, cells));
  }
  return { rows, cardNames: [...cardNames.values()] };
}

function cellsOf(line: string): readonly string[] | undefined {
  const trimmed = line.trim();
  if (!trimmed.startsWith('|') || !trimmed.endsWith('|')) return undefined;
  return trimmed
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/** `  Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes`; `ggml_vulkan: 0 = AMD Radeon RX 580 (RADV POLARIS10) (radv) | uma: 0`. */
function foundCard(line: string): readonly [place: string, name: string] | undefined {
  const cuda = /^\s*Device (\d{1,3}): (.{1,120}?), (?:compute capability|gfx|cc|VMM)/.exec(line);
  const vulkan =
    /^(?:ggml_vulkan: )?(?:Vulkan)?(\d{1,3})(?: =|:) (.{1,120}?)(?: \((?:RADV|NVIDIA|radv|AMD|Intel|ANV|amdvlk)[^|]{0,80})? \| /.exec(
      line,
    );
  const [, place, name] = cuda ?? vulkan ?? [];
  return place === undefined || name === undefined ? undefined : [place, name.trim()];
}

function rowOf(header: readonly string[], cells: readonly string[]): readonly BenchRow[] {
  const cell = (name: string) => textOf(cells[header.indexOf(name)]);
  const tokensPerSecond = positiveOf(/^\d{1,9}(?:\.\d{1,6})?/.exec(cell('t/s') ?? '')?.[0]);
  const test = cell('test') ?? '';
  const [, prompt = '0', depthOfPrompt] = /\bpp ?(\d{1,7})(?: @ d(\d{1,7}))?/.exec(test) ?? [];
  const [, generated = '0', depthOfAnswer] = /\btg ?(\d{1,7})(?: @ d(\d{1,7}))?/.exec(test) ?? [];
  if (tokensPerSecond === undefined || (prompt === '0' && generated === '0')) return [];
  const layerCount = numberOf(cell('ngl'));
  return [
    {
      modelName: cell('model') ?? 'a model without a name',
      weightsBytes: amountOf(cell('size')),
      parameterCount: countOf(cell('params')),
      backend: layerCount === 0 ? 'CPU' : (cell('backend') ?? 'CPU'),
      layerCount,
      cardPlace: cardPlaceOf(cell('dev') ?? cell('device'), cell('sm'), cell('mg')),
      promptCount: Number(prompt),
      generateCount: Number(generated),
      depthCount: Number(depthOfPrompt ?? depthOfAnswer ?? 0),
      tokensPerSecond,
      test,
    },
  ];
}

function cardPlaceOf(chosen: string | undefined, split: string | undefined, main: string | undefined) {
  const place = /^[a-z]+(\d{1,3})$/i.exec(chosen ?? '')?.[1];
  if (place !== undefined) return Number(place);
  return split === 'none' ? (numberOf(main) ?? 0) : undefined;
}

const sizeUnits: ReadonlyMap<string, Bytes> = new Map([
  ['KiB', KIB],
  ['MiB', MIB],
  ['GiB', GIB],
  ['TiB', 1024 * GIB],
]);

/** `3.56 GiB`. */
function amountOf(text: string | undefined): Bytes | undefined {
  const [, digits, unit = ''] = /^(\d{1,6}(?:\.\d{1,4})?) ([KMGT]iB)$/.exec(text ?? '') ?? [];
  const bytesPerUnit = sizeUnits.get(unit);
  return digits === undefined || bytesPerUnit === undefined ? undefined : Math.round(Number(digits) * bytesPerUnit);
}

const countUnits: ReadonlyMap<string, number> = new Map([
  ['K', 1e3],
  ['M', 1e6],
  ['B', 1e9],
  ['T', 1e12],
]);

/** `6.74 B`. */
function countOf(text: string | undefined): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,6}(?:\.\d{1,4})?) ([KMBT])$/.exec(text ?? '') ?? [];
  const perUnit = countUnits.get(unit);
  return digits === undefined || perUnit === undefined ? undefined : Math.round(Number(digits) * perUnit);
}
