import ts from 'typescript';
import { lineAt, type Source } from '../source.ts';

/** A comment: its text without the marks, and the line where it starts. */
export interface Comment {
  readonly text: string;
  readonly line: number;
  readonly isDocstring: boolean;
}

/** Every comment of a source, once, in source order. */
export function commentsOf(source: Source): readonly Comment[] {
  const found = new Map<number, Comment>();
  for (const position of tokenStarts(source)) {
    const ranges = [
      ...(ts.getLeadingCommentRanges(source.text, position) ?? []),
      ...(ts.getTrailingCommentRanges(source.text, position) ?? []),
    ];
    for (const range of ranges) {
      const text = source.text.slice(range.pos, range.end);
      found.set(range.pos, {
        text: text.startsWith('//')
          ? text.slice(2).trim()
          : text.replace(/^\/\*+|\*+\/$/g, '').replace(/^\s*\* ?/gm, ''),
        line: lineAt(source, range.pos),
        isDocstring: text.startsWith('/**'),
      });
    }
  }
  return [...found.entries()].sort(([a], [b]) => a - b).map(([, comment]) => comment);
}

/** Where each token's trivia starts. Text between JSX tags is no token here, for `//` in it is no comment. */
function tokenStarts(source: Source): readonly number[] {
  const starts: number[] = [];
  function visit(part: ts.Node): void {
    if (part.kind === ts.SyntaxKind.JsxText) return;
    const children = part.getChildren(source.tree);
    if (children.length === 0) starts.push(part.pos, part.end);
    else for (const child of children) if (!ts.isJSDoc(child)) visit(child);
  }
  visit(source.tree);
  return starts;
}

/** Whether a comment stands inside a part, at the end of its last line, or right above its statement. */
export function isExplained(source: Source, part: ts.Node): boolean {
  let statement = part;
  while (!ts.isStatement(statement) && statement.parent !== undefined) statement = statement.parent;
  const above = ts.getLeadingCommentRanges(source.text, statement.pos) ?? [];
  const after = ts.getTrailingCommentRanges(source.text, statement.end) ?? [];
  return above.length > 0 || after.length > 0 || /\/\*|\/\/ /.test(part.getText(source.tree));
}
