import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../ports.ts';
import { caller } from '../scripted-replica.ts';
import { formatReset, RateLimits } from './rate-limits.ts';

function limited(requestsPerMinute: number | null, tokensPerMinute: number | null): Caller {
  return { ...caller, keyLimit: { requestsPerMinute, tokensPerMinute } };
}

describe('rate limits', () => {
  it('let through at most a minute of allowance and what refills, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }),
        (requestsPerMinute, pausesMs) => {
          const limits = new RateLimits();
          const who = limited(requestsPerMinute, null);
          let nowMs = 0;
          let passedCount = 0;
          for (const pauseMs of pausesMs) {
            nowMs += pauseMs;
            if (!('fault' in limits.take(who, 1, nowMs))) passedCount += 1;
          }
          expect(passedCount).toBeLessThanOrEqual(requestsPerMinute + (nowMs / 60_000) * requestsPerMinute + 1e-6);
        },
      ),
    );
  });

  it('let a request through once the wait that they said is over', () => {
    const limits = new RateLimits();
    const who = limited(2, null);
    limits.take(who, 1, 0);
    limits.take(who, 1, 0);
    const refused = limits.take(who, 1, 0);
    if (!('fault' in refused)) expect.fail('it was let through');
    expect(refused.fault.code).toBe('rate_limit_exceeded');
    expect(refused.headers).toMatchObject({
      'retry-after': '30',
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m0s',
    });
    expect('fault' in limits.take(who, 1, 29_999)).toBe(true);
    expect('fault' in limits.take(who, 1, 30_000)).toBe(false);
  });

  it('count tokens by their bound until a request is settled, then by what it used', () => {
    const limits = new RateLimits();
    const who = limited(null, 1000);
    const first = limits.take(who, 900, 0);
    expect('fault' in limits.take(who, 200, 0)).toBe(true);
    if ('fault' in first) expect.fail('it was refused');
    first.settle(100, 0);
    const second = limits.take(who, 900, 0);
    expect('fault' in second).toBe(false);
    expect(second.headers['x-ratelimit-remaining-tokens']).toBe('0');
  });

  it('let a request through that may use more than a whole minute, when nothing else was used', () => {
    const limits = new RateLimits();
    expect('fault' in limits.take(limited(null, 100), 5000, 0)).toBe(false);
  });

  it('say times as the vendor does', () => {
    expect([12, 1500, 60_000, 90_000].map(formatReset)).toEqual(['12ms', '1.5s', '1m0s', '1m30s']);
  });
});
