import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';
import { importsOf, resolveImport } from '../syntax/imports.ts';

/** No file imports itself by way of others, types included. */
export const cycles: Rule = {
  name: 'cycles',
  why: 'Files in a cycle are one file: none of them can be read, tested or moved alone.',
  check(repository) {
    const graph = new Map(
      repository.sources.map((source) => [
        source.path,
        importsOf(source).flatMap(({ specifier }) => resolveImport(repository, source.path, specifier) ?? []),
      ]),
    );
    return [
      ...new Map(
        findCycles(graph)
          .map(toFinding)
          .map((finding) => [finding.what, finding]),
      ).values(),
    ];
  },
};

type Graph = ReadonlyMap<string, readonly string[]>;

/** Each cycle once, as the paths along it, by depth-first search with the path walked so far. */
function findCycles(graph: Graph): readonly (readonly string[])[] {
  const found: string[][] = [];
  const finished = new Set<string>();
  function visit(path: string, walked: readonly string[]): void {
    const start = walked.indexOf(path);
    if (start >= 0) found.push(walked.slice(start));
    if (start >= 0 || finished.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...walked, path]);
    finished.add(path);
  }
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** A cycle is told from its first path in the alphabet, wherever the search came upon it. */
function toFinding(cycle: readonly string[]): Finding {
  const [path = ''] = cycle.toSorted();
  const start = cycle.indexOf(path);
  const what = `an import cycle: ${[...cycle.slice(start), ...cycle.slice(0, start), path].join(' > ')}`;
  return { path, line: 1, what, instead: 'move what both need to a third file', about: '' };
}
