import { batchResultSchema } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { leaseBatchLines } from '../store/batch-line-rows.ts';
import { checkStoredLedger } from './check-ledger.ts';
import { lineRequestId } from './run-batch-line.ts';
import { lastOf, MODEL, ScriptedExchange } from './scripted-exchange.ts';

const exchange = new ScriptedExchange();
let openai: OpenAI;
let stranger: OpenAI;

beforeAll(async () => {
  await exchange.open();
  const client = (apiKey: string) => new OpenAI({ apiKey, baseURL: exchange.baseUrl, maxRetries: 0 });
  openai = client(exchange.customerSecret);
  stranger = client(exchange.strangerSecret);
}, 60_000);

beforeEach(() => {
  exchange.say = (asked) => `You said ${lastOf(asked)}`;
  exchange.gate = Promise.resolve();
  exchange.asked.length = 0;
  exchange.answeringCountMost = 0;
});

afterAll(async () => {
  await exchange.close();
  expect(exchange.errors).toEqual([]);
});

type Endpoint = '/v1/chat/completions' | '/v1/embeddings' | '/v1/responses';

function chatLine(customId: string, content: string, more: Record<string, unknown> = {}) {
  const body = { model: MODEL, messages: [{ role: 'user', content }], max_tokens: 8, ...more };
  return { custom_id: customId, method: 'POST', url: '/v1/chat/completions', body };
}

async function batchOf(lines: readonly unknown[], endpoint: Endpoint = '/v1/chat/completions') {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const file = await openai.files.create({ file: await toFile(Buffer.from(text), 'in.jsonl'), purpose: 'batch' });
  return openai.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h', metadata: { run: '7' } });
}

async function ended(batchId: string) {
  return vi.waitFor(
    async () => {
      const batch = await openai.batches.retrieve(batchId);
      expect(['completed', 'failed', 'cancelled', 'expired']).toContain(batch.status);
      return batch;
    },
    { timeout: 20_000, interval: 20 },
  );
}

async function resultsOf(fileId: string | null | undefined) {
  const text = await (await openai.files.content(fileId ?? '')).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => batchResultSchema.parse(JSON.parse(line)));
}

async function meteredOf(batchId: string) {
  const { rows } = await exchange.store.pool.query<{
    readonly request_id: string;
    readonly priority: string;
    readonly charge_micro_usd: bigint;
  }>('select request_id, priority, charge_micro_usd from inference_request where request_id like $1', [`${batchId}-%`]);
  return rows;
}

describe('a batch with the official client', () => {
  it('is answered line by line at half the price, and what its doors refuse is in the error file', async () => {
    const created = await batchOf([
      chatLine('a', 'One'),
      chatLine('b', 'Two', { temperature: 'hot' }),
      chatLine('c', 'Three', { model: 'gpt-9' }),
      chatLine('d', 'Four', { stream: true }),
      chatLine('e', 'Five'),
    ]);
    expect(created).toMatchObject({ object: 'batch', status: 'validating', metadata: { run: '7' } });
    const batch = await ended(created.id);
    expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 5, completed: 2, failed: 3 } });
    const results = await resultsOf(batch.output_file_id);
    expect(results.map(({ custom_id, line }) => [custom_id, line])).toEqual([
      ['a', 1],
      ['e', 5],
    ]);
    expect(results[0]?.response).toMatchObject({
      status_code: 200,
      body: { object: 'chat.completion', choices: [{ message: { content: 'You said One' } }] },
    });
    const errors = await resultsOf(batch.error_file_id);
    expect(errors.map(({ custom_id, error }) => [custom_id, error?.code])).toEqual([
      ['b', 'invalid_request'],
      ['c', 'model_not_found'],
      ['d', 'invalid_request'],
    ]);
    expect(errors[0]?.error?.message).toMatch(/Line 2: .*temperature/);
    const metered = await meteredOf(batch.id);
    // 10 and 4 tokens cost 1.3 micro-USD live, which is charged as 2, and 0.65 here, which is charged as 1.
    expect(metered.map(({ priority, charge_micro_usd }) => [priority, charge_micro_usd])).toEqual([
      ['batch', 1n],
      ['batch', 1n],
    ]);
    await exchange.accounting.chargeAll();
    const report = await checkStoredLedger(exchange.dataFolder);
    expect(isFault(report) ? [report] : report.errors).toEqual([]);
  });

  it.each([
    ['/v1/embeddings', { model: MODEL, input: 'Hello' }, { object: 'list' }],
    ['/v1/responses', { model: MODEL, input: 'Hello' }, { object: 'response', status: 'completed' }],
  ] as const)('asks %s too', async (url, body, came) => {
    const batch = await ended((await batchOf([{ custom_id: 'a', method: 'POST', url, body }], url)).id);
    expect(batch.status).toBe('completed');
    expect((await resultsOf(batch.output_file_id))[0]?.response?.body).toMatchObject(came);
  });

  it('fails as a whole where its file is none, and names the lines', async () => {
    const batch = await ended(
      (
        await batchOf([
          chatLine('a', 'One'),
          '{"custom_id":',
          chatLine('a', 'Two'),
          { ...chatLine('b', 'Three'), url: '/v1/embeddings' },
          { ...chatLine('c', 'Four'), method: 'GET' },
          { ...chatLine('d\u0000', 'Five') },
        ])
      ).id,
    );
    expect(batch.status).toBe('failed');
    expect(batch.errors?.data?.map(({ line, code }) => [line, code]).toSorted()).toEqual([
      [2, 'invalid_json_line'],
      [3, 'duplicate_custom_id'],
      [4, 'mismatched_endpoint'],
      [5, 'invalid_request'],
      [6, 'invalid_custom_id'],
    ]);
    expect(exchange.asked).toEqual([]);
    const empty = await ended((await batchOf(['', ' '])).id);
    expect(empty.errors?.data).toMatchObject([{ code: 'empty_file', line: null }]);
  });

  it('fails where its file is removed while it is read', async () => {
    const line = JSON.stringify(chatLine('a', 'Hello'));
    const file = await openai.files.create({ file: await toFile(Buffer.from(line), 'in.jsonl'), purpose: 'batch' });
    await exchange.store.pool.query('delete from stored_file_chunk where file_id = $1', [file.id]);
    const batch = await openai.batches.create({
      ...{ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' },
    });
    const over = await ended(batch.id);
    expect([over.status, over.errors?.data?.map(({ code }) => code)]).toEqual(['failed', ['not_found']]);
  });

  it('is not there for another organisation, and neither is the file that it names', async () => {
    const batch = await batchOf([chatLine('a', 'One')]);
    await expect(stranger.batches.retrieve(batch.id)).rejects.toMatchObject({ status: 404 });
    await expect(stranger.batches.cancel(batch.id)).rejects.toMatchObject({ status: 404 });
    expect((await stranger.batches.list()).data).toEqual([]);
    const body = { input_file_id: batch.input_file_id, endpoint: '/v1/embeddings', completion_window: '24h' } as const;
    await expect(stranger.batches.create(body)).rejects.toMatchObject({ status: 404, param: 'input_file_id' });
    await ended(batch.id);
  });

  it('is refused where its own fields are wrong', async () => {
    const post = (body: unknown) =>
      fetch(`${exchange.baseUrl}/batches`, {
        method: 'POST',
        headers: { authorization: `Bearer ${exchange.customerSecret}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const good = { input_file_id: 'file-0', endpoint: '/v1/embeddings', completion_window: '24h' };
    for (const wrong of [null, {}, { ...good, endpoint: '/v1/images' }, { ...good, completion_window: '1h' }]) {
      expect((await post(wrong)).status).toBe(400);
    }
    expect((await post(good)).status).toBe(404);
  });

  it('starts nothing more once it is cancelled, and keeps what came', async () => {
    const open = Promise.withResolvers<void>();
    exchange.gate = open.promise;
    const batch = await batchOf(Array.from({ length: 40 }, (_, at) => chatLine(`line-${at}`, 'One')));
    await vi.waitFor(() => expect(exchange.answeringCount).toBeGreaterThan(0), { timeout: 5_000 });
    expect((await openai.batches.cancel(batch.id)).status).toBe('cancelling');
    open.resolve();
    const cancelled = await ended(batch.id);
    expect(cancelled.status).toBe('cancelled');
    const [completed, unrun] = [await resultsOf(cancelled.output_file_id), await resultsOf(cancelled.error_file_id)];
    expect(completed.length + unrun.length).toBe(40);
    expect(new Set(unrun.map(({ error }) => error?.code))).toEqual(new Set(['batch_cancelled']));
    expect(await meteredOf(batch.id)).toHaveLength(completed.length);
    await expect(openai.batches.cancel(cancelled.id)).resolves.toMatchObject({ status: 'cancelled' });
  });

  it('ends when its window does, with what came until then', async () => {
    const { pool } = exchange.store;
    exchange.say = () => ({ statusCode: 503 });
    const batch = await batchOf([chatLine('a', 'One')]);
    await vi.waitFor(async () => expect((await openai.batches.retrieve(batch.id)).status).toBe('in_progress'));
    await pool.query('update batch set expires_at = now() where batch_id = $1', [batch.id]);
    const expired = await vi.waitFor(
      async () => {
        const found = await openai.batches.retrieve(batch.id);
        expect(found.status).toBe('expired');
        return found;
      },
      { timeout: 25_000, interval: 100 },
    );
    expect((await resultsOf(expired.error_file_id))[0]?.error?.code).toBe('batch_expired');
  });
});

describe('lines of a batch', () => {
  it('give way: live requests that fill every slot leave none to them', async () => {
    const open = Promise.withResolvers<void>();
    exchange.gate = open.promise;
    const ask = () => openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'live' }] });
    const live = Array.from({ length: 8 }, ask);
    await vi.waitFor(() => expect(exchange.answeringCount).toBe(8));
    const batch = await batchOf(Array.from({ length: 30 }, (_, at) => chatLine(`line-${at}`, 'batch')));
    await vi.waitFor(async () => expect((await openai.batches.retrieve(batch.id)).status).toBe('in_progress'));
    exchange.loop.kick();
    await vi.waitFor(async () => expect((await openai.batches.list({ limit: 1 })).data[0]?.id).toBe(batch.id));
    expect(exchange.asked.filter((asked) => lastOf(asked) === 'batch')).toEqual([]);
    open.resolve();
    await Promise.all(live);
    expect((await ended(batch.id)).request_counts?.completed).toBe(30);
    expect(exchange.answeringCountMost).toBeLessThanOrEqual(8);
  });

  it('are tried again where a replica fails, and are charged for the answer that came', async () => {
    let failureCount = 0;
    exchange.say = (asked) => {
      if (lastOf(asked) === 'good' || ++failureCount > 3) return 'Here';
      return { statusCode: 500 };
    };
    const batch = await ended((await batchOf([chatLine('a', 'flaky'), chatLine('b', 'good')])).id);
    expect(batch.request_counts).toMatchObject({ completed: 2, failed: 0 });
    const charged = (await meteredOf(batch.id)).filter(({ charge_micro_usd }) => charge_micro_usd > 0n);
    expect(charged).toHaveLength(2);
  });

  it('are leased no more than are asked for, and none by two servers', async () => {
    const { pool } = exchange.store;
    const open = Promise.withResolvers<void>();
    exchange.gate = open.promise;
    const batch = await batchOf(Array.from({ length: 60 }, (_, at) => chatLine(`line-${at}`, 'One')));
    await vi.waitFor(() => expect(exchange.answeringCount).toBeGreaterThan(0), { timeout: 5_000 });
    expect(exchange.loop.runningCountOf(MODEL)).toBeLessThanOrEqual(8);
    const from = { batchId: batch.id, model: MODEL };
    const servers = Array.from({ length: 6 }, (_, at) => ({ leaseId: `server-${at}`, leaseMs: 500, lineCount: 5 }));
    const leased = await Promise.all(servers.map((lease) => leaseBatchLines(pool, from, lease)));
    for (const lines of leased) expect(lines.length).toBeLessThanOrEqual(5);
    const numbers = leased.flat().map(({ lineNumber }) => lineNumber);
    expect(new Set(numbers).size).toBe(numbers.length);
    open.resolve();
    expect((await ended(batch.id)).request_counts).toEqual({ total: 60, completed: 60, failed: 0 });
    expect(await meteredOf(batch.id)).toHaveLength(60);
  });

  it('that a crash left are run again: each has one result, and none is charged twice', async () => {
    const { pool } = exchange.store;
    const open = Promise.withResolvers<void>();
    exchange.gate = open.promise;
    const live = Array.from({ length: 8 }, () =>
      openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'live' }] }),
    );
    await vi.waitFor(() => expect(exchange.answeringCount).toBe(8));
    const batch = await batchOf(Array.from({ length: 6 }, (_, at) => chatLine(`line-${at}`, `text ${at}`)));
    await vi.waitFor(async () => expect((await openai.batches.retrieve(batch.id)).status).toBe('in_progress'));
    // Another server leased them all, was charged for one answer and refused another, and died before it stored anything.
    const lease = { leaseId: 'of-the-dead', leaseMs: 300, lineCount: 10 };
    const leased = await leaseBatchLines(pool, { batchId: batch.id, model: MODEL }, lease);
    expect(leased).toHaveLength(6);
    await meterAsTheDead(lineRequestId(batch.id, 1, 0), 'completed');
    await meterAsTheDead(lineRequestId(batch.id, 2, 0), 'refused');
    open.resolve();
    await Promise.all(live);
    const finished = await ended(batch.id);
    expect(finished.request_counts).toEqual({ total: 6, completed: 6, failed: 0 });
    const results = await resultsOf(finished.output_file_id);
    expect(results.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6]);
    const ids = (await meteredOf(batch.id)).map(({ request_id }) => request_id).toSorted();
    expect(ids).toEqual(
      [...[1, 2, 3, 4, 5, 6].map((line) => lineRequestId(batch.id, line, 0)), lineRequestId(batch.id, 2, 1)].toSorted(),
    );
    await exchange.accounting.chargeAll();
    const report = await checkStoredLedger(exchange.dataFolder);
    expect(isFault(report) ? [report] : report.errors).toEqual([]);
  });
});

/** Meters a request as the server that died had done. */
async function meterAsTheDead(requestId: string, outcome: 'completed' | 'refused'): Promise<void> {
  const usage =
    outcome === 'completed'
      ? { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 }
      : { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  await exchange.admitBatch(requestId);
  await exchange.accounting.settle(requestId, { outcome, usage, durationMs: 1, firstTokenMs: 1, replicaId: 'r' });
}
