import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountedPool } from './counted-pool.ts';

describe('the connections to a replica', () => {
  let server: Server;
  let responses: ServerResponse[];
  let pool: CountedPool;

  beforeEach(async () => {
    responses = [];
    server = createServer((_request, response) => void responses.push(response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    pool = new CountedPool(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
  });
  afterEach(async () => {
    await pool.destroy();
    server.closeAllConnections();
    server.close();
  });

  const ask = (priority: string) =>
    pool.request({ origin: 'http://replica', path: '/', method: 'GET', headers: { 'x-rerig-priority': priority } });

  it('count what is under way, batches apart, until each has its whole answer or breaks off', async () => {
    const asked = [ask('live'), ask('batch'), ask('batch')];
    await expect.poll(() => responses.length).toBe(3);
    expect(pool).toMatchObject({ inFlightCount: 3, batchInFlightCount: 2, sentCount: 3 });
    for (const response of responses) response.write('a');
    const answers = await Promise.all(asked);
    expect(pool).toMatchObject({ inFlightCount: 3, batchInFlightCount: 2 });
    const texts = answers.map(({ body }) => body.text().catch(() => 'broke off'));
    for (const response of responses.slice(0, 2)) response.end('b');
    responses[2]?.destroy();
    expect((await Promise.all(texts)).toSorted()).toEqual(['ab', 'ab', 'broke off']);
    await expect.poll(() => pool.inFlightCount).toBe(0);
    expect(pool.batchInFlightCount).toBe(0);
  });
});
