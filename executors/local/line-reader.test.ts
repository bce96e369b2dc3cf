import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LINE_CHARACTERS_MAX, LineReader } from './line-reader.ts';

function linesOf(pieces: readonly Uint8Array[]): readonly string[] {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line));
  for (const piece of pieces) reader.read(Buffer.from(piece));
  reader.end();
  return lines;
}

test('lines are the same however the bytes are cut, also within a letter', () => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => text !== '' && !/[\r\n]/.test(text));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(linesOf(pieces)).toEqual(lines);
    }),
  );
});

test('a line without an end is handed out at the end', () => {
  expect(linesOf([Buffer.from('one\r\ntwo')])).toEqual(['one', 'two']);
});

test('a line that is too long is cut, and the next one is whole', () => {
  const [long = '', next] = linesOf([...Array(40).fill(Buffer.alloc(8192, 'x')), Buffer.from('\nnext\n')]);
  expect(long.length).toBeLessThan(LINE_CHARACTERS_MAX + 100);
  expect(next).toBe('next');
});
