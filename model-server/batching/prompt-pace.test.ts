import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromptPace } from './prompt-pace.ts';

describe('the pace of prompts', () => {
  it('gives a slow model few tokens a step and a fast one all that it may have', () => {
    const slow = new PromptPace(256);
    slow.measure(64, 64 * 80);
    expect(slow.promptTokensMax).toBe(7);
    const fast = new PromptPace(256);
    fast.measure(64, 20);
    expect(fast.promptTokensMax).toBe(256);
  });

  it('settles where a step of prompts takes no longer than its bound, whatever a token costs', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 4, noNaN: true }),
        fc.integer({ min: 64, max: 512 }),
        (msPerToken, most) => {
          const pace = new PromptPace(most);
          for (let step = 0; step < 40; step += 1)
            pace.measure(pace.promptTokensMax, pace.promptTokensMax * msPerToken);
          expect(pace.promptTokensMax).toBeGreaterThanOrEqual(1);
          expect(pace.promptTokensMax).toBeLessThanOrEqual(most);
          expect(pace.promptTokensMax * msPerToken).toBeLessThanOrEqual(600.001);
        },
      ),
    );
  });
});
