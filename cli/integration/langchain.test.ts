import { HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunningRerig } from './running-rerig.ts';
import { EMBEDDER, startWithBoth, WRITER } from './served-models.ts';

const LIMIT_MS = 120_000;
const question = new HumanMessage('How much VRAM does an RTX 3060 have?');

let rerig: RunningRerig;

beforeAll(async () => {
  rerig = await startWithBoth();
}, LIMIT_MS);

afterAll(async () => {
  await rerig?.stop();
});

function model(): ChatOpenAI {
  const { apiUrl, apiKey } = rerig.document;
  return new ChatOpenAI({
    model: WRITER,
    apiKey,
    temperature: 0,
    maxRetries: 0,
    configuration: { baseURL: apiUrl },
  });
}

describe("LangChain's OpenAI client", () => {
  it('gets a whole answer with its usage', { timeout: LIMIT_MS }, async () => {
    const answer = await model().invoke([question]);
    expect(answer.text).toContain('12 GB');
    expect(answer).toMatchObject({ usage_metadata: { output_tokens: expect.any(Number) } });
  });

  it('streams the same answer in pieces', { timeout: LIMIT_MS }, async () => {
    const pieces: string[] = [];
    for await (const piece of await model().stream([question])) pieces.push(piece.text);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toContain('12 GB');
  });

  it('gets an object that fits its schema', { timeout: LIMIT_MS }, async () => {
    const schema = z.object({ card: z.string().max(40), vramGb: z.int().min(1).max(96) });
    const structured = model().withStructuredOutput(schema, { name: 'card', method: 'jsonSchema' });
    const card = await structured.invoke([question]);
    expect(schema.parse(card)).toEqual(card);
  });

  it('gets a call of the tool that it requires', { timeout: LIMIT_MS }, async () => {
    const vramOf = tool(async ({ card }) => `${card}: 12 GB`, {
      name: 'vram_of',
      description: 'Gives the VRAM of a card in GB.',
      schema: z.object({ card: z.string().max(40) }),
    });
    const answer = await model().bindTools([vramOf], { tool_choice: 'required' }).invoke([question]);
    expect(answer.tool_calls?.[0]?.name).toBe('vram_of');
    expect(typeof answer.tool_calls?.[0]?.args.card).toBe('string');
  });

  it('gets vectors of a model for vectors', { timeout: LIMIT_MS }, async () => {
    const { apiUrl, apiKey } = rerig.document;
    const client = new OpenAIEmbeddings({ model: EMBEDDER, apiKey, maxRetries: 0, configuration: { baseURL: apiUrl } });
    const vectors = await client.embedDocuments(['one card', 'two cards']);
    expect(vectors).toHaveLength(2);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 3);
  });
});
