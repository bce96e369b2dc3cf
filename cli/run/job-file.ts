import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Fault } from '@rerig/domain/fault';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import { cliFault } from '../faults.ts';
import { nearestName } from '../nearest-name.ts';
import { decodeText } from '../text-encoding.ts';
import { type JobField, jobFields } from './job-fields.ts';
import { type JobWish, mergeWishes } from './job-wish.ts';

/** A job is a page, not a book. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Words of a command, and entries of a list, at most. */
const ENTRIES_MAX = 10_000;

/** What is wrong in a job file, and where. */
class WrongPlace {
  readonly why: string;
  readonly at: number;
  constructor(why: string, at: number) {
    this.why = why;
    this.at = at;
  }
}

/** Reads a job file; its paths are taken from its folder on, and there it runs where it names no other. */
export function readJobFile(path: string): JobWish | Fault {
  let text: string;
  try {
    if (statSync(path).size > FILE_BYTES_MAX) return unreadable(path, 'it has more than 1 MiB');
    text = decodeText(readFileSync(path));
  } catch (error) {
    return unreadable(path, error instanceof Error ? error.message : String(error));
  }
  return parseJob(text, path);
}

/**
 * The wish that a job's text says. A Fault names the line and the column of the first thing that is wrong, and the nearest
 * right key of one that is not known.
 */
export function parseJob(text: string, path: string): JobWish | Fault {
  const lines = new LineCounter();
  // By the schema "failsafe" each value is the text that was written: no "no" becomes false, and no 1.10 becomes 1.1.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false, version: '1.2' });
  const [error] = document.errors;
  if (error !== undefined) return wrongFile(path, lines.linePos(error.pos[0]), `${error.message}.`);
  const folder = dirname(resolve(path));
  const wish = readRoot(document.contents, folder, (alias) => (isAlias(alias) ? alias.resolve(document) : alias));
  if (!(wish instanceof WrongPlace)) return { workingFolder: folder, ...wish };
  return wrongFile(path, lines.linePos(wish.at), wish.why);
}

type Resolve = (value: Node | null) => Node | null | undefined;

function readRoot(root: ParsedNode | null, folder: string, follow: Resolve): JobWish | WrongPlace {
  if (!isMap(root)) return new WrongPlace('A job is a list of keys and values, "cards: 2" each.', root?.range[0] ?? 0);
  let wish: JobWish = {};
  for (const { key, value } of root.items) {
    const at = isScalar(key) ? (key.range?.[0] ?? 0) : root.range[0];
    const name = isScalar(key) ? String(key.value) : '';
    const read = readEntry(name, at, follow(value), folder, follow);
    if (read instanceof WrongPlace) return read;
    wish = mergeWishes(wish, read);
  }
  if (wish.command !== undefined && wish.script !== undefined) {
    return new WrongPlace('It has a command and a script: one of them is to be run.', root.range[0]);
  }
  return wish;
}

function readEntry(
  name: string,
  at: number,
  value: Node | null | undefined,
  folder: string,
  follow: Resolve,
): JobWish | WrongPlace {
  if (name === 'command') return readCommand(value, at, follow);
  if (name === 'script') {
    const [script = ''] = textsOf(value, 'text', follow) ?? [];
    return script.trim() === '' ? new WrongPlace('The script is no text, or empty.', at) : { script };
  }
  const field = jobFields.find(({ key }) => key === name);
  if (field === undefined) return new WrongPlace(unknownKey(name), at);
  const texts = textsOf(value, field.shape, follow);
  if (texts === null) return new WrongPlace(`"${name}" is to be ${shapeWords[field.shape]}.`, at);
  const reading = field.read(texts, folder);
  return 'value' in reading ? reading.value : new WrongPlace(`"${name}": ${reading.wrong}`, valueAt(value) ?? at);
}

function readCommand(value: Node | null | undefined, at: number, follow: Resolve): JobWish | WrongPlace {
  const command = isSeq(value) ? textsOf(value, 'list', follow) : null;
  if (command === null || command.length === 0) {
    return new WrongPlace(
      'The command is to be a list, "[python3, train.py]"; for a shell to read, write lines below "script: |".',
      valueAt(value) ?? at,
    );
  }
  return { command };
}

const shapeWords: Readonly<Record<JobField['shape'], string>> = {
  text: 'one value',
  switch: 'true or false',
  list: 'a value, or a list of some',
  map: 'names and values, "SEED: 1" each',
};

/** The texts of a value of this shape; null where it has another. */
function textsOf(value: Node | null | undefined, shape: JobField['shape'], follow: Resolve): readonly string[] | null {
  if (shape === 'map') {
    if (!isMap<Node, Node>(value) || value.items.length > ENTRIES_MAX) return null;
    return all(
      value.items.map(({ key, value: part }) => {
        const [name, text] = [textOf(key), textOf(follow(part))];
        return name === null || text === null ? null : `${name}=${text}`;
      }),
    );
  }
  if (shape === 'list' && isSeq<Node>(value)) {
    return value.items.length > ENTRIES_MAX ? null : all(value.items.map((item) => textOf(follow(item))));
  }
  const text = value === null || value === undefined ? null : textOf(value);
  return text === null || (text === '' && shape !== 'list') ? null : [text];
}

function all(texts: readonly (string | null)[]): readonly string[] | null {
  const known = texts.filter((text) => text !== null);
  return known.length === texts.length ? known : null;
}

function textOf(value: Node | null | undefined): string | null {
  if (value === null || value === undefined) return '';
  return isScalar(value) ? String(value.value ?? '') : null;
}

function valueAt(value: Node | null | undefined): number | undefined {
  return value?.range?.[0];
}

function unknownKey(name: string): string {
  const names = ['command', 'script', ...jobFields.map(({ key }) => key)];
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `There is no key "${name}". Is "${nearest}" meant?`;
  return `There is no key "${name}". The keys are ${names.toSorted().join(', ')}.`;
}

function wrongFile(path: string, { line, col }: { readonly line: number; readonly col: number }, why: string): Fault {
  return cliFault('job-file-wrong', {
    what: `The job of ${path} is not started: line ${line}, column ${col} is wrong.`,
    why,
    mend: 'Put that right; "rerig run --example" shows a whole job file.',
  });
}

function unreadable(path: string, reason: string): Fault {
  return cliFault('job-file-wrong', {
    what: `The job file ${path} can't be read.`,
    why: `The system says: ${reason}.`,
    mend: 'Check the path. A command, in place of a file, comes after "--": rerig run -- COMMAND.',
  });
}
