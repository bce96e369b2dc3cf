import ts from 'typescript';
import type { Finding } from './finding.ts';

/** A TypeScript file, parsed. `syntax` holds every part of the tree once, in source order, documentation excluded. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
  readonly tree: ts.SourceFile;
  readonly syntax: readonly ts.Node[];
}

/** Parses text as TypeScript, or TSX by the path's ending. Refuses nothing: a tree with errors is still a tree. */
export function parseSource(path: string, text: string): Source {
  const kind = path.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, kind);
  return { path, text, isTest: /\.test\.tsx?$/.test(path), tree, syntax: descendants(tree) };
}

/** A part of a tree with everything under it, in source order. */
export function descendants(root: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = [];
  function visit(part: ts.Node): void {
    found.push(part);
    ts.forEachChild(part, visit);
  }
  visit(root);
  return found;
}

/** The line of a position in a source, counted from 1. */
export function lineAt(source: Source, position: number): number {
  return source.tree.getLineAndCharacterOfPosition(position).line + 1;
}

/** A finding at a part of a source. */
export function findingAt(source: Source, part: ts.Node, what: string, instead: string, about = ''): Finding {
  return { path: source.path, line: lineAt(source, part.getStart(source.tree)), what, instead, about };
}
