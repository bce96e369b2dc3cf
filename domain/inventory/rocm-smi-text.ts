import type { TextFormat } from './format.ts';
import { fieldsOf } from './nvidia-csv-columns.ts';
import { rocmSmi } from './rocm-smi.ts';
import { linesOf } from './text-lines.ts';
import type { Writable } from './writable.ts';

/**
 * `rocm-smi` with `--csv`, or as it prints its options for people (`GPU[0] : Device ID: 0x67df`): with the keys of its
 * JSON, so that both are read as that. The short table of `rocm-smi` alone names no card.
 */
export const rocmSmiText: TextFormat = {
  kind: 'text',
  name: 'rocm-smi-json',
  title: 'rocm-smi',
  read(text, source) {
    if (!/^\s{0,8}GPU\[\d{1,3}\]\s|^\s{0,8}device,/m.test(text)) return undefined;
    const found: Found = { cards: new Map(), columns: [] };
    for (const { line } of linesOf(text)) if (!readCsvLine(line, found)) readLine(line, found);
    return rocmSmi.read(Object.fromEntries(found.cards), source);
  },
};

interface FoundCards {
  /** By `card0` and `system`, as rocm-smi's JSON has them. */
  readonly cards: Map<string, Record<string, string>>;
  readonly columns: readonly string[];
}

type Found = Writable<FoundCards>;

/** The most cards of one text. */
const MOST_CARDS = 512;

function readCsvLine(line: string, found: Found): boolean {
  if (/^\s{0,8}device,./.test(line)) {
    found.columns = fieldsOf(line.slice(0, 12_000));
    return true;
  }
  const { columns } = found;
  if (columns.length === 0 || !/^\s{0,8}(card\d{1,3}|system),/.test(line)) return false;
  const [card = '', ...fields] = fieldsOf(line.slice(0, 12_000));
  // A row that is cut has its first fields; one with more has a comma within a name, which nothing tells from others.
  if (fields.length >= columns.length) return true;
  for (const [index, field] of fields.entries()) add(card, columns[index + 1] ?? '', field, found);
  return true;
}

function readLine(line: string, found: Found): void {
  const [, number, key = '', value = ''] =
    /^\s{0,8}GPU\[(\d{1,3})\]\s{0,20}:\s{0,20}([^:\s][^:]{0,80}):\s{1,20}(\S.{0,200})$/.exec(line.trimEnd()) ?? [];
  if (number !== undefined) add(`card${number}`, key, value, found);
  const driver = /^Driver version:\s{1,20}(\S{1,40})\s*$/.exec(line)?.[1];
  if (driver !== undefined) add('system', 'Driver version', driver, found);
}

function add(card: string, key: string, value: string, { cards }: Found): void {
  const texts = cards.get(card) ?? {};
  if (cards.size < MOST_CARDS || cards.has(card)) cards.set(card, texts);
  texts[key] = value;
}
