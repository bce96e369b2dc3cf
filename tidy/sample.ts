import { InvariantError } from '@rerig/domain/fault';
import type { RepositoryFile } from './repository.ts';

/** A small repository in one text file, and the lines, as `path:line`, on which a rule must find something. */
export interface Sample {
  readonly files: readonly RepositoryFile[];
  readonly marked: ReadonlySet<string>;
}

const HEADER = /^-- (\S+) --$/;
const MARK = /[ \t]*\/\/~$/;

/**
 * Parses a sample: `-- path --` on a line of its own opens a file, and a line that ends in `//~` is one on which the
 * rule must find something. The mark is cut off before any rule reads the line.
 */
export function parseSample(text: string): Sample {
  const files: { readonly path: string; readonly lines: string[] }[] = [];
  const marked = new Set<string>();
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const path = HEADER.exec(line)?.[1];
    if (path !== undefined) {
      files.push({ path, lines: [] });
      continue;
    }
    const file = files.at(-1);
    if (file === undefined) throw new InvariantError(`a sample starts with "-- path --", not with "${line}"`);
    file.lines.push(line.replace(MARK, ''));
    if (MARK.test(line)) marked.add(`${file.path}:${file.lines.length}`);
  }
  return { files: files.map(({ path, lines }) => ({ path, text: `${lines.join('\n')}\n` })), marked };
}
