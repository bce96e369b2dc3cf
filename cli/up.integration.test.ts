import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvariantError } from '@rerig/domain/fault';
import OpenAI from 'openai';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

const RERIG = join(import.meta.dirname, 'rerig.ts');
const MODEL = 'rigger-5m';
const LIMIT_MS = 120_000;
/** `RERIG_KILL_ROUNDS=10` is the full run of the acceptance; each round takes some seconds. */
const KILL_ROUNDS = Number(process.env.RERIG_KILL_ROUNDS ?? 3);
const CONCURRENT_COUNT = 50;

const documentSchema = z.object({ consoleUrl: z.string(), apiUrl: z.string(), apiKey: z.string() });
type UpDocument = z.infer<typeof documentSchema>;
const checkSchema = z.object({
  isRight: z.boolean(),
  openHoldCount: z.number(),
  unchargedRequestCount: z.number(),
  accounts: z.array(z.object({ accountId: z.string(), balanceMicroUsd: z.string() })),
});

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function rerig(...args: readonly string[]): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  execFile(process.execPath, [RERIG, ...args], { timeout: LIMIT_MS }, (error, stdout, stderr) => {
    resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
  });
  return promise;
}

const children = new Set<ChildProcess>();

async function startUp(data: string): Promise<{ readonly child: ChildProcess; readonly document: UpDocument }> {
  const child = spawn(process.execPath, [RERIG, 'up', '--json', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let talk = '';
  child.stderr.on('data', (part) => {
    talk += String(part);
  });
  let text = '';
  for await (const part of child.stdout) {
    text += String(part);
    if (text.trimEnd().endsWith('\n}')) return { child, document: documentSchema.parse(JSON.parse(text)) };
  }
  throw new InvariantError(`rerig up ended before it was up: ${talk}`);
}

async function end(child: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<unknown> {
  const ended = once(child, 'exit');
  child.kill(signal);
  const [status] = await ended;
  children.delete(child);
  return status;
}

function clientOf({ apiUrl, apiKey }: UpDocument): OpenAI {
  return new OpenAI({ baseURL: apiUrl, apiKey, maxRetries: 0 });
}

async function checked(data: string): Promise<z.infer<typeof checkSchema>> {
  const run = await rerig('ledger', 'check', '--json', '--data', data);
  return checkSchema.parse(JSON.parse(run.stdout));
}

function creditOf(check: z.infer<typeof checkSchema>): bigint {
  return BigInt(check.accounts.find(({ accountId }) => accountId === 'credit:demo-customer')?.balanceMicroUsd ?? 0);
}

const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'How much VRAM does an RTX 3060 have?' }] };

describe('rerig up', () => {
  const folders: string[] = [];
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'rerig-up-'));
    folders.push(folder);
    return folder;
  };
  afterEach(async () => {
    await Promise.all([...children].map((child) => end(child, 'SIGINT')));
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('shows inventory, grades, an answer, meter, charge and balances, and ends with 0', {
    timeout: LIMIT_MS,
  }, async () => {
    const run = await rerig('up', '--once', '--data', newFolder());
    expect(run.status, run.stderr).toBe(0);
    for (const part of ['RTX 3090', 'cards by grade', 'Question', 'The RX 580 8GB has 8 GB', 'Meter', 'Charge']) {
      expect(run.stdout).toContain(part);
    }
    expect(run.stdout).toMatch(/sum of all +\$0\.00/);
    for (const line of run.stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(100);
  });

  it('serves the official client, streamed and whole, and stops on Ctrl-C', { timeout: LIMIT_MS }, async () => {
    const data = newFolder();
    const { child, document } = await startUp(data);
    const client = clientOf(document);
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([MODEL]);
    const whole = await client.chat.completions.create({ ...hello, temperature: 0, max_tokens: 40 });
    expect(whole.choices[0]?.message.content).toMatch(/12 GB/);
    const stream = await client.chat.completions.create({
      ...hello,
      temperature: 0,
      max_tokens: 40,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let completionTokens = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(completionTokens).toBe(whole.usage?.completion_tokens);
    expect(await (await fetch(document.consoleUrl)).text()).toContain('<div id="console">');
    await expect(clientOf({ ...document, apiKey: 'rk-wrong' }).models.list()).rejects.toMatchObject({ status: 401 });
    const long = { ...hello, messages: [{ role: 'user' as const, content: 'card '.repeat(3000) }] };
    await expect(client.chat.completions.create(long)).rejects.toMatchObject({ code: 'context_length_exceeded' });
    expect(await end(child, 'SIGINT')).toBe(0);
    expect(await checked(data)).toMatchObject({ isRight: true, openHoldCount: 0, unchargedRequestCount: 0 });
  });

  it('charges a dropped stream for no more than the tokens made, and gives the rest back', {
    timeout: LIMIT_MS,
  }, async () => {
    const data = newFolder();
    const { document } = await startUp(data);
    const before = creditOf(await checked(data));
    const stream = await clientOf(document).chat.completions.create({ ...hello, stream: true, max_tokens: 900 });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    stream.controller.abort();
    await expect.poll(async () => (await checked(data)).openHoldCount, { timeout: 20_000 }).toBe(0);
    const after = await checked(data);
    expect(after).toMatchObject({ isRight: true, unchargedRequestCount: 0 });
    expect(before - creditOf(after)).toBeLessThan(100n);
  });

  it(`keeps its books right through ${KILL_ROUNDS} × kill -9 in the middle of ${CONCURRENT_COUNT} requests`, {
    timeout: LIMIT_MS * KILL_ROUNDS,
  }, async () => {
    const data = newFolder();
    let seen = 0n;
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      const { child, document } = await startUp(data);
      const before = await checked(data);
      expect(before).toMatchObject({ isRight: true, openHoldCount: 0, unchargedRequestCount: 0 });
      if (round > 0) expect(creditOf(before)).toBeLessThanOrEqual(seen);
      const client = clientOf(document);
      let completedCount = 0;
      const requests = Array.from({ length: CONCURRENT_COUNT }, () =>
        client.chat.completions.create({ ...hello, max_tokens: 120 }).then(() => {
          completedCount += 1;
        }),
      );
      const all = Promise.allSettled(requests);
      await expect.poll(() => completedCount, { timeout: 60_000, interval: 2 }).toBeGreaterThan(3);
      seen = creditOf(before) - BigInt(completedCount);
      await end(child, 'SIGKILL');
      await all;
    }
    expect(await checked(data)).toMatchObject({ isRight: true });
    const { child } = await startUp(data);
    const last = await checked(data);
    expect(last).toMatchObject({ isRight: true, openHoldCount: 0, unchargedRequestCount: 0 });
    // Every answer that a client has seen whole was charged at least one micro-USD, and stays so.
    expect(creditOf(last)).toBeLessThanOrEqual(seen);
    await end(child, 'SIGINT');
  });

  it('refuses a port in use, a half-written inventory, a broken model and a second start', {
    timeout: LIMIT_MS,
  }, async () => {
    const data = newFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const half = join(data, 'half.json');
    const broken = join(data, 'broken.gguf');
    writeFileSync(half, '{"method":"hello","params":{"rig_id":4,"gpu":[{"busid":"01:0');
    writeFileSync(broken, Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(40, 0xff)]));
    const inPort = await rerig('up', '--once', '--data', data, '--port', String(port));
    taken.close();
    const inInventory = await rerig('up', '--once', '--data', data, '--inventory', half);
    const inModel = await rerig('up', '--once', '--data', data, '--model', broken);
    for (const run of [inPort, inInventory, inModel]) {
      expect(run.status).toBe(1);
      expect(run.stderr).toMatch(/✖ .*\n( {6}.*\n)* why {2}.*\n( {6}.*\n)* mend/);
    }
    expect(inPort.stderr).toContain(`port ${port}`);
    expect(inInventory.stderr).toContain('half.json');
    await startUp(data);
    const second = await rerig('up', '--once', '--data', data);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('Another rerig server');
    expect(await checked(data)).toMatchObject({ isRight: true });
  });
});
