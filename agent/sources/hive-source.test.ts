import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readInventory } from '@rerig/domain/inventory';
import { describe, expect, test } from 'vitest';
import { describeRigSourceContract, type SourceUnderTest } from './contract.ts';
import { hiveSource } from './hive-source.ts';

const TOKEN = 'eyJ0eXAiOiJKV1QifQ.secret-token';

/** What the API answers to a path; a status alone is a refusal. */
type Answers = (path: string, callCount: number) => object | string | number | undefined;

interface FakeHive {
  readonly url: string;
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A server that speaks the recorded shapes, and answers only to the token. */
async function openFakeHive(answers: Answers): Promise<FakeHive> {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').replace('/api/v2', '');
    asked.push(path);
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
    const answer = isKnown ? answers(path, asked.length) : 401;
    if (answer === undefined) return;
    response.statusCode = typeof answer === 'number' ? answer : 200;
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v2`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function rig(id: number): object {
  return {
    id,
    farm_id: 12,
    platform: 1,
    name: `barn ${id}`,
    units_count: 1,
    password: TOKEN,
    gpu_info: [
      { bus_id: '01:00.0', bus_number: 1, brand: 'nvidia', model: 'GeForce GTX 1070', details: { mem: '8119 MB' } },
    ],
    gpu_stats: [{ bus_number: 1, temp: 60, fan: 50, power: 120 }],
  };
}

function pageOf(rigs: readonly object[], currentPage: number, totalPages: number): object {
  return { data: rigs, tags: [], pagination: { current_page: currentPage, total_pages: totalPages, per_page: 200 } };
}

function noPause(): Promise<void> {
  return Promise.resolve();
}

describeRigSourceContract('HiveOS’s API', async (): Promise<SourceUnderTest> => {
  let isHanging = false;
  const fake = await openFakeHive((path) => {
    if (isHanging) return undefined;
    if (path === '/farms')
      return {
        data: [
          { id: 12, name: 'a' },
          { id: 13, name: 'b' },
        ],
      };
    if (path.startsWith('/farms/13/')) return 403;
    return path.includes('page=1&') ? pageOf([rig(4)], 1, 2) : pageOf([rig(7)], 2, 2);
  });
  return {
    source: hiveSource({ token: TOKEN, url: fake.url, pauseMs: noPause }),
    rigIds: ['hive-4', 'hive-7'],
    secret: TOKEN,
    hang: () => {
      isHanging = true;
    },
    dispose: fake.close,
  };
});

async function readFrom(answers: Answers, options: { readonly farmId?: number; readonly token?: string } = {}) {
  const fake = await openFakeHive(answers);
  const source = hiveSource({ token: TOKEN, url: fake.url, pauseMs: noPause, answerLimitMs: 3000, ...options });
  const read = await source.read(new AbortController().signal);
  await fake.close();
  return { ...read, asked: fake.asked };
}

describe('HiveOS’s API', () => {
  test('is asked for one farm alone where its number is given, and not twice where it knows no pages', async () => {
    const { files, faults, asked } = await readFrom(() => ({ data: [rig(4)], tags: [] }), { farmId: 12 });
    expect(faults).toEqual([]);
    expect(asked).toEqual(['/farms/12/workers?page=1&per_page=200']);
    expect(readInventory(files).farm.rigs[0]?.cards[0]?.reading).toMatchObject({ powerWatts: 120 });
  });

  test('is asked again where it is busy, and given up where it stays so', async () => {
    const recovering = await readFrom((_, callCount) => (callCount < 3 ? 429 : pageOf([rig(4)], 1, 1)), { farmId: 12 });
    expect(recovering.faults).toEqual([]);
    expect(recovering.asked).toHaveLength(3);
    const busy = await readFrom(() => 503, { farmId: 12 });
    expect(busy.faults.map(({ code }) => code)).toEqual(['hiveos-unreachable']);
    expect(busy.asked).toHaveLength(4);
  });

  test('keeps the pages that came before one that did not', async () => {
    const answers: Answers = (path) =>
      path.includes('page=3') ? '{"data":[' : pageOf([rig(path.includes('page=1') ? 1 : 2)], 1, 3);
    const { files, faults } = await readFrom(answers, { farmId: 12 });
    expect(readInventory(files).farm.rigs).toHaveLength(2);
    expect(faults.map(({ code }) => code)).toEqual(['hiveos-answer-unusable']);
  });

  test.each([
    ['a wrong token', { token: 'wrong' }, 'hiveos-refused'],
    ['a token with a line end', { token: 'a\nb' }, 'hiveos-token-unusable'],
    ['an empty token', { token: '' }, 'hiveos-token-unusable'],
  ])('refuses %s with what to do', async (_, options, code) => {
    const { files, faults } = await readFrom(() => ({ data: [] }), options);
    expect(files).toEqual([]);
    expect(faults.map((fault) => fault.code)).toEqual([code]);
    expect(JSON.stringify(faults)).not.toContain('wrong"');
  });

  test.each(['http://api.example/api/v2', 'ftp://x', 'nonsense', 'https://user:pass@api.example'])(
    'sends no token to %s',
    async (url) => {
      const { faults } = await hiveSource({ token: TOKEN, url }).read(new AbortController().signal);
      expect(faults.map(({ code }) => code)).toEqual(['hiveos-url-unusable']);
    },
  );

  test('says that the token sees no farm', async () => {
    const { faults } = await readFrom(() => ({ data: [] }));
    expect(faults.map(({ what }) => what)).toEqual(['HiveOS lists no farm.']);
  });
});
