import ts from 'typescript';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';
import type { Source } from '../source.ts';
import { commentsOf } from '../syntax/comments.ts';

const PROMISES = /\b(TODO|FIXME|XXX|HACK)\b/;

/** A comment says why, in a sentence: no code that was switched off, and no promise to do it later. */
export const comments: Rule = {
  name: 'comments',
  why: 'History is in git and plans are on the plan; a comment is read as what is true now.',
  check: (repository) => [
    ...repository.sources.flatMap(checkSource),
    ...repository.files.filter((file) => /\.(py|sh)$/.test(file.path)).flatMap((file) => checkScript(file)),
  ],
};

function checkSource(source: Source): readonly Finding[] {
  return commentsOf(source).flatMap((comment) =>
    comment.text.split('\n').flatMap((line, index) => {
      const promise = PROMISES.exec(line)?.[0];
      const at = comment.line + index;
      if (promise !== undefined) return [finding(source.path, at, `a ${promise}`, 'do it, or plan it and say nothing')];
      if (comment.isDocstring || !isCode(line.trim())) return [];
      return [finding(source.path, at, `commented-out code: ${line.trim()}`, 'delete it; git remembers')];
    }),
  );
}

/** A line that ends as code does, parses as code, and is more than a word or two. */
function isCode(line: string): boolean {
  if (!/(;|\{|\}|=>|\),?)$/.test(line) || !/[=(){}[\]:.]/.test(line.slice(0, -1))) return false;
  if (!/;$|\{$|^\}|=>$|^(const|let|return|if|await|import|export)\b/.test(line)) return false;
  const whole = line.endsWith('{') ? `${line}}` : line.endsWith('=>') ? `${line} 0` : line;
  const { diagnostics } = ts.transpileModule(whole, { reportDiagnostics: true, fileName: 'comment.ts' });
  return (diagnostics ?? []).length === 0;
}

function checkScript(file: { readonly path: string; readonly text: string }): readonly Finding[] {
  return file.text.split('\n').flatMap((line, index) => {
    const promise = PROMISES.exec(/#(.*)$/.exec(line)?.[1] ?? '')?.[0];
    return promise === undefined ? [] : [finding(file.path, index + 1, `a ${promise}`, 'do it, or plan it')];
  });
}

function finding(path: string, line: number, what: string, instead: string): Finding {
  return { path, line, what, instead, about: '' };
}
