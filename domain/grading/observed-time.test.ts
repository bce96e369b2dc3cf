import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysBetween, observedAtMs } from './observed-time.ts';

describe('observedAtMs', () => {
  it.each([
    ['2022/5/1 0:04:43', '2022-05-01T00:04:43Z'],
    ['2022-06-05 17:54:03.1847994', '2022-06-05T17:54:03Z'],
    ['2022-06-05T17:54:03.18Z', '2022-06-05T17:54:03Z'],
    ['2026-11-25T10:00:00+02:00', '2026-11-25T08:00:00Z'],
    ['2026-11-25T10:00:00-05:30', '2026-11-25T15:30:00Z'],
    ['2026-11-25', '2026-11-25T00:00:00Z'],
    ['Fri May  3 11:54:37 2024', '2024-05-03T11:54:37Z'],
    ['Fri May 13 12:37:16 CST 2022', '2022-05-13T12:37:16Z'],
    ['13 May 2022 12:37', '2022-05-13T12:37:00Z'],
    ['May 13, 2022', '2022-05-13T00:00:00Z'],
    ['1652440000', '2022-05-13T11:06:40Z'],
    ['1652440000123', '2022-05-13T11:06:40Z'],
  ])('reads %s', (words, iso) => {
    expect(Math.floor((observedAtMs(words) ?? 0) / 1000)).toBe(Date.parse(iso) / 1000);
  });

  it.each(['', 'yesterday', '05/06/2022', '2022-13-01', '1999-01-01', 'May 2022', '12:37:16', '20220501'])(
    'tells no time of %j, rather than a wrong one',
    (words) => {
      expect(observedAtMs(words)).toBeUndefined();
    },
  );

  it('reads back what Date writes, and never throws on any text', () => {
    const anyTime = fc.date({ min: new Date('2010-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(anyTime, fc.string(), (date, text) => {
        const wholeSeconds = Math.floor(date.getTime() / 1000) * 1000;
        expect(observedAtMs(new Date(wholeSeconds).toISOString())).toBe(wholeSeconds);
        observedAtMs(text);
      }),
    );
  });

  it('counts whole days, and none backwards', () => {
    const DAY_MS = 86_400_000;
    expect([daysBetween(0, 3.9 * DAY_MS), daysBetween(DAY_MS, 0)]).toEqual([3, 0]);
  });
});
