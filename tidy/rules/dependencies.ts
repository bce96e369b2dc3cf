import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { type Dependency, dependenciesOf } from '../syntax/manifest.ts';

const PAGE_PATH = 'DEPENDENCIES.md';

/** DEPENDENCIES.md lists exactly what the package.json files declare, each at one exact version. */
export const dependencies: Rule = {
  name: 'dependencies',
  why: 'Each dependency is a decision; one that nobody wrote down was never made.',
  check(repository) {
    const declared = repository.files
      .filter((file) => /(^|\/)package\.json$/.test(file.path))
      .flatMap((file) => dependenciesOf(repository, file.path))
      .filter((dependency) => !dependency.name.startsWith('@rerig/'));
    return [...declared.flatMap(checkPinned), ...checkListed(repository, declared), ...checkGone(repository, declared)];
  },
};

interface Row {
  readonly name: string;
  readonly version: string;
  readonly line: number;
}

/** The rows `| name | version | … |` of the page. */
function rowsOf(repository: Repository): readonly Row[] {
  const lines = repository.fileByPath.get(PAGE_PATH)?.text.split('\n') ?? [];
  return lines.flatMap((text, index) => {
    const [, name = '', version = ''] = text.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    return /^\d/.test(version) ? [{ name, version, line: index + 1 }] : [];
  });
}

function checkPinned({ name, version, manifest, line }: Dependency): readonly Finding[] {
  if (/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return [];
  const what = `${name} at "${version}" is not one version`;
  return [{ path: manifest, line, what, instead: 'an exact version, without ^ or ~', about: name }];
}

function checkListed(repository: Repository, declared: readonly Dependency[]): readonly Finding[] {
  const rows = rowsOf(repository);
  return declared.flatMap(({ name, version, manifest, line }) => {
    const row = rows.find((each) => each.name === name);
    if (row?.version === version) return [];
    const what = row === undefined ? `${name} is not in ${PAGE_PATH}` : `${name} is ${row.version} in ${PAGE_PATH}`;
    const instead = `| ${name} | ${version} | room | why it | what it would take to leave |`;
    return [{ path: manifest, line, what, instead, about: name }];
  });
}

function checkGone(repository: Repository, declared: readonly Dependency[]): readonly Finding[] {
  return rowsOf(repository)
    .filter((row) => !declared.some((dependency) => dependency.name === row.name))
    .map(({ name, line }) => {
      const what = `${name} is listed, and no package.json declares it`;
      return { path: PAGE_PATH, line, what, instead: 'take the line out', about: name };
    });
}
