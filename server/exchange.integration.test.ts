import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { batchResultSchema } from '@rerig/api/openai';
import { FaultError, isFault } from '@rerig/domain/fault';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkStoredLedger } from './actions/check-ledger.ts';
import { demoCustomerId } from './actions/demo-tenants.ts';
import { withKeyBook } from './actions/manage-keys.ts';
import { openStore } from './store/database.ts';

const MODEL = 'tiny';
const LINE_COUNT = 60;
/** Lines that are answered until the server is killed, each time. */
const KILL_AT = [10, 30] as const;
const LIMIT_MS = 120_000;
const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-killed-'));
const askedSchema = z.looseObject({ messages: z.array(z.looseObject({ content: z.string() })) });

/** The exchange as a program: it serves one replica, and says its port. What its forerunner had leased is free at once. */
const PROGRAM = `
  import { randomUUID } from 'node:crypto';
  import { sql } from 'kysely';
  import { ensureDemoTenants } from './actions/demo-tenants.ts';
  import { openExchange } from './exchange.ts';
  const [dataFolder, upstreamPort] = process.argv.slice(1);
  const exchange = await openExchange({ dataFolder, consoleDistFolder: '/nowhere' });
  if (exchange.kind === 'fault') throw new Error(exchange.why);
  await ensureDemoTenants(exchange.database, '${MODEL}');
  await sql\`update batch_line set lease_until = now() where status = 'running'\`.execute(exchange.database);
  const agentBootId = randomUUID();
  exchange.applyAgentEvent({
    eventId: agentBootId + '-1', agentBootId, sequence: 1, occurredAt: new Date().toISOString(),
    kind: 'replica-state', cardId: 'card-1', replicaId: 'replica-1', state: 'ready',
    listen: '127.0.0.1:' + upstreamPort, model: '${MODEL}', contextTokens: 4096, parallelCount: 6,
  });
  console.log(await exchange.listen({ port: null, preferredPort: null }));
  process.once('SIGTERM', () => void exchange.close().then(() => process.exit(0)));
`;

let answeredCount = 0;
/** Requests past this many are held, so that some are under way whenever the server is killed. */
let answeredCountMax = 0;
const held: (() => void)[] = [];
const upstream = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const { messages } = askedSchema.parse(JSON.parse(Buffer.concat(pieces).toString()));
  if (answeredCount >= answeredCountMax) await new Promise<void>((resolve) => held.push(resolve));
  answeredCount += 1;
  const message = { role: 'assistant', content: `You said ${messages.at(-1)?.content}` };
  const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ id: 'up', object: 'chat.completion', created: 1, model: 'up', choices, usage }));
});
let upstreamPort = 0;
let child: ChildProcess | null = null;
let talk = '';

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address();
  upstreamPort = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(() => {
  child?.kill('SIGKILL');
  upstream.closeAllConnections();
  upstream.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

async function start(): Promise<string> {
  const started = spawn(
    process.execPath,
    ['--input-type=module', '-e', PROGRAM, '--', dataFolder, String(upstreamPort)],
    { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child = started;
  started.stderr.on('data', (part) => {
    talk += String(part);
  });
  for await (const line of createInterface({ input: started.stdout })) return `http://127.0.0.1:${Number(line)}/v1`;
  return expect.fail(`the exchange did not start: ${talk}`);
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child === null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  child = null;
}

function releaseUpTo(count: number): void {
  answeredCountMax = count;
  for (const release of held.splice(0)) release();
}

describe('a batch whose server is killed', () => {
  it('has each line answered once and charged once', { timeout: LIMIT_MS }, async () => {
    let baseURL = await start();
    const issued = await withKeyBook(dataFolder, (keys) =>
      keys.create({ organisationId: demoCustomerId, label: 'Batches' }),
    );
    if (isFault(issued)) throw new FaultError(issued);
    const openai = () => new OpenAI({ apiKey: issued.secret, baseURL, maxRetries: 0 });
    const lines = Array.from({ length: LINE_COUNT }, (_, at) => ({
      ...{ custom_id: `line-${at}`, method: 'POST', url: '/v1/chat/completions' },
      body: { model: MODEL, messages: [{ role: 'user', content: `text ${at}` }], max_tokens: 8 },
    }));
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const file = await openai().files.create({ file: await toFile(Buffer.from(text), 'in.jsonl'), purpose: 'batch' });
    const { id } = await openai().batches.create({
      ...{ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' },
    });
    for (const count of KILL_AT) {
      releaseUpTo(count);
      await expect.poll(() => answeredCount >= count && held.length > 0, { timeout: 30_000 }).toBe(true);
      await end('SIGKILL');
      baseURL = await start();
    }
    releaseUpTo(Number.POSITIVE_INFINITY);
    const ended = () => openai().batches.retrieve(id);
    await expect.poll(async () => (await ended()).status, { timeout: 60_000 }).toBe('completed');
    const { output_file_id: outputId, request_counts: counts } = await ended();
    expect(counts).toEqual({ total: LINE_COUNT, completed: LINE_COUNT, failed: 0 });
    const results = (await (await openai().files.content(outputId ?? '')).text())
      .trimEnd()
      .split('\n')
      .map((line) => batchResultSchema.parse(JSON.parse(line)));
    expect(results.map(({ custom_id }) => custom_id)).toEqual(lines.map(({ custom_id }) => custom_id));
    for (const [at, { response }] of results.entries()) {
      expect(response?.body).toMatchObject({ choices: [{ message: { content: `You said text ${at}` } }] });
    }
    // What was under way at each kill was asked again.
    expect(answeredCount).toBeGreaterThan(LINE_COUNT);
    await end('SIGTERM');
    await expectOneChargeEach(id);
  });
});

async function expectOneChargeEach(batchId: string): Promise<void> {
  const store = await openStore(dataFolder);
  if (isFault(store)) throw new FaultError(store);
  const { rows } = await store.pool.query<{ readonly line: string; readonly count: number }>(
    `select split_part(request_id, '-', 2) as line, count(*)::int as count from inference_request
     where request_id like $1 and charge_micro_usd > 0 group by 1`,
    [`${batchId}-%`],
  );
  await store.close();
  expect(new Set(rows.map(({ count }) => count))).toEqual(new Set([1]));
  expect(rows).toHaveLength(LINE_COUNT);
  expect(await checkStoredLedger(dataFolder)).toMatchObject({
    ...{ errors: [], openHoldCount: 0, unchargedRequestCount: 0 },
  });
}
