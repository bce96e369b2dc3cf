import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const MAIN = join(import.meta.dirname, 'main.ts');
const LIMIT_MS = 60_000;
const eventSchema = z.looseObject({ event: z.string(), listen: z.string().optional() });
const healthSchema = z.looseObject({ status: z.string(), runningCount: z.number(), rssBytes: z.number() });
const MIB = 2 ** 20;
const NATIVE_BUILD = join(
  process.env.RERIG_BENCH_CACHE ?? join(homedir(), '.cache/rerig'),
  'llama.cpp-v0.5.0/build/bin',
);
const lacksNative = !existsSync(NATIVE_BUILD) && process.env.RERIG_REQUIRE_INTEGRATION !== '1';

let folder = '';
let modelPath = '';
let child: ChildProcess;
let url = '';
let client: OpenAI;

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, '--listen', '127.0.0.1:0', ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
}

/** The first event of a kind, or the last that is said before the process ends. */
async function eventOf(from: ChildProcess, wanted: string): Promise<z.infer<typeof eventSchema>> {
  let last: z.infer<typeof eventSchema> = { event: 'nothing' };
  if (from.stdout === null) return last;
  for await (const line of createInterface({ input: from.stdout })) {
    last = eventSchema.parse(JSON.parse(line));
    if (last.event === wanted) break;
  }
  return last;
}

async function health(): Promise<z.infer<typeof healthSchema>> {
  return healthSchema.parse(await (await fetch(`${url}/health`)).json());
}

function ask(seed: number, content = 'Which card?') {
  return client.chat.completions.create({
    model: TINY_RECIPE.name,
    messages: [{ role: 'user', content }],
    max_tokens: 24,
    seed,
  });
}

describe('a model server with a random model', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-serve-'));
    modelPath = join(folder, 'tiny.gguf');
    writeRandomModel(modelPath);
    child = start('--model', modelPath, '--name', TINY_RECIPE.name, '--context', '512', '--queue', '4');
    const ready = await eventOf(child, 'ready');
    url = `http://${ready.listen}`;
    client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  }, LIMIT_MS);
  afterAll(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the same text for the same seed, alone and in a batch of eight, within 300 MiB', async () => {
    const alone = await ask(7);
    const batch = await Promise.all(Array.from({ length: 8 }, () => ask(7)));
    const textOf = (answer: typeof alone) => answer.choices[0]?.message.content;
    expect(textOf(await ask(7))).toBe(textOf(alone));
    expect(textOf(await ask(8))).not.toBe(textOf(alone));
    expect(new Set(batch.map((answer) => answer.usage?.completion_tokens))).toEqual(new Set([24]));
    expect((await health()).rssBytes).toBeLessThan(300 * MIB);
  });

  it('counts what it makes, and says why an answer ended', async () => {
    const answer = await ask(1);
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBe(24);
    const text = answer.choices[0]?.message.content ?? '';
    const stop = text.slice(4, 8);
    const stopped = await client.chat.completions.create({
      model: TINY_RECIPE.name,
      messages: [{ role: 'user', content: 'Which card?' }],
      max_tokens: 24,
      seed: 1,
      stop,
    });
    expect(stopped.choices[0]?.finish_reason).toBe('stop');
    expect(stopped.choices[0]?.message.content).toBe(text.slice(0, text.indexOf(stop)));
  });

  it('frees the slot of a client that goes', async () => {
    const stream = await client.chat.completions.create({
      model: TINY_RECIPE.name,
      messages: [{ role: 'user', content: 'Go on.' }],
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    stream.controller.abort();
    await expect.poll(async () => (await health()).runningCount, { timeout: 5000 }).toBe(0);
  });

  it.each([
    ['a prompt over the context', { messages: [{ role: 'user', content: 'card '.repeat(2000) }] }, 400],
    ['another model', { model: 'other', messages: [{ role: 'user', content: 'Hi' }] }, 404],
    ['no messages', { messages: [] }, 400],
  ])('refuses %s', async (_, rest, status) => {
    const body = JSON.stringify({ model: TINY_RECIPE.name, ...rest });
    expect((await fetch(`${url}/v1/chat/completions`, { method: 'POST', body })).status).toBe(status);
  });

  it('refuses malformed JSON and a body of 50 MB, and goes on', async () => {
    const post = (body: string) => fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
    expect((await post('{"model":')).status).toBe(400);
    expect((await post('x'.repeat(50_000_000)).catch(() => ({ status: 413 }))).status).toBe(413);
    expect((await ask(2)).usage?.completion_tokens).toBe(24);
  });

  it('refuses what is past its queue as busy, and answers the rest', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 30 }, (_, seed) => ask(seed)));
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(12);
    for (const answer of refused) expect(answer.reason).toMatchObject({ status: 503 });
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['not a model', Buffer.from('PK\x03\x04 no model at all')],
    ['cut off', null],
  ])('says what is wrong with a file that is %s, and ends with 1', async (_, content) => {
    const path = join(folder, 'broken.gguf');
    if (content === null) {
      writeRandomModel(path);
      const { truncateSync } = await import('node:fs');
      truncateSync(path, 900_000);
    } else writeFileSync(path, content);
    const broken = start('--model', path);
    const ended = once(broken, 'exit');
    const said = await eventOf(broken, 'failed');
    expect(said).toMatchObject({ event: 'failed', fault: { kind: 'fault' } });
    expect((await ended)[0]).toBe(1);
  });

  it('answers from the build of npm', { timeout: LIMIT_MS }, () => answersFrom('npm', 'node-llama-cpp'));

  it.skipIf(lacksNative)('answers from a build for this machine (needs llama.cpp built)', { timeout: LIMIT_MS }, () =>
    answersFrom(NATIVE_BUILD, NATIVE_BUILD),
  );

  it('ends when its parent goes, and on SIGTERM within its limit', { timeout: LIMIT_MS }, async () => {
    const orphan = start('--model', modelPath, '--exit-with-parent');
    await eventOf(orphan, 'ready');
    const orphanEnded = once(orphan, 'exit');
    orphan.stdin?.end();
    expect((await orphanEnded)[0]).toBe(0);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });
});

/** Serves from a build, and looks where the library that the process has loaded lies. */
async function answersFrom(build: string, libraryFolder: string): Promise<void> {
  const server = start('--model', modelPath, '--name', TINY_RECIPE.name, '--context', '512', '--llama-build', build);
  try {
    const ready = await eventOf(server, 'ready');
    const body = JSON.stringify({ model: TINY_RECIPE.name, prompt: 'Which card?', max_tokens: 8 });
    const answer = await fetch(`http://${ready.listen}/v1/completions`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ usage: { completion_tokens: 8 } });
    const mapped = readFileSync(`/proc/${server.pid}/maps`, 'utf8').split('\n');
    const folders = mapped.filter((line) => line.includes('libllama'));
    expect(folders.length).toBeGreaterThan(0);
    expect(folders.every((line) => line.includes(libraryFolder))).toBe(true);
  } finally {
    server.kill('SIGKILL');
  }
}
