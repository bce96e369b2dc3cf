import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type RunningRerig, startRerig } from './running-rerig.ts';

const LIMIT_MS = 120_000;
const SHIPPED = join(import.meta.dirname, '../../training/model/rigger-5m.gguf');
const SHIPPED_NAME = 'rigger-5m';
const RANDOM_NAME = 'random-words';

const modelSchema = z.object({ id: z.string(), status: z.string(), cold_start_ms: z.number().nullable() });

let folder: string;
let rerig: RunningRerig;
let client: OpenAI;
let other: Server;
let otherPort: number;

/** A small OpenAI-compatible server, as somebody else's would be. */
function openOther(port = 0): Promise<number> {
  other = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/v1/models') return response.end(JSON.stringify({ data: [{ id: 'their-model' }] }));
    if (request.method !== 'POST') return response.writeHead(404).end('{}');
    const choices = [{ index: 0, message: { role: 'assistant', content: 'From elsewhere.' }, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    return response.end(
      JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'their-model', choices, usage }),
    );
  });
  return new Promise((resolve) => {
    other.listen(port, '127.0.0.1', () => {
      const address = other.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** The model servers that run on a data folder: their pids, by the model that they serve. */
function modelServers(dataFolder: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const values = commandOf(pid);
    const name = values[values.indexOf('--name') + 1];
    // What shuts a model server in has its words too.
    if (name === undefined || values[0]?.endsWith('bwrap') === true) continue;
    if (values.some((value) => value.includes(`${dataFolder}/sockets/`))) found.set(name, Number(pid));
  }
  return found;
}

function commandOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It has ended since the folder was read.
    return [];
  }
}

async function ask(model: string): Promise<string> {
  const messages = [{ role: 'user' as const, content: 'How much VRAM does an RTX 3060 have?' }];
  const answer = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 20 });
  return answer.choices[0]?.message.content ?? '';
}

async function standing(): Promise<Record<string, { readonly status: string; readonly coldStartMs: number | null }>> {
  const { data } = await client.models.list();
  return Object.fromEntries(
    data.map((each) => {
      const { id, status, cold_start_ms: coldStartMs } = modelSchema.parse(each);
      return [id, { status, coldStartMs }];
    }),
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-scaling-'));
  const random = join(folder, `${RANDOM_NAME}.gguf`);
  writeRandomModel(random, { ...TINY_RECIPE, trainedContextTokens: 512 });
  otherPort = await openOther();
  rerig = await startRerig(['--model', SHIPPED, '--model', random, '--server', `http://127.0.0.1:${otherPort}=theirs`]);
  client = new OpenAI({ baseURL: rerig.document.apiUrl, apiKey: rerig.document.apiKey, maxRetries: 0 });
}, LIMIT_MS);

afterAll(async () => {
  await rerig?.stop();
  other?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('models on one card', () => {
  it('swap by demand: the cold one answers after its start, and the first again after its own', {
    timeout: LIMIT_MS,
  }, async () => {
    expect(await ask(SHIPPED_NAME)).toMatch(/12 GB/);
    expect(await standing()).toMatchObject({ [SHIPPED_NAME]: { status: 'ready' }, [RANDOM_NAME]: { status: 'cold' } });
    await ask(RANDOM_NAME);
    const swapped = await standing();
    expect(swapped).toMatchObject({ [SHIPPED_NAME]: { status: 'cold' }, [RANDOM_NAME]: { status: 'ready' } });
    expect(swapped[RANDOM_NAME]?.coldStartMs).toBeLessThan(20_000);
    expect([...modelServers(rerig.dataFolder).keys()]).toEqual([RANDOM_NAME]);
    expect(await ask(SHIPPED_NAME)).toMatch(/12 GB/);
    expect([...modelServers(rerig.dataFolder).keys()]).toEqual([SHIPPED_NAME]);
  });

  it('a replica that is killed answers again within seconds', { timeout: LIMIT_MS }, async () => {
    await ask(SHIPPED_NAME);
    const pid = modelServers(rerig.dataFolder).get(SHIPPED_NAME);
    if (pid === undefined) expect.fail('no model server serves it');
    const killedAtMs = performance.now();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => ask(SHIPPED_NAME).catch(() => ''), { timeout: 20_000, interval: 20 }).toMatch(/12 GB/);
    expect(performance.now() - killedAtMs).toBeLessThan(5000);
    expect(modelServers(rerig.dataFolder).get(SHIPPED_NAME)).not.toBe(pid);
  });

  it('another server answers beside them under its name, is missed when it dies, and answers when it is back', {
    timeout: LIMIT_MS,
  }, async () => {
    await expect.poll(async () => (await standing()).theirs?.status, { timeout: 20_000 }).toBe('ready');
    expect(await ask('theirs')).toBe('From elsewhere.');
    other.closeAllConnections();
    other.close();
    await expect.poll(async () => (await standing()).theirs?.status, { timeout: 20_000 }).toBe('unavailable');
    await openOther(otherPort);
    await expect.poll(async () => (await standing()).theirs?.status, { timeout: 20_000 }).toBe('ready');
    expect(await ask('theirs')).toBe('From elsewhere.');
  });
});
