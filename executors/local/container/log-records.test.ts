import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogRecords } from './log-records.ts';

interface Told {
  readonly output: string[];
  readonly error: string[];
}

function read(pieces: readonly Buffer[]): Told {
  const told: Told = { output: [], error: [] };
  const records = new LogRecords({
    output: (line) => told.output.push(line),
    error: (line) => told.error.push(line),
  });
  for (const piece of pieces) records.read(piece);
  records.end();
  return told;
}

const LINE = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !/[\n\r]/.test(text) && text !== '');
const WRITTEN = fc.array(fc.record({ stream: fc.constantFrom('stdout', 'stderr'), line: LINE }), { maxLength: 20 });

/** As conmon keeps it: a line may be in several records. */
function plain(stream: string, line: string): Buffer {
  const bytes = Buffer.from(line);
  const half = Math.floor(bytes.length / 2);
  const time = '2026-11-25T10:00:47.753236887+00:00';
  return Buffer.concat([
    Buffer.from(`${time} ${stream} P `),
    bytes.subarray(0, half),
    Buffer.from(`\n${time} ${stream} F `),
    bytes.subarray(half),
    Buffer.from('\n'),
  ]);
}

/** As Docker keeps it. */
function json(stream: string, line: string): Buffer {
  return Buffer.from(`${JSON.stringify({ log: `${line}\n`, stream, time: '2026-11-25T10:00:47.75Z' })}\n`);
}

test.each([
  ['Podman', plain],
  ['Docker', json],
])('lines as %s keeps them are told whole, on their stream, however the file is read', (_, format) => {
  fc.assert(
    fc.property(WRITTEN, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (written, cuts) => {
      const whole = Buffer.concat(written.map(({ stream, line }) => format(stream, line)));
      const pieces: Buffer[] = [];
      for (let at = 0, index = 0; at < whole.length; index += 1) {
        const byteCount = cuts[index % cuts.length] ?? 1;
        pieces.push(whole.subarray(at, at + byteCount));
        at += byteCount;
      }
      const of = (stream: string) => written.filter((each) => each.stream === stream).map(({ line }) => line);
      // What is no whole character is told as such, as everywhere.
      const asRead = (lines: readonly string[]) => lines.map((line) => Buffer.from(line).toString('utf8'));
      expect(read(pieces)).toEqual({ output: asRead(of('stdout')), error: asRead(of('stderr')) });
    }),
  );
});

test('half a record, as a full disk leaves it, and what is no record are passed over', () => {
  const text = '{"log":"a\\n","str\nnonsense\n\n{"log":1,"stream":"stdout"}\n{"log":"b\\n","stream":"stdout"}\n';
  expect(read([Buffer.from(text)])).toEqual({ output: ['b'], error: [] });
});
