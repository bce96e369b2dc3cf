import ts from 'typescript';
import type { Finding } from '../finding.ts';
import type { RepositoryFile } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { findingAt, lineAt, type Source } from '../source.ts';
import { functionName } from '../syntax/names.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 80;
const COMPONENT_LINES_MAX = 120;

/**
 * About 300 lines a file and 50 a function is where to look for the second concept; past 400 and 80 (a React
 * component: 120) it is a finding. The callback of `describe` is a heading, not a function.
 */
export const length: Rule = {
  name: 'length',
  why: 'A long file or function holds a second concept that has no name yet.',
  check: (repository) => [
    ...repository.files.filter((file) => /\.(tsx?|py)$/.test(file.path)).flatMap(checkFile),
    ...repository.sources.flatMap(checkFunctions),
  ],
};

function checkFile(file: RepositoryFile): readonly Finding[] {
  const lineCount = file.text.split('\n').length - 1;
  if (lineCount <= FILE_LINES_MAX) return [];
  const what = `${lineCount} lines; past ${FILE_LINES_MAX} a file holds two concepts`;
  return [{ path: file.path, line: 1, what, instead: 'move the second concept to a file of its name', about: '' }];
}

function checkFunctions(source: Source): readonly Finding[] {
  return source.syntax.filter(ts.isFunctionLike).flatMap((fn) => {
    if (isDescribe(fn)) return [];
    const lineCount = lineAt(source, fn.end) - lineAt(source, fn.getStart(source.tree)) + 1;
    const name = functionName(fn);
    const isComponent = source.path.endsWith('.tsx') && /^[A-Z]/.test(name);
    const limit = isComponent ? COMPONENT_LINES_MAX : FUNCTION_LINES_MAX;
    if (lineCount <= limit) return [];
    const what = `${name === '' ? 'a function' : name} has ${lineCount} lines, more than ${limit}`;
    return [findingAt(source, fn, what, 'name the steps and make each a function', name)];
  });
}

function isDescribe(fn: ts.SignatureDeclaration): boolean {
  return ts.isCallExpression(fn.parent) && /^describe\b/.test(fn.parent.expression.getText());
}
