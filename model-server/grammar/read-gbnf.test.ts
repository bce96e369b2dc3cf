import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyObjectGrammar } from './json-schema-grammar.ts';
import { readGbnf } from './read-gbnf.ts';

describe("reading a request's grammar", () => {
  it('gives rules with all that GBNF has, and what it gives reads as itself', () => {
    const grammar = readGbnf(`# a comment
root ::= item ("," ws item){0,3} | # more
  "x\\n\\"\\x41\\u00e9" [^a-z\\]\\n]+ .
item ::= [a-zA-Z_-]{2,5} "é"?
ws ::= [ \\t]*`);
    expect(grammar).toContain('item ::= ');
    expect(readGbnf(String(grammar))).toBe(grammar);
    expect(isFault(readGbnf(anyObjectGrammar()))).toBe(false);
  });

  it.each<[string, string, string]>([
    ['open brackets without end', `root ::= ${'('.repeat(60_000)}`, 'more than 64 deep'],
    ['a rule that is not there', 'root ::= other', 'is not there'],
    ['no root', 'a ::= "b"', 'no rule "root"'],
    ['a rule that begins with itself', 'root ::= a\na ::= b "x"\nb ::= a | "c"', 'begins with itself'],
    ['a rule that begins with itself behind nothing', 'root ::= "x"? root | "y"', 'begins with itself'],
    ['repeated parts that may be empty', 'root ::= (("a"*)*)*', 'may be empty'],
    ['hundreds of options in a row', `root ::= ${'"a"? '.repeat(2000)}`, 'in a row'],
    ['loops in other words', `root ::= ${'a '.repeat(9)}\na ::= "a" a | ""`, 'in a row'],
    ['loops that meet over rules', 'root ::= a "a"* "a"* "a"*\na ::= "b" "a"* "a"* "a"* "a"*', 'in a row'],
    ['tokens by number', 'root ::= <[1]>', 'not read'],
    ['a text that does not end', 'root ::= "a', 'it ends inside'],
    ['too many copies', 'root ::= "a"{5000}', 'repeated more than'],
    ['a range the wrong way round', 'root ::= [z-a]', 'wrong way round'],
  ])('refuses %s', (_, grammar, words) => {
    const fault = readGbnf(grammar);
    expect(isFault(fault) ? fault.why : fault).toContain(words);
  });

  it('never throws, whatever text it is given', () => {
    const scrap = fc.constantFrom(
      'root',
      ' ::= ',
      '"',
      'a',
      '[',
      ']',
      '(',
      ')',
      '*',
      '?',
      '{2',
      '}',
      '|',
      '\n',
      '\\',
      '#',
      '^',
      '-',
      '.',
    );
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 30 }), (scraps) => {
        const grammar = readGbnf(`root ::= ${scraps.join('')}`);
        expect(isFault(grammar) ? grammar.code : 'grammar_refused').toBe('grammar_refused');
      }),
      { numRuns: 2000 },
    );
  });
});
