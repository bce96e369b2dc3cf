import { createHash } from 'node:crypto';
import { isFault } from '@rerig/domain/fault';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addFileChunk, beginFile, sweepFiles } from '../store/file-rows.ts';
import { demoCustomerId } from './demo-tenants.ts';
import { ScriptedExchange } from './scripted-exchange.ts';
import { StoredFiles } from './stored-files.ts';

const exchange = new ScriptedExchange();
let openai: OpenAI;
let stranger: OpenAI;

beforeAll(async () => {
  await exchange.open();
  const client = (apiKey: string) => new OpenAI({ apiKey, baseURL: exchange.baseUrl, maxRetries: 0 });
  openai = client(exchange.customerSecret);
  stranger = client(exchange.strangerSecret);
}, 60_000);

afterAll(async () => {
  await exchange.close();
  expect(exchange.errors).toEqual([]);
});

async function upload(text: string, name = 'in.jsonl') {
  return openai.files.create({ file: await toFile(Buffer.from(text), name), purpose: 'batch' });
}

describe('files with the official client', () => {
  it('come back byte for byte, over many pieces', async () => {
    const content = Buffer.alloc(3_500_000);
    for (let at = 0; at < content.length; at += 1) content[at] = (at * 31) % 256;
    const file = await openai.files.create({ file: await toFile(content, 'Grüße.jsonl'), purpose: 'batch' });
    expect(file).toMatchObject({ object: 'file', bytes: content.length, filename: 'Grüße.jsonl', purpose: 'batch' });
    expect(await openai.files.retrieve(file.id)).toEqual(file);
    const read = Buffer.from(await (await openai.files.content(file.id)).arrayBuffer());
    expect(createHash('sha256').update(read).digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
    const { rows } = await exchange.store.pool.query('select sha256 from stored_file where file_id = $1', [file.id]);
    expect(rows).toEqual([{ sha256: createHash('sha256').update(content).digest('hex') }]);
  });

  it('are listed page by page in either order, and gone once deleted', async () => {
    const made: string[] = [];
    for (const name of ['a', 'b', 'c']) made.push((await upload(name, name)).id);
    for (const order of ['asc', 'desc'] as const) {
      const seen: string[] = [];
      for await (const file of openai.files.list({ limit: 1, order, purpose: 'batch' })) seen.push(file.id);
      expect(seen.filter((id) => made.includes(id))).toEqual(order === 'asc' ? made : made.toReversed());
    }
    expect(await openai.files.delete(made[0] ?? '')).toEqual({ id: made[0], object: 'file', deleted: true });
    await expect(openai.files.retrieve(made[0] ?? '')).rejects.toMatchObject({ status: 404, code: 'not_found' });
    await expect(openai.files.delete(made[0] ?? '')).rejects.toMatchObject({ status: 404 });
  });

  it('are not there for another organisation, nor in its list', async () => {
    const { id } = await upload('secret');
    await expect(stranger.files.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(stranger.files.content(id)).rejects.toMatchObject({ status: 404 });
    await expect(stranger.files.delete(id)).rejects.toMatchObject({ status: 404 });
    expect((await stranger.files.list()).data).toEqual([]);
    expect(await (await openai.files.content(id)).text()).toBe('secret');
  });

  it.each([
    ['another purpose', { purpose: 'fine-tune', file: new File(['x'], 'x') }, /Files are kept for batches alone/],
    ['no purpose', { file: new File(['x'], 'x') }, /no field .{1,2}purpose/],
    ['no file', { purpose: 'batch' }, /no field .{1,2}file/],
    [
      'an expiry of a second',
      { purpose: 'batch', file: new File(['x'], 'x'), 'expires_after[seconds]': '1' },
      /3600 to/,
    ],
  ])('are refused with words where they have %s, and nothing of them stays', async (_, fields, words) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const count = async () => (await exchange.store.pool.query('select from stored_file')).rowCount;
    const before = await count();
    const authorization = `Bearer ${exchange.customerSecret}`;
    const response = await fetch(`${exchange.baseUrl}/files`, {
      method: 'POST',
      body: form,
      headers: { authorization },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(words);
    expect(await count()).toBe(before);
  });

  it('refuses what is no form, ids that are none, and a page of none', async () => {
    const headers = { authorization: `Bearer ${exchange.customerSecret}`, 'content-type': 'application/json' };
    const posted = await fetch(`${exchange.baseUrl}/files`, { method: 'POST', body: '{}', headers });
    expect(posted.status).toBe(415);
    for (const path of ['files/%00', 'files/a%20b/content', `files/${'x'.repeat(300)}`]) {
      expect([404, 414]).toContain((await fetch(`${exchange.baseUrl}/${path}`, { headers })).status);
    }
    expect((await fetch(`${exchange.baseUrl}/files?limit=0`, { headers })).status).toBe(400);
  });
});

describe('a file that breaks off', () => {
  it('was never seen, and nothing of it stays', async () => {
    const files = new StoredFiles(exchange.store.pool, () => null);
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(2_000_000);
      expect(await files.find(demoCustomerId, 'file-half')).toBeNull();
      throw new RangeError('the line broke');
    }
    const file = { fileId: 'file-half', purpose: 'batch', filename: 'half' } as const;
    const kept = files.keep(demoCustomerId, file, breaking(), async () => ({ expiresAtMs: Date.now() + 1e6 }));
    await expect(kept).rejects.toThrow('the line broke');
    const { rowCount } = await exchange.store.pool.query("select from stored_file_chunk where file_id = 'file-half'");
    expect(rowCount).toBe(0);
  });

  it('is not there where it is removed while it is read', async () => {
    const { id } = await upload('secret');
    await exchange.store.pool.query('delete from stored_file_chunk where file_id = $1', [id]);
    await expect(openai.files.content(id)).rejects.toMatchObject({ status: 404, code: 'not_found' });
  });

  it('is swept where a crash left it, and what adds to it later is told', async () => {
    const { pool } = exchange.store;
    await beginFile(pool, demoCustomerId, { fileId: 'file-orphan', purpose: 'batch', filename: 'orphan' });
    expect(await addFileChunk(pool, 'file-orphan', 0, Buffer.from('x'))).toBe(true);
    await sweepFiles(pool, 60_000);
    expect(await addFileChunk(pool, 'file-orphan', 1, Buffer.from('x'))).toBe(true);
    await sweepFiles(pool, -1_000);
    expect(await addFileChunk(pool, 'file-orphan', 2, Buffer.from('x'))).toBe(false);
  });

  it('is refused where the disk is full', async () => {
    const full = await new StoredFiles(exchange.store.pool, () => fullDisk).keep(
      demoCustomerId,
      { fileId: 'file-full', purpose: 'batch', filename: 'full' },
      (async function* () {})(),
      async () => ({ expiresAtMs: 0 }),
    );
    expect(isFault(full) && full.code).toBe('accounting_unavailable');
  });
});

const fullDisk = {
  kind: 'fault',
  code: 'accounting_unavailable',
  what: 'No.',
  why: 'Full.',
  mend: 'Wait.',
  retry: 'later',
} as const;
