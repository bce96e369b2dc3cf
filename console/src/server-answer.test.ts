import { FaultError } from '@rerig/domain/fault';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consoleFault } from './faults.ts';
import { parseFarm } from './parse-farm.ts';
import { faultOf } from './server-answer.ts';

const words = { what: 'The page can not be kept live.', why: '100 pages watch already.', mend: 'Close some of them.' };

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('faultOf', () => {
  test("shows the server's own words from problem details", async () => {
    const problem = { type: 'urn:rerig:fault:http-too-many-watchers', title: words.what, status: 503, ...words };
    const body = JSON.stringify({ ...problem, code: 'http-too-many-watchers', retry: 'later' });
    const headers = { 'content-type': 'application/problem+json' };
    expect(await faultOf(new Response(body, { status: 503, headers }))).toEqual({
      kind: 'fault',
      code: 'http-too-many-watchers',
      retry: 'later',
      ...words,
    });
  });

  test.each([
    ['an HTML page of a proxy', '<h1>Bad gateway</h1>'],
    ['an empty body', ''],
    ['JSON of another shape', '{"error":"no"}'],
  ])('names the status where the answer is %s', async (_, body) => {
    const fault = await faultOf(new Response(body, { status: 502 }));
    expect(fault).toMatchObject({ code: 'console-odd-answer', why: expect.stringContaining('502') });
  });

  test('says that nothing answers where the network refuses', async () => {
    expect(await faultOf(new TypeError('Failed to fetch'))).toMatchObject({
      code: 'console-unreachable',
      mend: expect.stringContaining('npm start'),
    });
  });

  test('says that the limit ran out', async () => {
    expect(await faultOf(new DOMException('late', 'TimeoutError'))).toMatchObject({ code: 'console-no-answer' });
  });

  test('names the place where a farm is not of the agreed shape', async () => {
    const error = thrownBy(() => parseFarm({ farmName: 7 }));
    expect(await faultOf(error)).toMatchObject({
      code: 'console-other-version',
      why: expect.stringContaining('farmName'),
    });
  });

  test('says that the answer is no JSON', async () => {
    expect(await faultOf(thrownBy(() => JSON.parse('<html>')))).toMatchObject({ code: 'console-odd-answer' });
  });

  test('lets a fault through as it is', async () => {
    const fault = consoleFault('console-stream-ended', words);
    expect(await faultOf(new FaultError(fault))).toBe(fault);
  });

  test('has words for an object whose own words are broken', async () => {
    expect((await faultOf({ toString: {} })).why).toContain('an object without words');
  });

  test('gives what, why and mend for anything at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (thrown) => {
        const fault = await faultOf(thrown);
        for (const text of [fault.code, fault.what, fault.why, fault.mend]) expect(text).not.toBe('');
      }),
    );
  });
});
