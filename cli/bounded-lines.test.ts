import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BoundedLine, boundedLines } from './bounded-lines.ts';

async function linesOf(chunks: readonly string[], mostCharacters = 100): Promise<readonly BoundedLine[]> {
  async function* stream() {
    yield* chunks;
  }
  const lines: BoundedLine[] = [];
  for await (const line of boundedLines(stream(), mostCharacters)) lines.push(line);
  return lines;
}

const texts = fc.string({ unit: fc.constantFrom('a', '"', ' ', '\u2028', '\r', 'é', '𝄞'), maxLength: 12 });

describe('boundedLines', () => {
  it('gives back the lines that were joined, however the stream was cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(texts, { maxLength: 8 }),
        fc.array(fc.nat(60), { maxLength: 6 }),
        async (lines, cuts) => {
          const whole = lines.map((line) => `${line}\n`).join('');
          const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).toSorted((a, b) => a - b), whole.length];
          const chunks = places.slice(1).map((place, index) => whole.slice(places[index], place));
          const given = await linesOf(chunks);
          expect(given.map(({ text }) => text)).toEqual(lines.map((line) => line.replace(/\r$/, '')));
        },
      ),
    );
  });

  it('keeps no more of a line than it may, and says how long the line was', async () => {
    const long = 'x'.repeat(1000);
    const lines = await linesOf([long.slice(0, 7), long.slice(7), `${long}\nshort\n`, long], 10);
    expect(lines).toEqual([
      { text: 'x'.repeat(10), characterCount: 2000 },
      { text: 'short', characterCount: 5 },
      { text: 'x'.repeat(10), characterCount: 1000 },
    ]);
  });

  it('ends lines at LF and CRLF alone, also where CR and LF come apart', async () => {
    const lines = await linesOf(['a\r', '\nb\u2028c\n\r\n', 'd\re']);
    expect(lines.map(({ text }) => text)).toEqual(['a', 'b\u2028c', '', 'd\re']);
  });

  it('gives nothing of nothing', async () => {
    expect(await linesOf([])).toEqual([]);
    expect(await linesOf(['', ''])).toEqual([]);
  });
});
