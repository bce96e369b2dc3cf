import ts from 'typescript';
import { sourceRule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { importsOf } from '../syntax/imports.ts';

const TEST_PACKAGES = new Set(['vitest', 'fast-check']);
const IMPURE_GLOBALS = new Set([
  'crypto',
  'performance',
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'globalThis',
]);

/** domain/ imports nothing but itself, and takes time, randomness and ids as arguments. */
export const pureDomain = sourceRule({
  name: 'pure-domain',
  why: 'A decision that depends only on its arguments can be tested by a table and repeated from a log.',
  reads: (source) => source.path.startsWith('domain/'),
  checkSource: (source) => [
    ...importsOf(source)
      .filter(({ specifier }) => !specifier.startsWith('.') && !(source.isTest && isTestImport(specifier)))
      .map(({ specifier, at }) =>
        findingAt(source, at, `domain imports "${specifier}"`, 'take what it gives as an argument', specifier),
      ),
    ...(source.isTest ? [] : source.syntax.flatMap((part) => checkPart(source, part))),
  ],
});

/** A test may read a fixture from disk: it runs in Node, while the code that it tests does not know that. */
function isTestImport(specifier: string): boolean {
  return TEST_PACKAGES.has(specifier) || specifier.startsWith('node:');
}

function checkPart(source: Source, part: ts.Node) {
  const text = part.getText(source.tree);
  const isClock =
    (ts.isPropertyAccessExpression(part) && /^Date\s*\.\s*now$/.test(text)) ||
    (ts.isNewExpression(part) && part.expression.getText() === 'Date' && (part.arguments?.length ?? 0) === 0) ||
    (ts.isCallExpression(part) && part.expression.getText() === 'Date');
  if (isClock) return [findingAt(source, part, `the clock: ${text}`, 'take atMs or now as an argument')];
  if (ts.isPropertyAccessExpression(part) && /^Math\s*\.\s*random$/.test(text)) {
    return [findingAt(source, part, text, 'take a seeded source of randomness as an argument')];
  }
  if (ts.isIdentifier(part) && IMPURE_GLOBALS.has(part.text) && isGlobalUse(part)) {
    return [findingAt(source, part, `the global ${part.text}`, 'take what it gives as an argument', part.text)];
  }
  return [];
}

function isGlobalUse(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === name;
  return (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === name;
}
