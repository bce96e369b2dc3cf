import ts from 'typescript';
import type { Finding } from '../finding.ts';
import { sourceRule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { isExplained } from '../syntax/comments.ts';
import { partsOutsideFunctions } from '../syntax/names.ts';

const BARE = new Set(['Error', 'TypeError', 'RangeError']);

/**
 * No bare Error and nothing thrown that is no error; no catch that says nothing; a throw inside a catch keeps its
 * cause. Tests may throw a bare Error: they play the part of code that is not ours.
 */
export const errors = sourceRule({
  name: 'errors',
  why: 'An error without kind, cause or mend is read at night by somebody who has nothing else to go on.',
  checkSource: (source) =>
    source.syntax.flatMap((part) => {
      if (ts.isThrowStatement(part)) return source.isTest ? [] : checkThrown(source, part, part.expression);
      if (ts.isCallExpression(part)) return checkCall(source, part);
      return ts.isCatchClause(part) ? checkCatch(source, part) : [];
    }),
});

function checkThrown(source: Source, at: ts.Node, thrown: ts.Expression): readonly Finding[] {
  const instead = 'return a Fault, or throw a FaultError (the world said no) or an InvariantError (our code is wrong)';
  if (ts.isNewExpression(thrown) && BARE.has(thrown.expression.getText(source.tree))) {
    return [findingAt(source, at, `a bare ${thrown.expression.getText(source.tree)}`, instead)];
  }
  if (ts.isStringLiteralLike(thrown) || ts.isTemplateExpression(thrown) || ts.isObjectLiteralExpression(thrown)) {
    return [findingAt(source, at, 'something thrown that is no error', instead)];
  }
  return [];
}

function checkCall(source: Source, call: ts.CallExpression): readonly Finding[] {
  const callee = call.expression.getText(source.tree);
  const [first] = call.arguments;
  if (first === undefined) return [];
  if (/(^|\.)reject$/.test(callee)) return source.isTest ? [] : checkThrown(source, call, first);
  if (!/\.catch$/.test(callee) || !ts.isFunctionLike(first) || !saysNothing(source, first)) return [];
  if (isExplained(source, call)) return [];
  return [findingAt(source, call, 'a catch that drops the error', 'handle it, or say in a comment why it may be lost')];
}

function saysNothing(source: Source, handler: ts.SignatureDeclaration): boolean {
  const body = 'body' in handler && handler.body !== undefined ? handler.body.getText(source.tree) : '';
  if (/^\{\s*\}$/.test(body)) return true;
  return /^(undefined|null|void 0)$/.test(body) && !isUsed(handler.parent);
}

/** Whether the value of a call goes anywhere: then `undefined` is an answer, not a silence. */
function isUsed(call: ts.Node): boolean {
  let outer = call.parent;
  while (ts.isAwaitExpression(outer) || ts.isVoidExpression(outer) || ts.isParenthesizedExpression(outer)) {
    outer = outer.parent;
  }
  return !ts.isExpressionStatement(outer);
}

function checkCatch(source: Source, clause: ts.CatchClause): readonly Finding[] {
  if (clause.block.statements.length === 0) {
    const isSilent = !/\/\/|\/\*/.test(clause.block.getText(source.tree));
    return isSilent ? [findingAt(source, clause, 'an empty catch', 'handle it, or say why it may be lost')] : [];
  }
  const caught = clause.variableDeclaration?.name.getText(source.tree);
  return partsOutsideFunctions(clause.block)
    .filter(ts.isThrowStatement)
    .filter(({ expression }) => ts.isNewExpression(expression) && !keepsCause(source, expression, caught))
    .map((thrown) => findingAt(source, thrown, 'an error that loses its cause', 'new X(…, { cause: error })'));
}

function keepsCause(source: Source, made: ts.NewExpression, caught: string | undefined): boolean {
  return (made.arguments ?? []).some((argument) => {
    const text = argument.getText(source.tree);
    return text === caught || (ts.isObjectLiteralExpression(argument) && /\bcause\b/.test(text));
  });
}
