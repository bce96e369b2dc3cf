import { existsSync } from 'node:fs';
import { dirname, normalize, resolve } from 'node:path';

/** The most that are looked for: a command may be a script of any length. */
const NAMED_MAX = 64;
/** A path below /tmp in the middle of a text, up to what ends a word for a shell, or begins a pattern. */
const PATH_IN_TEXT = /(?<![\w./-])\/tmp\/[^\s"'`=:;,|&<>(){}$*?[\]\\]+/g;

/**
 * What a command and its variables name below /tmp and is there, by its path: a sandbox with a /tmp of its own shows
 * these in it. Of the program itself, the folder that it lies in, as it may look for parts of it there.
 */
export function namedBelowTmp(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  workingFolder: string,
): readonly string[] {
  const { TMPDIR: _, ...variables } = environment;
  const [program = ''] = command;
  const own = program.includes('/') ? [dirname(resolve(workingFolder, program))] : [];
  const texts = [...command, ...Object.values(variables)];
  const named = texts.flatMap((text) => [text, ...(text.match(PATH_IN_TEXT) ?? [])]);
  const paths = [...own, ...named].map((path) => normalize(path).replace(/\/+$/, ''));
  return [...new Set(paths.filter((path) => path.startsWith('/tmp/')))].slice(0, NAMED_MAX).filter(isThere);
}

function isThere(path: string): boolean {
  return !path.includes('\0') && existsSync(path);
}
