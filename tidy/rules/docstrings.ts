import ts from 'typescript';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { resolveImport } from '../syntax/imports.ts';

/**
 * Every export of a face has a docstring where it is declared. One docstring may cover a block of declarations that
 * stand under it with no empty line between, as a schema and its type do.
 */
export const docstrings: Rule = {
  name: 'docstrings',
  why: 'A face is read by people who will not read what is behind it.',
  check(repository) {
    const findings = repository.sources
      .filter((source) => isFace(repository, source))
      .flatMap((face) => exportsOf(repository, face))
      .filter(({ source, statement }) => !isDocumented(source, statement))
      .map(toFinding);
    return [...new Map(findings.map((finding) => [`${finding.path}:${finding.line}`, finding])).values()];
  },
};

interface Declared {
  readonly source: Source;
  readonly statement: ts.Statement;
  readonly name: string;
}

/** `workspace/x.ts`, and any `x.ts` beside a folder `x/`. */
function isFace(repository: Repository, source: Source): boolean {
  if (source.isTest || /\.(config|d)\.ts$/.test(source.path)) return false;
  const folder = `${source.path.replace(/\.tsx?$/, '')}/`;
  return source.path.split('/').length === 2 || repository.files.some((file) => file.path.startsWith(folder));
}

function exportsOf(repository: Repository, face: Source): readonly Declared[] {
  return face.tree.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return reExports(repository, face, statement);
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
    return isExported ? namesOf(statement).map((name) => ({ source: face, statement, name })) : [];
  });
}

function reExports(repository: Repository, face: Source, statement: ts.ExportDeclaration): readonly Declared[] {
  if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) return [];
  const from = statement.moduleSpecifier;
  const path = from && ts.isStringLiteral(from) ? resolveImport(repository, face.path, from.text) : face.path;
  const target = repository.sourceByPath.get(path ?? '');
  if (target === undefined) return [];
  return statement.exportClause.elements.flatMap((element) =>
    declarationOf(repository, target, (element.propertyName ?? element.name).text),
  );
}

/** Where a name of a source is declared: there, or where the source has it from. */
function declarationOf(repository: Repository, source: Source, name: string): readonly Declared[] {
  const own = source.tree.statements.filter((statement) => namesOf(statement).includes(name));
  const [first] = own;
  if (first !== undefined) {
    return [{ source, statement: own.find((each) => isDocumented(source, each)) ?? first, name }];
  }
  return source.tree.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const isNamed = statement.exportClause && ts.isNamedExports(statement.exportClause);
    const element = isNamed ? statement.exportClause.elements.find((each) => each.name.text === name) : undefined;
    const from = statement.moduleSpecifier;
    if (element === undefined || from === undefined || !ts.isStringLiteral(from)) return [];
    const target = repository.sourceByPath.get(resolveImport(repository, source.path, from.text) ?? '');
    return target ? declarationOf(repository, target, (element.propertyName ?? element.name).text) : [];
  });
}

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

function isDocumented(source: Source, statement: ts.Statement): boolean {
  const above = ts.getLeadingCommentRanges(source.text, statement.pos) ?? [];
  const docstring = above.findLast((range) => source.text.startsWith('/**', range.pos));
  const start = statement.getStart(source.tree);
  if (docstring !== undefined && !isApart(source, docstring.end, start)) return true;
  const index = source.tree.statements.indexOf(statement);
  const before = source.tree.statements[index - 1];
  return before !== undefined && !isApart(source, before.end, start) && isDocumented(source, before);
}

function isApart(source: Source, from: number, to: number): boolean {
  return /\n[ \t]*\n/.test(source.text.slice(from, to));
}

function toFinding({ source, statement, name }: Declared): Finding {
  const instead = '/** what it gives, shapes, units, range, what it refuses; for a constant, source and date. */';
  return findingAt(source, statement, `${name} is on a face and has no docstring`, instead, name);
}
