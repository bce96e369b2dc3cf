import ts from 'typescript';
import { sourceRule } from '../rule.ts';
import { findingAt } from '../source.ts';

const PARTS = new Set(['what', 'why', 'mend']);

/** The words of a fault are sentences: they are shown one after another, to a person. */
export const faultWords = sourceRule({
  name: 'fault-words',
  why: 'CLI, HTTP and console print what, why and mend as they stand.',
  reads: (source) => !source.isTest && !source.path.startsWith('tidy/'),
  checkSource: (source) =>
    source.syntax.filter(ts.isObjectLiteralExpression).flatMap((literal) => {
      const words = literal.properties.filter(ts.isPropertyAssignment).filter((each) => PARTS.has(each.name.getText()));
      if (words.length < PARTS.size) return [];
      return words.flatMap(({ name, initializer }) => {
        if (!ts.isStringLiteralLike(initializer) && !ts.isTemplateExpression(initializer)) return [];
        const text = initializer.getText(source.tree).slice(1, -1);
        if (isSentence(text)) return [];
        const what = `the ${name.getText()} of a fault is no sentence: ${text}`;
        return [findingAt(source, initializer, what, 'a sentence, with a capital and a full stop')];
      });
    }),
});

/** It opens with a capital, a name (`llama.cpp`) or a value, and ends in a full stop, a value or a command. */
function isSentence(text: string): boolean {
  const opens = !/^[a-z]+[ ,]/.test(text);
  const ends = /[.?!`}]$/.test(text) || /: \S.*$/.test(text);
  return opens && ends;
}
