import type { ServerResponse } from 'node:http';
import { openAiErrorSchema } from '@rerig/api/openai';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MODEL, ScriptedGateway } from '../scripted-gateway.ts';
import { withBody } from '../scripted-replica.ts';

const PROMPT_TOKENS = 5;
const TOKENS_MAX = 12;
/** Tokens of an answer that may have no text, as the gateway believes them: of one choice. */
const SILENT_TOKENS = 32;

const doors = ['chat', 'completions', 'completions-streamed', 'embeddings'] as const;
const failures = [
  'garbage',
  'half',
  'list',
  'no-choices',
  'wrong-usage',
  'empty',
  'reset',
  'halfway',
  '500',
  '503',
] as const;
const answers = ['good', 'lie', 'uncounted'] as const;

type Door = (typeof doors)[number];
type Step = (typeof failures)[number] | (typeof answers)[number] | '400';

/** What one tenant asks, and how a replica answers each try; the last again and again. */
interface Play {
  readonly door: Door;
  readonly tokenCount: number;
  readonly steps: readonly Step[];
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Step>(...answers) },
  { weight: 4, arbitrary: fc.constantFrom<Step>(...failures, '400') },
);
const play: fc.Arbitrary<Play> = fc.record({
  door: fc.constantFrom(...doors),
  tokenCount: fc.integer({ min: 1, max: TOKENS_MAX }),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
});

const usageSchema = z.object({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0).optional(),
  total_tokens: z.int().min(0),
});
const wholeSchema = z.object({
  choices: z
    .array(z.object({ text: z.string().optional(), message: z.object({ content: z.string() }).optional() }))
    .optional(),
  data: z.array(z.object({ embedding: z.array(z.number()) })).optional(),
  usage: usageSchema,
});

const gateway = new ScriptedGateway();

beforeAll(async () => {
  await gateway.open({ waits: { lookingMs: 200, wholeMs: 2_000, firstTokenMs: 2_000 } });
});

beforeEach(() => gateway.reset());

afterAll(() => gateway.close());

describe('whole answers, completions and embeddings, whatever replicas do', () => {
  it('are charged as they were delivered, are free where they failed, and hold their own tenant’s text alone', async () => {
    let deliveredCount = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(play, { minLength: 1, maxLength: 6 }), async (plays) => {
        gateway.reset();
        gateway.replicas = [0, 1, 2].map((at) => gateway.replica(`r${at}-${Math.random()}`));
        const tries = plays.map(() => 0);
        gateway.script = (request, response) => {
          withBody(request, (asked) => {
            const tenant = Number(/tenant-(\d+)/.exec(asked)?.[1]);
            const own = plays[tenant];
            if (own === undefined) return response.destroy();
            const last = own.steps.length - 1;
            const at = Math.min(tries[tenant] ?? 0, last);
            tries[tenant] = (tries[tenant] ?? 0) + 1;
            return answerAs(own.steps[at] ?? 'good', { ...own, tenant }, response);
          });
        };
        const seen = await Promise.all(plays.map((own, tenant) => ask(own, tenant)));
        await expect.poll(() => gateway.settled.length, { timeout: 10_000 }).toBe(gateway.admitted.length);
        for (const [tenant, answer] of seen.entries()) {
          const own = plays[tenant];
          if (own !== undefined) deliveredCount += check(own, tenant, answer);
        }
        const charged = gateway.settled.reduce((sum, { delivery }) => sum + delivery.usage.total_tokens, 0);
        const shown = seen.reduce(
          (sum, { requestId }) => sum + (requestId === null ? 0 : usageOf(requestId).total_tokens),
          0,
        );
        expect(charged).toBe(shown);
      }),
      { numRuns: 60 },
    );
    // The law is not empty: many were delivered.
    expect(deliveredCount).toBeGreaterThan(20);
  }, 120_000);
});

interface Seen {
  readonly status: number;
  readonly text: string;
  /** Of an answer or a stream; null where it was refused. */
  readonly requestId: string | null;
}

async function ask({ door }: Play, tenant: number): Promise<Seen> {
  const words = `I am tenant-${tenant}`;
  const bodies = {
    chat: ['/v1/chat/completions', { messages: [{ role: 'user', content: words }] }],
    completions: ['/v1/completions', { prompt: words }],
    'completions-streamed': ['/v1/completions', { prompt: words, stream: true }],
    embeddings: ['/v1/embeddings', { input: words }],
  } as const;
  const [path, body] = bodies[door];
  const response = await gateway.post(JSON.stringify({ model: MODEL, ...body }), {}, path);
  return { status: response.status, text: await response.text(), requestId: response.headers.get('x-request-id') };
}

function usageOf(requestId: string) {
  const own = gateway.settled.filter((settled) => settled.requestId === requestId);
  expect(own).toHaveLength(1);
  const [first] = own;
  if (first === undefined) expect.fail('it was not settled');
  return first.delivery.usage;
}

/** Checks what one tenant got, against what it was charged; gives 1 where it got an answer. */
function check({ door, tokenCount, steps }: Play, tenant: number, { status, text, requestId }: Seen): number {
  expect([200, 400, 502, 503]).toContain(status);
  const marks = [...text.matchAll(/<(\d+)>/g)].map(([, mark]) => Number(mark));
  expect(marks.filter((mark) => mark !== tenant)).toEqual([]);
  if (status !== 200) {
    expect(openAiErrorSchema.safeParse(JSON.parse(text)).success).toBe(true);
    expect(marks).toEqual([]);
    return 0;
  }
  if (requestId === null) expect.fail('an answer has no id');
  const charged = usageOf(requestId);
  const isHonest = steps.every((own) => own !== 'lie' && own !== 'uncounted');
  if (isHonest && door !== 'embeddings') expect(charged.completion_tokens).toBe(marks.length);
  expect(charged.completion_tokens).toBeLessThanOrEqual(marks.join('').length + 2 * marks.length + SILENT_TOKENS);
  if (door === 'completions-streamed') return 1;
  const { choices, data, usage } = wholeSchema.parse(JSON.parse(text));
  expect(usage.total_tokens).toBe(charged.total_tokens);
  if (door === 'embeddings') expect(data?.[0]?.embedding).toEqual([tenant]);
  else expect(choices?.[0]?.text ?? choices?.[0]?.message?.content).toBe(`<${tenant}>`.repeat(tokenCount));
  return 1;
}

interface Scene extends Play {
  readonly tenant: number;
}

function answerAs(step: Step, scene: Scene, response: ServerResponse): unknown {
  switch (step) {
    case 'garbage':
      return response.end('<html>502</html>');
    case 'half':
      return response.end(bodyOf(scene, 'good').slice(0, -9));
    case 'list':
      return response.end('[1,2,3]');
    case 'no-choices':
      return response.end('{"choices":[],"data":[]}');
    case 'wrong-usage':
      return response.end(bodyOf(scene, 'wrong-usage'));
    case 'empty':
      return response.end();
    case 'reset':
      return response.destroy();
    case 'halfway':
      return response.write(bodyOf(scene, 'good').slice(0, -9), () => response.destroy());
    case '500':
    case '503':
      return response.writeHead(Number(step)).end('{"error":"broken"}');
    case '400':
      return response.writeHead(400).end(refusal);
    default:
      return response.end(bodyOf(scene, step));
  }
}

const refusal = JSON.stringify({
  error: {
    ...{ message: 'No.', type: 'invalid_request_error', param: null, code: 'invalid_request' },
    rerig: { what: 'It was refused.', why: 'It is wrong.', mend: 'Mend it.', retry: 'after-mend' },
  },
});

function bodyOf(scene: Scene, step: Step): string {
  const { door, tenant, tokenCount } = scene;
  const mark = `<${tenant}>`;
  if (door === 'completions-streamed') {
    const events = Array.from(
      { length: tokenCount },
      (_, at) =>
        `data: ${JSON.stringify({ ...head, choices: [choiceOf({ text: mark })], ...countOf(step, at + 1) })}\n\n`,
    );
    return `${events.join('')}data: [DONE]\n\n`;
  }
  const text = mark.repeat(tokenCount);
  if (door === 'embeddings') {
    const data = [{ object: 'embedding', index: 0, embedding: [tenant] }];
    return JSON.stringify({ object: 'list', model: 'up', data, ...countOf(step, 0) });
  }
  const choice = door === 'chat' ? { message: { role: 'assistant', content: text } } : { text };
  return JSON.stringify({ ...head, choices: [choiceOf(choice)], ...countOf(step, tokenCount) });
}

const head = { id: 'up', object: 'text_completion', created: 1, model: 'up' };

function choiceOf(said: object) {
  return { index: 0, logprobs: null, finish_reason: 'stop', ...said };
}

function countOf(step: Step, completionTokens: number) {
  if (step === 'uncounted') return {};
  const told = step === 'lie' ? 1e9 : step === 'wrong-usage' ? -3 : completionTokens;
  return {
    usage: { prompt_tokens: PROMPT_TOKENS, completion_tokens: told, total_tokens: PROMPT_TOKENS + told },
  };
}
