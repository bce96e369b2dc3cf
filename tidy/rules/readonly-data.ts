import ts from 'typescript';
import { sourceRule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';

/** Data is readonly: every property of an exported interface, and in domain/ of every interface and type literal. */
export const readonlyData = sourceRule({
  name: 'readonly-data',
  why: 'What nobody can change need not be copied, locked or checked twice.',
  reads: (source) => !source.isTest,
  checkSource: (source) =>
    source.syntax.filter(ts.isPropertySignature).flatMap((property) => {
      const isReadonly = property.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ReadonlyKeyword);
      if (isReadonly || !isData(source, property.parent)) return [];
      const name = property.name.getText(source.tree);
      return [findingAt(source, property, `the property ${name} can be written`, `readonly ${name}`, name)];
    }),
});

function isData(source: Source, holder: ts.Node): boolean {
  if (source.path.startsWith('domain/')) return true;
  return (
    ts.isInterfaceDeclaration(holder) &&
    holder.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) === true
  );
}
