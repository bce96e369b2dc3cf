import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { type Import, importsOf, workspaceOf } from '../syntax/imports.ts';

const TABLE_PATH = 'ARCHITECTURE.md';

/** Workspaces import each other only as ARCHITECTURE.md's table of rooms says, and by name, never by a path. */
export const arrows: Rule = {
  name: 'arrows',
  why: 'Arrows point at what is imported and never run upwards, so that a room can be read without those above it.',
  check(repository) {
    const table = parseRooms(repository.fileByPath.get(TABLE_PATH)?.text ?? '');
    return [
      ...checkTable(repository, table),
      ...repository.sources.flatMap((source) => importsOf(source).flatMap((each) => checkImport(table, source, each))),
    ];
  },
};

type Rooms = ReadonlyMap<string, ReadonlySet<string>>;

/** Parses the table whose columns are room, floor, what it is, may import: each room with those it may import. */
function parseRooms(markdown: string): Rooms {
  const rows = markdown.split('\n').filter((line) => /^\|.*\|$/.test(line));
  const cells = rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  return new Map(
    cells
      .filter(([, floor]) => /^\d+$/.test(floor ?? ''))
      .map(([room = '', , , imports = '']) => [room, new Set(imports.split(/,\s*/).filter((each) => each !== ''))]),
  );
}

function checkTable(repository: Repository, table: Rooms): readonly Finding[] {
  const present = new Set(
    repository.files.filter((file) => /^[^/]+\/package\.json$/.test(file.path)).map((file) => workspaceOf(file.path)),
  );
  const missing = [...present].filter((room) => room !== undefined && !table.has(room));
  const gone = [...table.keys()].filter((room) => !present.has(room));
  return [
    ...missing.map((room) => tableFinding(`${room} is not in the table of rooms`, 'add its row')),
    ...gone.map((room) => tableFinding(`${room} is in the table of rooms, but there is no ${room}/`, 'take it out')),
  ];
}

function tableFinding(what: string, instead: string): Finding {
  return { path: TABLE_PATH, line: 1, what, instead, about: '' };
}

function checkImport(table: Rooms, source: Source, { specifier, at }: Import): readonly Finding[] {
  const from = workspaceOf(source.path);
  if (from === undefined) return [];
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(source.path), specifier);
    if (target.startsWith(`${from}/`)) return [];
    return [findingAt(source, at, `"${specifier}" leaves ${from}/`, 'import by name, @rerig/ROOM/FACE', specifier)];
  }
  const to = specifier.startsWith('@rerig/') ? workspaceOf(specifier) : undefined;
  if (to === undefined) return [];
  if (to === from) return [findingAt(source, at, `${from} imports itself by name`, 'a relative path', specifier)];
  if (table.get(from)?.has(to)) return [];
  const allowed = [...(table.get(from) ?? [])].join(', ') || 'nothing';
  const what = `${from} imports ${to}, and ${TABLE_PATH} allows it ${allowed}`;
  return [findingAt(source, at, what, 'pass it in as an argument, or move what is needed down', specifier)];
}
