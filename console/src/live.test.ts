import type { FarmView } from '@rerig/api/exchange';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exampleFarm } from '../farm-fixture.ts';
import { type LiveFarm, openLiveFarm, retryDelayMs } from './live.ts';

/** A server's end of one event stream. */
interface Line {
  readonly send: (text: string) => void;
  readonly end: () => void;
}

const lines: Line[] = [];
let answers: ((signal: AbortSignal) => Promise<Response>)[] = [];
let farms: FarmView[] = [];
let faultCount = 0;
let live: LiveFarm;

function stream(signal: AbortSignal): Promise<Response> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener('abort', () => controller.error(signal.reason));
      lines.push({
        send: (text) => controller.enqueue(new TextEncoder().encode(text)),
        end: () => controller.close(),
      });
    },
  });
  return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
}

function open(): void {
  live = openLiveFarm({
    fetch: (_, init) => (answers.shift() ?? stream)(init.signal ?? new AbortController().signal),
    nowMs: Date.now,
    random: () => 0.5,
    onFarm: (farm) => farms.push(farm),
    onFault: () => {
      faultCount += 1;
    },
  });
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

async function sendFarm(farm: unknown): Promise<void> {
  lines.at(-1)?.send(`event: farm\ndata: ${JSON.stringify(farm)}\n\n`);
  await settle();
}

beforeEach(async () => {
  vi.useFakeTimers();
  lines.length = 0;
  answers = [];
  farms = [];
  faultCount = 0;
});

afterEach(() => {
  live.close();
  vi.useRealTimers();
});

describe('a live farm', () => {
  test('is live from the first view on, and gives each view', async () => {
    open();
    await settle();
    expect(live.status()).toEqual({ status: 'connecting', fault: null });
    await sendFarm(exampleFarm);
    await sendFarm({ ...exampleFarm, farmName: 'Hangar 4' });
    expect(live.status()).toEqual({ status: 'live' });
    expect(farms.map((farm) => farm.farmName)).toEqual(['Hangar 3', 'Hangar 4']);
  });

  test('waits and connects again when the stream ends, and says why until a view arrives', async () => {
    open();
    await settle();
    await sendFarm(exampleFarm);
    lines[0]?.end();
    await settle();
    expect(live.status()).toMatchObject({ status: 'waiting', fault: { code: 'console-stream-ended' } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.status()).toMatchObject({ status: 'connecting', fault: { code: 'console-stream-ended' } });
    await sendFarm(exampleFarm);
    expect(live.status()).toEqual({ status: 'live' });
    expect(faultCount).toBe(1);
  });

  test('waits longer after each failure, and from the start again after a view', async () => {
    const refuse = () => Promise.reject(new TypeError('Failed to fetch'));
    answers = [refuse, refuse, refuse, stream, refuse];
    open();
    for (const delayMs of [1000, 2000, 4000]) {
      await settle();
      expect(live.status()).toMatchObject({ status: 'waiting', retryAtMs: Date.now() + delayMs });
      await vi.advanceTimersByTimeAsync(delayMs);
    }
    await sendFarm(exampleFarm);
    lines.at(-1)?.end();
    await settle();
    expect(live.status()).toMatchObject({ status: 'waiting', retryAtMs: Date.now() + 1000 });
  });

  test("shows the server's own reason where it refuses the stream", async () => {
    const problem = { code: 'http-too-many-watchers', what: 'No.', why: 'Too many.', mend: 'Close some.' };
    answers = [() => Promise.resolve(new Response(JSON.stringify(problem), { status: 503 }))];
    open();
    await settle();
    expect(live.status()).toMatchObject({ status: 'waiting', fault: problem });
  });

  test('gives up a line that is silent for 45 s, but not one that says that it is still there', async () => {
    open();
    await settle();
    await sendFarm(exampleFarm);
    await vi.advanceTimersByTimeAsync(44_000);
    lines[0]?.send(': still here\n\n');
    await vi.advanceTimersByTimeAsync(44_000);
    expect(live.status()).toEqual({ status: 'live' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(live.status()).toMatchObject({ status: 'waiting', fault: { code: 'console-stream-silent' } });
  });

  test('refuses a view of another shape, and an answer that is no event stream', async () => {
    answers = [stream, () => Promise.resolve(new Response('<html>', { status: 200 }))];
    open();
    await settle();
    await sendFarm({ farmName: 7 });
    expect(live.status()).toMatchObject({ status: 'waiting', fault: { code: 'console-other-version' } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.status()).toMatchObject({ status: 'waiting', fault: { code: 'console-odd-answer' } });
    expect(farms).toEqual([]);
  });

  test('connects at once when told to, and once only', async () => {
    answers = [() => Promise.reject(new TypeError('Failed to fetch'))];
    open();
    await settle();
    live.retryNow();
    live.retryNow();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lines).toHaveLength(1);
  });

  test('does nothing more once it is closed', async () => {
    open();
    await settle();
    live.close();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(lines).toHaveLength(1);
    expect(faultCount).toBe(0);
  });

  test('tells its listeners of each change until they leave', async () => {
    open();
    const listener = vi.fn();
    const leave = live.subscribe(listener);
    await settle();
    await sendFarm(exampleFarm);
    leave();
    lines[0]?.end();
    await settle();
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

test('the wait never shrinks with failures and stays between 0.8 s and 36 s', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (count, random) => {
      const delayMs = retryDelayMs(count, random);
      expect(delayMs).toBeGreaterThanOrEqual(800);
      expect(delayMs).toBeLessThanOrEqual(36_000);
      expect(retryDelayMs(count + 1, random)).toBeGreaterThanOrEqual(delayMs);
    }),
  );
});
