import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { type Import, importsOf, resolveImport, workspaceOf } from '../syntax/imports.ts';

/**
 * A room `x/` is entered by its face `x.ts` beside it: from another workspace, and from another room of the same. What its
 * tests are made of stands at `x-testing.ts`, so that the product loads none of it.
 */
export const faces: Rule = {
  name: 'faces',
  why: 'What is behind the face can change without asking who reads it.',
  check: (repository) =>
    repository.sources.flatMap((source) => importsOf(source).flatMap((each) => checkImport(repository, source, each))),
};

function checkImport(repository: Repository, source: Source, { specifier, at }: Import): readonly Finding[] {
  const [scope, workspace, face, ...inside] = specifier.split('/');
  if (scope === '@rerig' && workspace !== undefined) {
    if (face !== undefined && inside.length === 0) return [];
    const instead = face === undefined ? `@rerig/${workspace}/FACE` : `@rerig/${workspace}/${face}`;
    return [findingAt(source, at, `"${specifier}" is not a face`, instead, specifier)];
  }
  const target = resolveImport(repository, source.path, specifier);
  if (target === undefined || workspaceOf(target) !== workspaceOf(source.path)) return [];
  const room = roomsAround(repository, target).find((each) => !isAtHome(source.path, each));
  if (room === undefined) return [];
  const way = posix.relative(posix.dirname(source.path), `${room}.ts`);
  return [
    findingAt(source, at, `"${specifier}" goes behind ${room}.ts`, way.startsWith('.') ? way : `./${way}`, specifier),
  ];
}

/** The folders around a path that have a face beside them, outermost first. */
function roomsAround(repository: Repository, path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts
    .map((_, index) => parts.slice(0, index + 1).join('/'))
    .filter((folder) => repository.fileByPath.has(`${folder}.ts`) || repository.fileByPath.has(`${folder}.tsx`));
}

function isAtHome(path: string, room: string): boolean {
  return path.startsWith(`${room}/`) || new RegExp(`^${room}(\\.test|-testing)?\\.tsx?$`).test(path);
}
