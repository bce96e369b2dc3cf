import { posix } from 'node:path';
import ts from 'typescript';
import type { Repository } from '../repository.ts';
import type { Source } from '../source.ts';

/** One import or re-export: what it names and where. */
export interface Import {
  readonly specifier: string;
  readonly at: ts.Node;
}

/** Every import of a source: static, re-exporting, type-only, and dynamic with a literal. */
export function importsOf(source: Source): readonly Import[] {
  return source.syntax.flatMap((part) => {
    if (ts.isImportDeclaration(part) || ts.isExportDeclaration(part)) return literalImport(part.moduleSpecifier);
    if (ts.isCallExpression(part) && part.expression.kind === ts.SyntaxKind.ImportKeyword) {
      return literalImport(part.arguments[0]);
    }
    if (ts.isImportTypeNode(part) && ts.isLiteralTypeNode(part.argument)) return literalImport(part.argument.literal);
    return [];
  });
}

function literalImport(specifier: ts.Node | undefined): readonly Import[] {
  return specifier !== undefined && ts.isStringLiteralLike(specifier)
    ? [{ specifier: specifier.text, at: specifier }]
    : [];
}

/** The workspace that a path stands in, or that a specifier like `@rerig/domain/fault` names. */
export function workspaceOf(path: string): string | undefined {
  const parts = path.split('/');
  if (parts[0] === '@rerig') return parts[1];
  return parts.length > 1 && parts[0]?.startsWith('.') === false ? parts[0] : undefined;
}

/** The repository's file that an import means, or undefined for a package and for what does not exist. */
export function resolveImport(repository: Repository, fromPath: string, specifier: string): string | undefined {
  const target = specifier.startsWith('.')
    ? posix.join(posix.dirname(fromPath), specifier)
    : specifier.startsWith('@rerig/')
      ? specifier.slice('@rerig/'.length)
      : undefined;
  if (target === undefined) return undefined;
  return [target, `${target}.ts`, `${target}.tsx`].find((path) => repository.fileByPath.has(path));
}

/** The package of a bare specifier: `zod` of `zod/v4`, `@fastify/static` of itself; undefined for a relative one. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
