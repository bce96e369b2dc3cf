import { posix } from 'node:path';
import ts from 'typescript';
import { sourceRule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';

const DEMANDED_DEFAULT = /(^|\/)(vite|vitest|playwright)\.config\.ts$/;

/** No default export but where a framework demands one, no `export *`, no barrel called index. */
export const namedExports = sourceRule({
  name: 'exports',
  why: 'An export has one name, which is found by searching for it; a face lists what it gives.',
  checkSource: (source) => [...defaults(source), ...stars(source), ...barrels(source)],
});

function defaults(source: Source) {
  if (DEMANDED_DEFAULT.test(source.path)) return [];
  return source.tree.statements
    .filter((statement) => {
      const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
      return (
        ts.isExportAssignment(statement) ||
        modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ||
        (ts.isExportDeclaration(statement) && /\bas default\b/.test(statement.getText(source.tree)))
      );
    })
    .map((statement) => findingAt(source, statement, 'a default export', 'export it by its name'));
}

function stars(source: Source) {
  return source.tree.statements
    .filter((statement) => ts.isExportDeclaration(statement) && !isNamedExport(statement))
    .map((statement) => findingAt(source, statement, '`export *`', 'list the names that the face gives'));
}

function isNamedExport(statement: ts.ExportDeclaration): boolean {
  return statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause);
}

function barrels(source: Source) {
  if (!/^index\.tsx?$/.test(posix.basename(source.path))) return [];
  return [findingAt(source, source.tree, 'a file called index', 'name it after what it exports, or x.ts beside x/')];
}
