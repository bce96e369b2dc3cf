import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embedMany, generateText, Output, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunningRerig } from './running-rerig.ts';
import { EMBEDDER, startWithBoth, WRITER } from './served-models.ts';

const LIMIT_MS = 120_000;
const question = 'How much VRAM does an RTX 3060 have?';
const prompt = question;

let rerig: RunningRerig;

beforeAll(async () => {
  rerig = await startWithBoth();
}, LIMIT_MS);

afterAll(async () => {
  await rerig?.stop();
});

function provider() {
  const { apiUrl, apiKey } = rerig.document;
  return createOpenAICompatible({
    name: 'rerig',
    baseURL: apiUrl,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
}

function model() {
  return provider().chatModel(WRITER);
}

describe('the Vercel AI SDK', () => {
  it('gets a whole answer with its usage', { timeout: LIMIT_MS }, async () => {
    const { text, usage, finishReason } = await generateText({ model: model(), prompt, temperature: 0 });
    expect(text).toContain('12 GB');
    expect(finishReason).toBe('stop');
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(usage.outputTokens).toBeGreaterThan(0);
  });

  it('streams the same answer in pieces, with its usage', { timeout: LIMIT_MS }, async () => {
    const answer = streamText({ model: model(), prompt, temperature: 0 });
    const pieces: string[] = [];
    for await (const piece of answer.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toContain('12 GB');
    expect((await answer.usage).outputTokens).toBeGreaterThan(3);
  });

  it('gets an object that fits its schema', { timeout: LIMIT_MS }, async () => {
    const schema = z.object({
      card: z.string().max(40),
      vramGb: z.int().min(1).max(96),
      route: z.enum(['cuda', 'vulkan']),
    });
    const { output } = await generateText({ model: model(), prompt, output: Output.object({ schema }) });
    expect(schema.parse(output)).toEqual(output);
  });

  it('gets a call of the tool that it requires, and runs it', { timeout: LIMIT_MS }, async () => {
    const asked: unknown[] = [];
    const { toolResults } = await generateText({
      model: model(),
      prompt,
      toolChoice: 'required',
      tools: {
        vram_of: tool({
          description: 'Gives the VRAM of a card in GB.',
          inputSchema: z.object({ card: z.string().max(40) }),
          execute: async (input) => {
            asked.push(input);
            return { vramGb: 12 };
          },
        }),
      },
    });
    // A model may ask for a tool several times at once.
    expect(asked.length).toBeGreaterThan(0);
    expect(toolResults.map(({ output }) => output)).toEqual(asked.map(() => ({ vramGb: 12 })));
  });

  it('gets vectors of a model for vectors', { timeout: LIMIT_MS }, async () => {
    const { embeddings, usage } = await embedMany({
      model: provider().embeddingModel(EMBEDDER),
      values: ['one card', 'two cards'],
    });
    expect(embeddings).toHaveLength(2);
    for (const embedding of embeddings) expect(Math.hypot(...embedding)).toBeCloseTo(1, 3);
    expect(usage.tokens).toBeGreaterThan(2);
  });
});
