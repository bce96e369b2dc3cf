import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerText } from './answer-text.ts';

describe('an answer that comes in pieces', () => {
  it('is written in lines that fit, with the same words, however it is cut', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (list, cuts) => {
        const whole = list.join(' ');
        let written = '';
        const text = new AnswerText(
          (part) => {
            written += part;
          },
          40,
          '    ',
        );
        for (let at = 0; at < whole.length; ) {
          const length = cuts.next().value ?? 1;
          text.push(whole.slice(at, at + length));
          at += length;
        }
        text.finish();
        expect(written.split(/\s+/).filter((word) => word !== '')).toEqual(list);
        for (const line of written.trimEnd().split('\n')) {
          expect(line.startsWith('    ')).toBe(true);
          expect(line.length).toBeLessThanOrEqual(40);
        }
      }),
    );
  });

  it('brings no control characters to the terminal', () => {
    let written = '';
    const text = new AnswerText(
      (part) => {
        written += part;
      },
      80,
      '',
    );
    text.push('a\u001b[2Jb');
    text.finish();
    expect(written).toBe('a[2Jb\n');
  });
});
