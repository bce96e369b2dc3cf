import { posix } from 'node:path';
import ts from 'typescript';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';

const NAME_WORDS_MIN = 3;

/** `x.test.ts` stands beside `x.ts`; its tests are named by sentences, wait for what happens, and are never switched off. */
export const tests: Rule = {
  name: 'tests',
  why: 'A failing test is read by its name, beside the code that it is about; a sleeping one fails on a slow day.',
  check: (repository) =>
    repository.sources
      .filter((source) => source.isTest)
      .flatMap((source) => [...checkPlace(repository, source), ...checkConduct(source)]),
};

/** Beside its file, in a folder `integration/`, or named for a room: a folder around it or beside it. */
function checkPlace(repository: Repository, source: Source): readonly Finding[] {
  const stem = source.path.replace(/(\.integration)?\.test\.tsx?$/, '');
  const folders = posix.dirname(source.path).split('/');
  const name = posix.basename(stem);
  const isBeside = ['.ts', '.tsx', '.py'].some((ending) => repository.fileByPath.has(stem + ending));
  const isOfRoom = folders.includes(name) || repository.files.some((file) => file.path.startsWith(`${stem}/`));
  if (isBeside || isOfRoom || folders.includes('integration')) return [];
  const what = `${posix.basename(source.path)} stands beside no ${name}.ts`;
  return [findingAt(source, source.tree, what, 'name it after the file or room that it tests', name)];
}

function checkConduct(source: Source): readonly Finding[] {
  return source.syntax.flatMap((part) => {
    if (ts.isPropertyAccessExpression(part)) return checkSwitch(source, part);
    if (ts.isCallExpression(part)) return [...checkName(source, part), ...checkSleep(source, part)];
    return [];
  });
}

function checkSwitch(source: Source, part: ts.PropertyAccessExpression): readonly Finding[] {
  const text = part.getText(source.tree);
  if (!/^(test|it|describe|suite)\b.*\.(skip|only|todo|fails)$/.test(text)) return [];
  return [findingAt(source, part, text, 'run it, or test.skipIf(condition) with the reason in its name', text)];
}

function checkName(source: Source, call: ts.CallExpression): readonly Finding[] {
  const [name] = call.arguments;
  if (!/^(test|it)\b/.test(call.expression.getText(source.tree)) || name === undefined) return [];
  if (!ts.isStringLiteralLike(name) && !ts.isTemplateExpression(name)) return [];
  const wordCount = name.getText(source.tree).split(/\s+/).length;
  const isFilledByRow = /\.each\b/.test(call.expression.getText(source.tree)) && /[%$]/.test(name.getText(source.tree));
  if (wordCount >= NAME_WORDS_MIN || isFilledByRow) return [];
  return [findingAt(source, name, `the test name ${name.getText(source.tree)}`, 'a sentence about behaviour')];
}

/** A promise that only waits for a timer, and calls named for sleeping. */
function checkSleep(source: Source, call: ts.CallExpression): readonly Finding[] {
  const callee = call.expression.getText(source.tree);
  const instead = 'vi.waitFor(…), expect.poll(…), or a fake clock';
  if (/^(sleep|sleepMs|pause|delay|wait)$/.test(callee)) return [findingAt(source, call, `${callee}(…)`, instead)];
  if (callee !== 'setTimeout') return [];
  const isImported = /from 'node:timers\/promises'/.test(source.text);
  const around = call.parent;
  const isPromise =
    (ts.isArrowFunction(around) && ts.isNewExpression(around.parent)) ||
    (ts.isExpressionStatement(around) &&
      ts.isBlock(around.parent) &&
      around.parent.statements.length === 1 &&
      ts.isNewExpression(around.parent.parent.parent));
  return isImported || isPromise ? [findingAt(source, call, 'sleeping for a fixed time', instead)] : [];
}
