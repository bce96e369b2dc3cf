import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopStrings } from './stop-strings.ts';

const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }).map((parts) => parts.join(''));
const stop = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));

describe('stop strings', () => {
  it('cut the text before the first of them, however it comes in pieces', () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 8 }), fc.array(stop, { maxLength: 4 }), (pieces, stops) => {
        const whole = pieces.join('');
        const found = stops.map((each) => whole.indexOf(each)).filter((at) => at >= 0);
        const scanner = new StopStrings(stops);
        let text = '';
        let isStopped = false;
        for (const piece of pieces) {
          if (isStopped) break;
          const scan = scanner.push(piece);
          text += scan.text;
          isStopped = scan.stopped;
        }
        if (!isStopped) text += scanner.finish();
        expect(isStopped).toBe(found.length > 0);
        if (found.length === 0) expect(text).toBe(whole);
        else {
          expect(whole.startsWith(text)).toBe(true);
          for (const each of stops) expect(text).not.toContain(each);
        }
      }),
      { numRuns: 500 },
    );
  });
});
