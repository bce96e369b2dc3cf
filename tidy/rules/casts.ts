import ts from 'typescript';
import { sourceRule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { functionName, functionsAround } from '../syntax/names.ts';

/**
 * No `any`, no non-null `!`; `as` only inside a `parse…` function or the maker of a branded type, which is a function
 * whose declared result is the brand of the same file. Tests may use `as`: a test of a parser has to hand it what the
 * compiler would refuse.
 */
export const casts = sourceRule({
  name: 'casts',
  why: 'Each of them tells the compiler to believe something that nobody checked.',
  checkSource: (source) =>
    source.syntax.flatMap((part) => {
      if (part.kind === ts.SyntaxKind.AnyKeyword) {
        return [findingAt(source, part, '`any`', 'write the type, or `unknown` and a parse… function')];
      }
      if (ts.isNonNullExpression(part) || (ts.isVariableDeclaration(part) && part.exclamationToken !== undefined)) {
        return [findingAt(source, part, 'a non-null `!`', 'handle undefined, or throw an InvariantError')];
      }
      if (ts.isPropertyDeclaration(part) && part.exclamationToken !== undefined) {
        return [findingAt(source, part, 'a non-null `!`', 'set the property in the constructor')];
      }
      if (!ts.isAsExpression(part) && !ts.isTypeAssertionExpression(part)) return [];
      if (ts.isConstTypeReference(part.type) || source.isTest || isAllowedCast(source, part)) return [];
      const what = `the cast \`as ${part.type.getText(source.tree)}\``;
      return [findingAt(source, part, what, 'narrow the value, or parse it in a function called parse…')];
    }),
});

function isAllowedCast(source: Source, cast: ts.AsExpression | ts.TypeAssertion): boolean {
  const around = functionsAround(cast);
  if (around.some((fn) => /^parse([A-Z]|$)/.test(functionName(fn)))) return true;
  const brand = cast.type.getText(source.tree);
  const [maker] = around;
  return maker?.type?.getText(source.tree) === brand && isBrand(source, brand);
}

function isBrand(source: Source, name: string): boolean {
  return source.syntax.some(
    (part) => ts.isTypeAliasDeclaration(part) && part.name.text === name && ts.isIntersectionTypeNode(part.type),
  );
}
