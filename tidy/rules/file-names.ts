import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** Names that say only that no name was found. As a last word (`string-utils`), those of `LAST` are refused too. */
const WHOLE = new Set(['common', 'shared', 'lib', 'libs', 'core', 'misc', 'util', 'utils', 'helper', 'helpers']);
const LAST = new Set(['util', 'utils', 'helper', 'helpers', 'misc', 'manager', 'managers']);

/** Files and folders are named after the concept inside, in kebab-case for code. */
export const fileNames: Rule = {
  name: 'file-names',
  why: 'If it has no name, the concept is not found yet; such files are where import cycles begin.',
  check: (repository) =>
    repository.files.flatMap((file) => {
      const nameless = file.path.split('/').find(isNameless);
      if (nameless !== undefined) {
        return [finding(file.path, `"${nameless}" names no concept`, 'name it after its main export')];
      }
      const odd = file.path.split('/').find((part) => isCode(file.path) && !isKebab(part));
      return odd === undefined ? [] : [finding(file.path, `"${odd}" is not kebab-case`, kebab(odd))];
    }),
};

function isNameless(part: string): boolean {
  const stem = part.split('.')[0]?.toLowerCase() ?? '';
  return WHOLE.has(stem) || LAST.has(stem.split(/[-_]/).at(-1) ?? '');
}

function isCode(path: string): boolean {
  return /\.tsx?$/.test(path);
}

function isKebab(part: string): boolean {
  return /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(part);
}

function kebab(part: string): string {
  return part
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}

function finding(path: string, what: string, instead: string): Finding {
  return { path, line: 1, what, instead, about: '' };
}
