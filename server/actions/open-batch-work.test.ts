import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MODEL, ScriptedExchange } from './scripted-exchange.ts';

const exchange = new ScriptedExchange();

beforeAll(async () => {
  await exchange.open();
  let count = 0;
  exchange.say = () => {
    count += 1;
    return `Answer ${count}`;
  };
}, 60_000);

afterAll(async () => {
  await exchange.close();
  expect(exchange.errors).toEqual([]);
});

interface Posted {
  readonly status: number;
  readonly text: string;
  readonly requestId: string | null;
  readonly isReplayed: boolean;
}

async function post(path: string, key: string, body: FormData | object): Promise<Posted> {
  const isForm = body instanceof FormData;
  const response = await fetch(`${exchange.baseUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${exchange.customerSecret}`,
      'idempotency-key': key,
      ...(isForm ? {} : { 'content-type': 'application/json' }),
    },
    body: isForm ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    text: await response.text(),
    requestId: response.headers.get('x-request-id'),
    isReplayed: response.headers.get('idempotent-replayed') === 'true',
  };
}

function formOf(text: string, name = 'in.jsonl'): FormData {
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', new Blob([text]), name);
  return form;
}

async function rowCountOf(table: 'stored_response' | 'stored_file' | 'batch' | 'inference_request'): Promise<number> {
  const { rowCount } = await exchange.store.pool.query(`select from ${table}`);
  return rowCount ?? 0;
}

function idOf({ text }: Posted): string {
  return z.object({ id: z.string() }).parse(JSON.parse(text)).id;
}

const LINE = JSON.stringify({
  ...{ custom_id: 'a', method: 'POST', url: '/v1/chat/completions' },
  body: { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 4 },
});

describe('under an Idempotency-Key', () => {
  it.each([false, true])('a response is made, kept and charged once, streamed: %s', async (stream) => {
    const asked = { model: MODEL, input: 'Hello', stream };
    const key = `response-${stream}`;
    const first = await post('/responses', key, asked);
    expect(first).toMatchObject({ status: 200, isReplayed: false, requestId: expect.stringMatching(/^resp_/) });
    expect(first.text).toContain(first.requestId);
    const before = [await rowCountOf('stored_response'), await rowCountOf('inference_request')];
    expect(await post('/responses', key, asked)).toEqual({ ...first, isReplayed: true });
    expect([await rowCountOf('stored_response'), await rowCountOf('inference_request')]).toEqual(before);
    const other = await post('/responses', key, { ...asked, input: 'Something else' });
    expect([other.status, other.text]).toEqual([422, expect.stringContaining('idempotency_mismatch')]);
    const { rows } = await exchange.store.pool.query('select from inference_request where request_id = $1', [
      first.requestId,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('a file is kept once, whatever boundary its form has, and another text, name or field is refused', async () => {
    const first = await post('/files', 'file', formOf(LINE));
    expect(first).toMatchObject({ status: 200, isReplayed: false });
    expect(await post('/files', 'file', formOf(LINE))).toEqual({ ...first, isReplayed: true });
    expect(await rowCountOf('stored_file')).toBe(1);
    const aged = formOf(LINE);
    aged.set('expires_after[anchor]', 'created_at');
    aged.set('expires_after[seconds]', '3600');
    for (const form of [formOf(`${LINE}\n`), formOf(LINE, 'other.jsonl'), aged, new FormData()]) {
      const other = await post('/files', 'file', form);
      expect([other.status, other.text]).toEqual([422, expect.stringContaining('idempotency_mismatch')]);
    }
    expect(await rowCountOf('stored_file')).toBe(1);
  });

  it('a file that was refused leaves its key free', async () => {
    const wrong = formOf(LINE);
    wrong.set('purpose', 'fine-tune');
    expect((await post('/files', 'corrected', wrong)).status).toBe(400);
    expect((await post('/files', 'corrected', formOf(LINE))).status).toBe(200);
  });

  it('a batch is made once, where its file is gone since too', async () => {
    const fileId = idOf(await post('/files', 'input', formOf(LINE)));
    const asked = { input_file_id: fileId, endpoint: '/v1/chat/completions', completion_window: '24h' };
    const first = await post('/batches', 'batch', asked);
    expect(first).toMatchObject({ status: 200, isReplayed: false });
    await fetch(`${exchange.baseUrl}/files/${fileId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${exchange.customerSecret}` },
    });
    expect(await post('/batches', 'batch', asked)).toEqual({ ...first, isReplayed: true });
    expect(await rowCountOf('batch')).toBe(1);
    expect((await post('/batches', 'batch', { ...asked, metadata: { run: '2' } })).status).toBe(422);
  });

  it('only one of many that come at once is begun', async () => {
    const before = await rowCountOf('stored_response');
    const asked = { model: MODEL, input: 'Hello' };
    const all = await Promise.all(Array.from({ length: 6 }, () => post('/responses', 'crowd', asked)));
    expect(all.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await rowCountOf('stored_response')).toBe(before + 1);
  });
});
