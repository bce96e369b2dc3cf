import ts from 'typescript';
import type { Finding } from '../finding.ts';
import { sourceRule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { declaredNames, wordsOf } from '../syntax/names.ts';

const LEDGER = /^domain\/(ledger|metering)(\.|\/)/;

/** Money is whole micro-units in `bigint` everywhere, and nothing in ledger or metering is a fraction. */
export const wholeMoney = sourceRule({
  name: 'whole-money',
  why: 'Sums of fractions do not add up, and a ledger that does not add up is no ledger.',
  reads: (source) => !source.isTest,
  checkSource: (source) => [
    ...moneyAsNumber(source),
    ...(LEDGER.test(source.path) ? source.syntax.flatMap((part) => checkPart(source, part)) : []),
  ],
});

function moneyAsNumber(source: Source): readonly Finding[] {
  return declaredNames(source)
    .filter(({ name, type }) => /MicroUsd/i.test(name) && type?.kind === ts.SyntaxKind.NumberKeyword)
    .map(({ name, at }) => findingAt(source, at, `${name} is money as a number`, `${name}: bigint`, name));
}

function checkPart(source: Source, part: ts.Node): readonly Finding[] {
  const text = part.getText(source.tree);
  if (ts.isNumericLiteral(part) && !Number.isInteger(Number(part.text))) {
    return [findingAt(source, part, `the fraction ${text}`, 'whole micro-units, or a numerator over a whole divisor')];
  }
  if (ts.isCallExpression(part)) {
    const callee = part.expression.getText(source.tree);
    if (!/^(Number|parseFloat|Number\.parseFloat)$|\.(toFixed|toPrecision)$/.test(callee)) return [];
    return [findingAt(source, part, `${callee}() makes a fraction`, 'stay in bigint; write it with formatMicroUsd')];
  }
  if (!ts.isBinaryExpression(part)) return [];
  const isDivision = [ts.SyntaxKind.SlashToken, ts.SyntaxKind.SlashEqualsToken].includes(part.operatorToken.kind);
  if (!isDivision || isWhole(source, part.left) || isWhole(source, part.right)) return [];
  return [findingAt(source, part, `the division ${text}`, 'divide bigint by bigint, and name the rounding')];
}

/** Whether an expression is a `bigint` by its looks; the compiler refuses to mix one with a number. */
function isWhole(source: Source, expression: ts.Expression): boolean {
  if (ts.isBigIntLiteral(expression)) return true;
  if (ts.isParenthesizedExpression(expression)) return isWhole(source, expression.expression);
  if (ts.isBinaryExpression(expression)) return isWhole(source, expression.left) || isWhole(source, expression.right);
  if (ts.isCallExpression(expression)) return expression.expression.getText(source.tree) === 'BigInt';
  if (ts.isPropertyAccessExpression(expression)) return isMoneyName(expression.name.text);
  if (!ts.isIdentifier(expression)) return false;
  return isMoneyName(expression.text) || declaredNames(source).some((each) => isWholeName(each, expression.text));
}

function isMoneyName(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word, index) => word === 'micro' && (words[index + 1] === 'usd' || words[index + 1] === 'per'));
}

function isWholeName(
  declared: {
    readonly name: string;
    readonly type?: ts.TypeNode | undefined;
    readonly initializer?: ts.Node | undefined;
  },
  name: string,
): boolean {
  if (declared.name !== name) return false;
  const type = declared.type?.getText();
  return (
    type === 'bigint' || type === 'MicroUsd' || /^(BigInt\(|-?\d[\d_]*n$)/.test(declared.initializer?.getText() ?? '')
  );
}
