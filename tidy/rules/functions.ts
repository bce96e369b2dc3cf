import ts from 'typescript';
import { sourceRule } from '../rule.ts';
import { findingAt } from '../source.ts';

/** Functions at top level are declarations, so that a file reads from its main export down. A const whose type is
 * written out stays: a declaration cannot take a vendor's function type. */
export const functions = sourceRule({
  name: 'functions',
  why: 'A declaration is hoisted, has a name in every stack trace, and looks like what it is.',
  checkSource: (source) =>
    source.tree.statements.filter(ts.isVariableStatement).flatMap((statement) =>
      statement.declarationList.declarations.flatMap((declaration) => {
        const { initializer } = declaration;
        if (initializer === undefined || declaration.type !== undefined) return [];
        if (!ts.isArrowFunction(initializer) && !ts.isFunctionExpression(initializer)) return [];
        const name = declaration.name.getText(source.tree);
        return [findingAt(source, declaration, `the function ${name} as a const`, `function ${name}(…) { … }`, name)];
      }),
    ),
});
