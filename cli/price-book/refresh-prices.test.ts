import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { figureFault, priceBook } from '@rerig/domain/economics';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { priceSources, refreshPrices, sourcesElsewhere } from './refresh-prices.ts';

const TODAY = '2026-11-25';

/** Answers in the shapes that the sources give, with figures of 2026-09 and 2026-10. */
const recorded: Readonly<Record<string, unknown>> = {
  '/coins.json': {
    coins: {
      EthereumClassic: {
        ...{
          id: 162,
          tag: 'ETC',
          algorithm: 'Etchash',
          block_time: '13.05',
          block_reward: 2.048,
          block_reward24: 2.048,
        },
        ...{ last_block: 23_900_000, difficulty: 3.1e15, nethash: 240_000_000_000_000, exchange_rate: 0.000128 },
        ...{
          exchange_rate24: 0.00013,
          exchange_rate_vol: 11.2,
          exchange_rate_curr: 'BTC',
          market_cap: '$1,360,000,000',
        },
        ...{ btc_revenue24: '0.0000014', profitability24: 100, lagging: false, timestamp: 1_770_000_000 },
      },
      Pearl: {
        ...{ tag: 'PRL', algorithm: 'PearlHash', block_time: '151', block_reward24: 2305.8, nethash: 5.48e19 },
        ...{ exchange_rate24: 0.0000145, exchange_rate_curr: 'BTC', lagging: false, timestamp: 1_790_000_000 },
      },
      Nicehash: { tag: 'NICEHASH', algorithm: 'Ethash', block_time: 1, nethash: 1, exchange_rate_curr: 'BTC' },
      Broken: { tag: 'ERG', nethash: 'unknown' },
    },
  },
  '/bitcoin': { bitcoin: { usd: 90_000 } },
  '/models': {
    data: [
      { id: 'meta-llama/llama-3.1-8b-instruct', pricing: { prompt: '0.00000005', completion: '0.00000008' } },
      { id: 'meta-llama/llama-3.2-3b-instruct:free', pricing: { prompt: '0', completion: '0' } },
      { id: 'qwen/qwen3-32b', pricing: { prompt: '0.00000008', completion: '0.00000028' } },
      { id: 'openrouter/auto', pricing: { prompt: '-1', completion: '-1' } },
    ],
  },
  '/bundles': {
    success: true,
    offers: [
      ...[0.18, 0.2, 0.22, 0.9].map((dph_total) => ({ gpu_name: 'RTX 3090', num_gpus: 1, gpu_ram: 24_576, dph_total })),
      { gpu_name: 'RTX 3090', num_gpus: 4, gpu_ram: 24_576, dph_total: 0.84 },
      ...[0.06, 0.07, 0.08].map((dph_total) => ({ gpu_name: 'RTX 3060', num_gpus: 1, gpu_ram: 12_288, dph_total })),
      { gpu_name: 'RTX 4090', num_gpus: 1, gpu_ram: 24_564, dph_total: 0.3 },
      { gpu_name: 'A card of tomorrow', num_gpus: 1, dph_total: 1 },
      { gpu_name: 'RTX 3090', num_gpus: 0, dph_total: 1 },
    ],
  },
  '/latest': { amount: 1, base: 'USD', date: '2026-11-24', rates: { EUR: 0.86, CNY: 7.1, JPY: 156.2 } },
};

let server: Server;
let address = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://local').pathname;
    if (path === '/silent') return;
    const body = path === '/page' ? '<html>no prices here</html>' : JSON.stringify(recorded[path]);
    response.statusCode = path in recorded || path === '/page' ? 200 : 503;
    response.end(path === '/endless' ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  address = `http://127.0.0.1:${port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const PATHS = {
  frankfurter: ['/latest'],
  'open-router': ['/models'],
  'what-to-mine': ['/coins.json', '/bitcoin'],
  vast: ['/bundles'],
};

function local(changed: Readonly<Record<string, readonly string[]>> = {}) {
  const places = Object.entries({ ...PATHS, ...changed }).flatMap(([name, paths]) =>
    paths.map((path) => `${name}=${address}${path}`),
  );
  const sources = sourcesElsewhere(places);
  if (isFault(sources)) throw new TypeError(sources.what);
  return sources;
}

describe('public sources of prices', () => {
  it('give figures that may stand in the book, dated and sourced', async () => {
    const refreshes = await refreshPrices(local(), TODAY);
    expect(refreshes.flatMap(({ faults }) => faults)).toEqual([]);
    const figures = refreshes.flatMap((each) => each.figures);
    expect(figures.map((figure) => figureFault(figure, priceBook, TODAY))).toEqual(figures.map(() => undefined));
    const value = (id: string) => figures.find(({ figureId }) => figureId === id)?.value;
    expect(value('coin-income/pearl/what-to-mine')).toBeCloseTo(
      ((86_400 / 151) * 2305.8 * 0.0000145 * 90_000) / 5.48e7,
      9,
    );
    expect(value('coin-income/ethereum-classic/what-to-mine')).toBeCloseTo(0.000661, 6);
    expect(value('token-output/8B/open-router/meta-llama/llama-3.1-8b-instruct')).toBeCloseTo(0.08, 9);
    expect(value('rental/rtx-3090/vast')).toBe(0.21);
    expect(value('rental/rtx-3060-12gb/vast')).toBe(0.07);
    expect(value('currency/eur/frankfurter')).toBeCloseTo(1.1628, 4);
  });

  it('leave out what is free, unknown, broken or too little to be a market', async () => {
    const figures = (await refreshPrices(local(), TODAY)).flatMap((each) => each.figures);
    const ids = figures.map(({ figureId }) => figureId).join(' ');
    expect(ids).not.toMatch(/3b|auto|rtx-4090|tomorrow|ergo|nicehash/i);
  });

  it.each([
    ['/nowhere', /status 503/],
    ['/page', /no JSON/],
    ['/silent', /within 200 ms/],
  ])('that fail at %s give a fault and hide no other', async (path, why) => {
    const refreshes = await refreshPrices(local({ vast: [path] }), TODAY, 200);
    const failed = refreshes.find(({ source }) => source.name === 'vast');
    expect(failed?.figures).toEqual([]);
    expect(failed?.faults[0]).toMatchObject({
      code: 'source-unreachable',
      retry: 'later',
      why: expect.stringMatching(why),
    });
    expect(refreshes.filter(({ figures }) => figures.length > 0)).toHaveLength(3);
  });

  it('that cannot be reached at all say so', async () => {
    const sources = sourcesElsewhere(['vast=http://127.0.0.1:1/']);
    if (isFault(sources)) throw new TypeError(sources.what);
    const [vast] = await refreshPrices(
      sources.filter(({ name }) => name === 'vast'),
      TODAY,
      2000,
    );
    expect(vast?.faults[0]?.code).toBe('source-unreachable');
  });

  it('are asked elsewhere only by a name that there is', () => {
    expect(isFault(sourcesElsewhere(['tea-leaves=http://127.0.0.1/']))).toBe(true);
    expect(isFault(sourcesElsewhere(['vast=nowhere']))).toBe(true);
  });

  it('read any answer as figures or as a fault, and never throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...priceSources), fc.array(fc.anything(), { maxLength: 2 }), (source, answers) => {
        const read = source.read(answers, TODAY);
        expect(isFault(read) || Array.isArray(read)).toBe(true);
      }),
    );
  });
});
