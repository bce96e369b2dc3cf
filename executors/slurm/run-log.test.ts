import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunLog } from './run-log.ts';

function never(): boolean {
  return false;
}

test('however a log is cut into parts and sent again, each line stands in it once', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n\0]/.test(text)),
        { minLength: 1, maxLength: 20 },
      ),
      fc.array(fc.nat(200), { maxLength: 12 }),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const log = new RunLog(false, never);
        for (const cut of cuts) {
          const from = Math.min(cut, log.heardBytes(0, 0));
          log.take(0, 0, from, bytes.subarray(from, Math.min(bytes.length, from + 1 + (cut % 17))));
        }
        log.take(0, 0, log.heardBytes(0, 0), bytes.subarray(log.heardBytes(0, 0)));
        expect(log.lines()).toEqual(lines);
      },
    ),
  );
});

test('a log that was kept goes on where it was, with the line that was only half heard', () => {
  const log = new RunLog(true, never);
  const bytes = Buffer.from('one\ntwo\nthr');
  log.take(0, 1, 0, bytes);
  const again = new RunLog(true, never, log.snapshot());
  expect(again.heardBytes(0, 1)).toBe(8);
  again.take(0, 1, 8, Buffer.from('three\n'));
  expect(again.part()).toEqual({ lines: ['1: one', '1: two', '1: three'], nextLine: 3, missedCount: 0 });
});

test('what is said to the executor is no part of the log', () => {
  const log = new RunLog(false, (line) => line.startsWith('{'));
  expect(log.take(0, 0, 0, Buffer.from('hello\n{"event":"ready"}\n'))).toEqual(['hello', '{"event":"ready"}']);
  expect(log.lines()).toEqual(['hello']);
});
