import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentEventSchema } from '@rerig/api/agent';
import { FaultError, isFault } from '@rerig/domain/fault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { issueApiKey } from './actions/api-keys.ts';
import { checkStoredLedger } from './actions/check-ledger.ts';
import { demoCustomerId, ensureDemoTenants } from './actions/demo-tenants.ts';
import { withKeyBook } from './actions/manage-keys.ts';
import { type Exchange, openExchange } from './exchange.ts';
import { ensureOrganisation } from './store/organisations.ts';

const MODEL = 'tiny';
const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-exchange-'));
let answeredCount = 0;
/** A model server that says another number each time, so that a repetition is told from a second answer. */
const upstream = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  answeredCount += 1;
  const head = { id: 'up', created: 1, model: MODEL };
  const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
  const content = `Answer ${answeredCount}: één 🎉`;
  if (!Buffer.concat(pieces).toString().includes('"stream":true')) {
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
    return;
  }
  const choices = [{ index: 0, delta: { content }, finish_reason: 'stop' }];
  const chunk = { ...head, object: 'chat.completion.chunk', choices, usage };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
});
let exchange: Exchange;
let url = '';
const secrets = { customer: '', stranger: '' };

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  await start();
  await ensureOrganisation(exchange.database, { organisationId: 'stranger', name: 'Stranger', role: 'customer' });
  secrets.customer = (await issueApiKey(exchange.database, demoCustomerId, 'key-customer')).secret;
  secrets.stranger = (await issueApiKey(exchange.database, 'stranger', 'key-stranger')).secret;
}, 60_000);

afterAll(async () => {
  await exchange?.close();
  upstream.closeAllConnections();
  upstream.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('an exchange', () => {
  it('gives a kept answer again byte for byte, over a restart too, and charges it once', async () => {
    for (const stream of [false, true]) {
      const idempotencyKey = `twice-${stream}`;
      const first = await ask({ idempotencyKey, stream });
      expect([first.status, first.text]).toEqual([200, expect.stringContaining('één 🎉')]);
      const before = { answeredCount, chargedCount: await chargedCount() };
      expect(await ask({ idempotencyKey, stream })).toEqual({ ...first, isReplayed: true });
      await exchange.close();
      await start();
      expect(await ask({ idempotencyKey, stream })).toEqual({ ...first, isReplayed: true });
      expect({ answeredCount, chargedCount: await chargedCount() }).toEqual(before);
      const other = await ask({ idempotencyKey, stream, content: 'Something else' });
      expect([other.status, other.text]).toEqual([422, expect.stringContaining('idempotency_mismatch')]);
    }
  }, 60_000);

  it('keeps answers by organisation: under the same key, another gets none of them', async () => {
    const first = await ask({ idempotencyKey: 'shared' });
    const stranger = await ask({ idempotencyKey: 'shared', secret: secrets.stranger });
    expect([stranger.status, stranger.isReplayed]).toEqual([404, false]);
    expect(stranger.text).not.toContain('Answer');
    expect((await ask({ idempotencyKey: 'shared' })).text).toBe(first.text);
  });

  it('answers once where many ask at once under one key', async () => {
    const before = answeredCount;
    const all = await Promise.all(Array.from({ length: 8 }, () => ask({ idempotencyKey: 'crowd' })));
    expect(all.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(all.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(answeredCount).toBe(before + 1);
  });

  it('holds a key to limits, a cap and a revocation that another program sets, within a second', async () => {
    const issued = await withKeyBook(dataFolder, (keys) =>
      keys.create({ organisationId: demoCustomerId, label: 'Limited' }),
    );
    if (isFault(issued)) expect.fail(issued.why);
    const { apiKeyId, secret } = issued;
    expect((await ask({ secret })).status).toBe(200);
    const limit = (change: { requestsPerMinute?: number | null; monthlyCapMicroUsd?: bigint | null }) =>
      withKeyBook(dataFolder, (keys) => keys.limitKey(apiKeyId, change));
    expect(await limit({ requestsPerMinute: 1 })).toBeNull();
    await expect.poll(async () => (await ask({ secret })).text, { timeout: 1000 }).toContain('rate_limit_exceeded');
    expect(await limit({ requestsPerMinute: null, monthlyCapMicroUsd: 1n })).toBeNull();
    await expect.poll(async () => (await ask({ secret })).text, { timeout: 1000 }).toContain('insufficient_quota');
    expect(await withKeyBook(dataFolder, (keys) => keys.revoke(apiKeyId))).toBeNull();
    await expect.poll(async () => (await ask({ secret })).status, { timeout: 1000 }).toBe(401);
  });

  it("writes a client's own id beside its own into the log, and nothing of what was asked", async () => {
    const answer = await ask({ clientRequestId: 'order 17', content: 'Zwetschgenkuchen' });
    const id = z.object({ id: z.string() }).parse(JSON.parse(answer.text)).id;
    const log = readFileSync(join(dataFolder, 'log/server.log'), 'utf8');
    const line = log.split('\n').find((text) => text.includes('order 17'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      requestId: id,
      clientRequestId: 'order 17',
      outcome: 'completed',
    });
    expect(log).not.toContain('Zwetschgenkuchen');
  });

  it('answers under loopback names alone, so that no web page reaches it by a name of its own', async () => {
    const statuses = ['127.0.0.1:1', 'LocalHost', '[::1]:80', 'evil.example', '127.0.0.1.evil.example:80'].map(
      statusUnderHost,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 200, 421, 421]);
  });

  it('has books that are right when it is closed, with nothing held', async () => {
    await exchange.chargeAll();
    expect(await checkStoredLedger(dataFolder)).toMatchObject({
      ...{ errors: [], openHoldCount: 0, unchargedRequestCount: 0 },
    });
  });
});

async function start(): Promise<void> {
  const opened = await openExchange({ dataFolder, consoleDistFolder: join(import.meta.dirname, '../console/dist') });
  if (isFault(opened)) throw new FaultError(opened);
  exchange = opened;
  const lease = await ensureDemoTenants(exchange.database, MODEL);
  if (isFault(lease)) throw new FaultError(lease);
  const agentBootId = randomUUID();
  const address = upstream.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const served = { state: 'ready', listen: `127.0.0.1:${port}`, model: MODEL, contextTokens: 4096, parallelCount: 16 };
  exchange.applyAgentEvent(
    agentEventSchema.parse({
      ...{ eventId: `${agentBootId}-1`, agentBootId, sequence: 1, occurredAt: new Date().toISOString() },
      ...{ kind: 'replica-state', cardId: 'card-1', replicaId: 'replica-1' },
      ...served,
    }),
  );
  const listening = await exchange.listen({ port: null, preferredPort: null });
  if (isFault(listening)) throw new FaultError(listening);
  url = `http://127.0.0.1:${listening}/v1/chat/completions`;
}

async function ask(how: {
  readonly idempotencyKey?: string;
  readonly clientRequestId?: string;
  readonly stream?: boolean;
  readonly content?: string;
  readonly secret?: string;
}): Promise<{ readonly status: number; readonly text: string; readonly isReplayed: boolean }> {
  const { idempotencyKey, clientRequestId, stream = false, content = 'Hello', secret = secrets.customer } = how;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${secret}`,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...(clientRequestId === undefined ? {} : { 'x-client-request-id': clientRequestId }),
    },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], max_tokens: 4, stream }),
  });
  const isReplayed = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, text: await response.text(), isReplayed };
}

async function statusUnderHost(host: string): Promise<number | undefined> {
  const asked = get(new URL('/healthz', url), { headers: { host } });
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

async function chargedCount(): Promise<number> {
  const { count } = await exchange.database
    .selectFrom('inference_request')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}
