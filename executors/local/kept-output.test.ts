import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOG_LINES_MAX } from '../log-tail.ts';
import { KeptOutput } from './kept-output.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Reads from the beginning; a number stands for so many lines that are gone. */
function listen(): { readonly output: KeptOutput; readonly heard: (string | number)[] } {
  const heard: (string | number)[] = [];
  const output = new KeptOutput(
    folder,
    (line) => heard.push(line),
    (lineCount) => heard.push(lineCount),
  );
  return { output, heard };
}

test('lines are the same however the parts are cut, and whenever they are read', () => {
  const text = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 20 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 5 }), fc.func(fc.boolean()), (lines, cuts, isRead) => {
      rmSync(folder, { recursive: true });
      folder = mkdtempSync(join(tmpdir(), 'rerig-kept-'));
      const bytes = lines.map((line) => `${line}\n`).join('');
      const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const { output, heard } = listen();
      ends.forEach((end, number) => {
        const begin = ends[number - 1] ?? 0;
        const firstLine = bytes.slice(0, begin).split('\n').length - 1;
        writeFileSync(join(folder, `out.${number}.${firstLine}`), bytes.slice(begin, end));
        if (isRead(number)) output.readTurn();
      });
      output.end();
      expect(heard).toEqual(lines);
    }),
    { numRuns: 40 },
  );
});

test('of parts that are gone it is told how many lines they had', () => {
  writeFileSync(join(folder, 'out.0.0'), 'a\nb\n');
  const { output, heard } = listen();
  output.readTurn();
  rmSync(join(folder, 'out.0.0'));
  writeFileSync(join(folder, 'out.7.900'), 'c\n');
  output.readTurn();
  appendFileSync(join(folder, 'out.7.900'), 'half');
  output.end();
  expect(heard).toEqual(['a', 'b', 898, 'c', 'half']);
});

test('whoever begins late hears of the lines before', () => {
  writeFileSync(join(folder, 'out.3.50'), 'x\n');
  const { output, heard } = listen();
  output.end();
  expect(heard).toEqual([50, 'x']);
});

test('a log that has grown fast is read in turns, none of more than a tail keeps', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => String(index));
  writeFileSync(join(folder, 'out.0.0'), `${lines.join('\n')}\n`);
  const { output, heard } = listen();
  const counts: number[] = [];
  for (let isWhole = false; !isWhole; ) {
    const before = heard.length;
    isWhole = output.readTurn();
    counts.push(heard.length - before);
  }
  expect(heard).toEqual(lines);
  expect(Math.max(...counts)).toBeLessThan(LOG_LINES_MAX / 2 + 500);
});
