import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeRandomModel } from '@rerig/models/gguf-writing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const LIMIT_MS = 60_000;
const eventSchema = z.looseObject({
  event: z.string(),
  listen: z.string().optional(),
  buildVariant: z.string().optional(),
  fault: z.looseObject({ code: z.string(), why: z.string() }).optional(),
});
type Said = z.infer<typeof eventSchema>;
type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

let folder = '';
let modelPath = '';
const children: ChildProcess[] = [];

/** Starts the real program; gives `ready`, or the last that it says before it ends. */
async function start(...flags: readonly string[]): Promise<Said> {
  const values = [join(import.meta.dirname, 'main.ts'), '--listen', '127.0.0.1:0', '--model', modelPath, ...flags];
  const child = spawn(process.execPath, values, { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  let last: Said = { event: 'nothing' };
  for await (const line of createInterface({ input: child.stdout })) {
    last = eventSchema.parse(JSON.parse(line));
    if (last.event === 'ready') break;
  }
  return last;
}

async function open(...flags: readonly string[]): Promise<OpenAI> {
  const { listen } = await start('--context', '2048', ...flags);
  return new OpenAI({ baseURL: `http://${listen}/v1`, apiKey: 'none', maxRetries: 0 });
}

function words(count: number, seed: number): string {
  return Array.from({ length: count }, (_, index) => ['fafo', 'zefi', 'lotu', 'mise'][(index * seed) % 4]).join(' ');
}

async function ask(client: OpenAI, messages: readonly Message[], tokenCount: number, priority = 'live') {
  const answer = await client.chat.completions.create(
    { model: 'any', messages: [...messages], temperature: 0, max_tokens: tokenCount },
    { headers: { 'x-rerig-priority': priority } },
  );
  const [choice] = answer.choices;
  const cachedTokenCount = answer.usage?.prompt_tokens_details?.cached_tokens ?? 0;
  return { text: choice?.message.content ?? '', cachedTokenCount };
}

function user(content: string): Message {
  return { role: 'user', content };
}

describe('the batch loop of a model server', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-batching-'));
    modelPath = join(folder, 'tiny.gguf');
    writeRandomModel(modelPath);
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes the same with a cached beginning as without one, also while others write', {
    timeout: LIMIT_MS,
  }, async () => {
    const [busy, alone] = [await open('--parallel', '4'), await open('--parallel', '1')];
    const turns: Message[] = [user(`First. ${words(60, 3)}`)];
    for (let turn = 0; turn < 3; turn += 1) {
      const [own] = await Promise.all([
        ask(busy, turns, 12),
        ...[5, 7].map((seed) => ask(busy, [user(`Other ${turn}. ${words(40, seed)}`)], 30)),
      ]);
      await ask(alone, [user(words(80, 5))], 1);
      const fresh = await ask(alone, turns, 12);
      expect(own.text).toBe(fresh.text);
      if (turn > 0) expect(own.cachedTokenCount).toBeGreaterThan(60);
      expect(fresh.cachedTokenCount).toBeLessThan(30);
      turns.push({ role: 'assistant', content: own.text }, user(`Go on ${turn}.`));
    }
  });

  it('gives the slot of batch work to who waits, and goes on without a word lost or said twice', {
    timeout: LIMIT_MS,
  }, async () => {
    const client = await open('--parallel', '1');
    const undisturbed = await ask(client, [user('A long one.')], 600, 'batch');
    let isBatchDone = false;
    const batch = ask(client, [user('A long one.')], 600, 'batch').then((answer) => {
      isBatchDone = true;
      return answer;
    });
    for (let count = 0; count < 3; count += 1) {
      await ask(client, [user(`Quick ${count}.`)], 2);
      expect(isBatchDone).toBe(false);
    }
    expect((await batch).text).toBe(undisturbed.text);
  });

  it('writes the same after a long prompt whose steps were broken off for short ones', {
    timeout: LIMIT_MS,
  }, async () => {
    const client = await open('--parallel', '4');
    const long = [user(words(900, 3))];
    const disturbed = ask(client, long, 16);
    for (let count = 0; count < 6; count += 1) await ask(client, [user(`Short ${count}.`)], 1);
    const again = await open('--parallel', '1');
    expect((await disturbed).text).toBe((await ask(again, long, 16)).text);
  });

  it('serves on a processor without AVX, by the build for SSE4.2', { timeout: LIMIT_MS }, async () => {
    const said = await start('--llama-build', 'npm', '--cpu-variant', 'sse42', '--context', '512');
    expect(said).toMatchObject({ event: 'ready', buildVariant: 'cpu-sse42' });
    const client = new OpenAI({ baseURL: `http://${said.listen}/v1`, apiKey: 'none', maxRetries: 0 });
    expect((await ask(client, [user('Hello.')], 8)).text.length).toBeGreaterThan(8);
  });

  it('is not ready where its answers are not the recorded ones', { timeout: LIMIT_MS }, async () => {
    expect(await start('--write-golden', '--context', '512')).toMatchObject({ event: 'ready' });
    const goldenPath = `${modelPath}.golden.json`;
    expect(await start('--context', '512')).toMatchObject({ event: 'ready' });
    const golden = readFileSync(goldenPath, 'utf8');
    const falsified = golden.replace(/("\w*[tT]okens":\s*\[)(\d+)(?![\s\S]*okens":\s*\[)/, '$1 7$2');
    expect(falsified).not.toBe(golden);
    writeFileSync(goldenPath, falsified);
    const said = await start('--context', '512');
    rmSync(goldenPath);
    expect(said).toMatchObject({ event: 'failed', fault: { code: expect.stringMatching(/golden/) } });
  });

  it('is refused where it does not fit, and says by how much', { timeout: LIMIT_MS }, async () => {
    const said = await start('--memory-limit', String(4 * 2 ** 20));
    expect(said).toMatchObject({ event: 'failed', fault: { code: 'model_does_not_fit' } });
    expect(`${said.fault?.why}`).toMatch(/\d+(\.\d+)? (K|M|G)i?B/);
  });
});
