import { isBuiltin } from 'node:module';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { importsOf, packageOf, workspaceOf } from '../syntax/imports.ts';
import { dependenciesOf } from '../syntax/manifest.ts';

/** Never shipped, so what they import need not be declared for those who install a part of us. */
const UNSHIPPED = new Set(['tidy', 'bench']);

/**
 * What a workspace imports stands in its package.json. Tests, configuration files and the rooms that never ship may
 * use the root's development dependencies too. Node's own modules are imported as `node:…`.
 */
export const packages: Rule = {
  name: 'packages',
  why: 'A package that only happens to be installed is gone after somebody else’s update.',
  check: (repository) => repository.sources.flatMap((source) => checkSource(repository, source)),
};

function checkSource(repository: Repository, source: Source): readonly Finding[] {
  const workspace = workspaceOf(source.path);
  const manifest = workspace === undefined ? 'package.json' : `${workspace}/package.json`;
  const declared = new Set(dependenciesOf(repository, manifest).map((dependency) => dependency.name));
  const isUnshipped = source.isTest || /\.config\.ts$/.test(source.path) || UNSHIPPED.has(workspace ?? '');
  const isRootDeclared = (name: string) =>
    isUnshipped && dependenciesOf(repository, 'package.json').some((dependency) => dependency.name === name);
  return importsOf(source).flatMap(({ specifier, at }) => {
    const name = packageOf(specifier);
    if (name === undefined || name.startsWith('node:') || declared.has(name) || isRootDeclared(name)) return [];
    if (name.startsWith('@rerig/') && isUnshipped) return [];
    if (isBuiltin(name)) return [findingAt(source, at, `"${specifier}"`, `"node:${specifier}"`, name)];
    const what = `${name} is imported and not declared`;
    return [findingAt(source, at, what, `add it to ${manifest}, its exact version and DEPENDENCIES.md`, name)];
  });
}
