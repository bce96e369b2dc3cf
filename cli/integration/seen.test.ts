import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type RunningRerig, startRerig } from './running-rerig.ts';
import { WRITER } from './served-models.ts';

const LIMIT_MS = 120_000;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CUSTOMER_SPAN_ID = 'b7ad6b7169203331';
const SECRET_WORD = 'zwetschgenkuchen';

const exportSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.unknown() })) }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});
type Span = z.infer<typeof exportSchema>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

let rerig: RunningRerig;
let collector: Server;
let bodies = '';
const spans: Span[] = [];

beforeAll(async () => {
  collector = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += String(part);
    });
    request.on('end', () => {
      bodies += text;
      const { resourceSpans } = exportSchema.parse(JSON.parse(text));
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await vi.waitFor(() => expect(collector.listening).toBe(true));
  const { port } = collector.address() as AddressInfo;
  rerig = await startRerig([], { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
}, LIMIT_MS);

afterAll(async () => {
  await rerig?.stop();
  collector?.close();
});

async function askOnce(): Promise<void> {
  const { apiUrl, apiKey } = rerig.document;
  const client = new OpenAI({ baseURL: apiUrl, apiKey, maxRetries: 0 });
  const headers = { traceparent: `00-${TRACE_ID}-${CUSTOMER_SPAN_ID}-01` };
  const messages = [{ role: 'user' as const, content: `What is a ${SECRET_WORD}?` }];
  await client.chat.completions.create({ model: WRITER, messages, max_tokens: 8 }, { headers });
  await expect(
    client.chat.completions.create({ model: WRITER, messages, tools: [{ type: 'function', function: { name: '!' } }] }),
  ).rejects.toThrow(/tools/);
}

describe('what is seen of a request', () => {
  it('is one trace, from the customer over the exchange to the model server', { timeout: LIMIT_MS }, async () => {
    await askOnce();
    await vi.waitFor(() => expect(spans.filter(({ traceId }) => traceId === TRACE_ID)).toHaveLength(6), {
      timeout: LIMIT_MS / 2,
    });
    const own = spans.filter(({ traceId }) => traceId === TRACE_ID);
    const spanOf = (name: string) => own.find((span) => span.name === name);
    expect(spanOf(`chat ${WRITER}`)?.parentSpanId).toBe(CUSTOMER_SPAN_ID);
    expect(spanOf('model server chat')?.parentSpanId).toBe(spanOf(`chat ${WRITER}`)?.spanId);
    expect(spanOf('write answer')?.parentSpanId).toBe(spanOf('model server chat')?.spanId);
    expect(spanOf('route')?.parentSpanId).toBe(spanOf(`chat ${WRITER}`)?.spanId);
  });

  it('is counted for Prometheus, by model and organisation', { timeout: LIMIT_MS }, async () => {
    const text = await (await fetch(new URL('/metrics', rerig.document.apiUrl))).text();
    expect(text).toMatch(/rerig_requests_total\{door="chat",model="rigger-5m",[^}]*outcome="completed"[^}]*\} [12]/);
    expect(text).toMatch(/rerig_time_to_first_token_seconds_count\{[^}]*\} [12]/);
    expect(text).toMatch(/rerig_replicas\{model="rigger-5m",state="ready"\} 1/);
  });

  it('is never a word of it, nor the key, in logs, metrics and traces', { timeout: LIMIT_MS }, async () => {
    await askOnce();
    const log = readFileSync(join(rerig.dataFolder, 'log/server.log'), 'utf8');
    const metrics = await (await fetch(new URL('/metrics', rerig.document.apiUrl))).text();
    for (const text of [log, metrics, bodies]) {
      expect(text).not.toContain(SECRET_WORD);
      expect(text).not.toContain(rerig.document.apiKey);
    }
  });
});
