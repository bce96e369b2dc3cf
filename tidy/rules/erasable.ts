import ts from 'typescript';
import { sourceRule } from '../rule.ts';
import { findingAt } from '../source.ts';

/** No enum, namespace, parameter property or decorator. */
export const erasable = sourceRule({
  name: 'erasable',
  why: 'Node runs our TypeScript by erasing the types, and these are code that erasing would lose.',
  checkSource: (source) =>
    source.syntax.flatMap((part) => {
      if (ts.isEnumDeclaration(part)) {
        return [findingAt(source, part, `the enum ${part.name.text}`, 'a union of string literals')];
      }
      if (ts.isModuleDeclaration(part) && ts.isIdentifier(part.name) && part.name.text !== 'global') {
        return [findingAt(source, part, `the namespace ${part.name.text}`, 'a file')];
      }
      if (ts.isDecorator(part)) return [findingAt(source, part, 'a decorator', 'call a function')];
      if (ts.isParameter(part) && ts.isParameterPropertyDeclaration(part, part.parent)) {
        return [findingAt(source, part, 'a parameter property', 'declare the property and set it')];
      }
      return [];
    }),
});
