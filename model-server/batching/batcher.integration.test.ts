import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { TokenLogprob } from '@rerig/api/openai';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { TINY_RECIPE, writeRandomAdapter, writeRandomModel } from '@rerig/models/gguf-writing';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BROKEN_OFF } from '../llama/break-off.ts';
import { openLlama } from '../llama/libraries.ts';
import type { LoadedModel } from '../llama/loaded-model.ts';
import { listenToLlama } from '../llama/native-log.ts';
import { openBackend } from '../llama/open-backend.ts';
import { type OpenModel, openModel } from '../llama/open-model.ts';
import { Batcher } from './batcher.ts';
import type { EndReason, GenerationRequest, TokenCounts } from './generation.ts';

const SLOT_COUNT = 6;
const CONTEXT_TOKENS = 1024;
const LIMITS = { waitingMax: 64, promptTokensMax: 128 };
const FIRST_WORD_TOKEN = 400;
/**
 * One row and many are rounded differently. Where two tokens are likelier than all others by almost the same score, two
 * runs that are both right may take another one there.
 */
const TIE_NATS = 0.02;

let folder = '';
let opened: OpenModel | undefined;
let batcher: Batcher | undefined;

function writer(): LoadedModel {
  if (opened?.writer === undefined) throw new InvariantError('the random model writes no text');
  return opened.writer;
}

function running(): Batcher {
  if (batcher === undefined) throw new InvariantError('no batcher was opened for this test');
  return batcher;
}

/** A batcher at a model as it is opened: with nothing in its cache, and no adapter laid over it. */
async function openFresh(): Promise<Batcher> {
  await batcher?.stop(0);
  for (let slot = 0; slot < SLOT_COUNT; slot++) writer().clearSlot(slot);
  writer().useAdapters([]);
  batcher = new Batcher(writer(), LIMITS, () => undefined);
  return batcher;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-batcher-'));
  const modelPath = join(folder, 'tiny.gguf');
  writeRandomModel(modelPath);
  const adapters = ['one', 'two'].map((name, index) => ({ name, path: join(folder, `${name}.gguf`), seed: index + 7 }));
  for (const { path, name, seed } of adapters) {
    writeRandomAdapter(path, TINY_RECIPE, { name, seed, rank: 8, spread: 0.8 });
  }
  const libraries = openLlama('cpu', 'npm');
  if (isFault(libraries)) throw new InvariantError(libraries.what);
  const nativeLog = listenToLlama(libraries.functions, false);
  const backend = openBackend(libraries, { route: 'cpu', cards: [], cpuVariant: undefined }, nativeLog.lastErrors);
  if (isFault(backend)) throw new InvariantError(backend.what);
  const sizes = { slotCount: SLOT_COUNT, contextTokensPerSlot: CONTEXT_TOKENS, batchTokensMax: 512, threadCount: 1 };
  const model = await openModel(
    libraries,
    backend,
    { modelPath, adapters, embeddings: undefined, ...sizes },
    nativeLog.lastErrors,
  );
  if (isFault(model)) throw new InvariantError(model.what);
  opened = model;
  nativeLog.silence();
});
afterAll(async () => {
  await batcher?.stop(0);
  opened?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await openFresh();
});
afterEach(() => vi.restoreAllMocks());

interface Answer {
  readonly text: string;
  readonly logprobs: readonly TokenLogprob[];
  readonly counts: TokenCounts;
  readonly reason: EndReason;
}

/** Submits a greedy request; `onToken` hears of each token as it comes. */
function ask(
  promptTokens: readonly number[],
  rest: Partial<GenerationRequest> = {},
  onToken: (count: number) => void = () => undefined,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let text = '';
  const logprobs: TokenLogprob[] = [];
  const request: GenerationRequest = {
    promptTokens: Int32Array.from(promptTokens),
    newTokensMax: 12,
    sampling: { temperature: 0, topP: 1, seed: 1 },
    stops: [],
    grammar: undefined,
    logprobsTopCount: 2,
    adapters: [],
    priority: 'live',
    ...rest,
  };
  const ticket = running().submit(request, {
    onText: (piece, _, newLogprobs) => {
      text += piece;
      logprobs.push(...newLogprobs);
      onToken(logprobs.length);
    },
    onEnd: (reason, counts) => resolve({ text, logprobs, counts, reason }),
    onFault: reject,
  });
  if (isFault(ticket)) reject(ticket);
  return promise;
}

async function askFresh(promptTokens: readonly number[], rest: Partial<GenerationRequest> = {}): Promise<Answer> {
  await openFresh();
  return await ask(promptTokens, rest);
}

/** `found` is what `expected` is, up to where two tokens were as good as equally likely; and its text is its tokens'. */
function expectSame(found: Answer, expected: Answer): void {
  const bytesOf = ({ logprobs }: Answer) => logprobs.flatMap(({ bytes }) => bytes ?? []);
  expect(Buffer.from(found.text)).toEqual(Buffer.from(bytesOf(found)));
  expect(found.counts.completionTokens).toBe(found.logprobs.length);
  const parting = expected.logprobs.findIndex(({ token }, index) => token !== found.logprobs[index]?.token);
  if (parting === -1) {
    expect(found.text).toBe(expected.text);
    return;
  }
  const [first, second] = expected.logprobs[parting]?.top_logprobs ?? [];
  expect((first?.logprob ?? 0) - (second?.logprob ?? 0)).toBeLessThan(TIE_NATS);
}

/** The tokens of an answer: of a random model they are words, of which no two have the same text. */
function tokensOf(answer: Answer): readonly number[] {
  const { vocabulary } = writer();
  const byText = new Map<string, number>();
  for (let token = vocabulary.tokenCount - 1; token >= 0; token--) {
    byText.set(Buffer.from(vocabulary.piece(token)).toString('hex'), token);
  }
  return answer.logprobs.map(({ bytes }) => byText.get(Buffer.from(bytes ?? []).toString('hex')) ?? -1);
}

/** So many words that no other seed gives in the same order. */
function words(seed: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => FIRST_WORD_TOKEN + ((seed * 331 + index * (7 + seed)) % 1500));
}

describe('a batcher that finds the beginning of a prompt in its cache', () => {
  it('counts what was there, and asks the model only for the rest', async () => {
    const first = await ask(words(1, 30));
    const whole = [...words(1, 30), ...tokensOf(first)];
    await ask(words(2, 25));
    const second = await ask([...whole, ...words(3, 9)]);
    expect(first.counts.cachedPromptTokens).toBe(0);
    // The last token that was written is the only one of them that the model has not seen.
    expect(second.counts).toMatchObject({ cachedPromptTokens: whole.length - 1, promptTokens: whole.length + 9 });
    expect(running().state).toMatchObject({
      promptTokenCount: 30 + 25 + whole.length + 9,
      cachedPromptTokenCount: whole.length - 1,
    });
    const again = await ask([...whole, ...words(3, 9)]);
    expect(again.counts.cachedPromptTokens).toBe(whole.length + 8);
    expectSame(again, second);
  });

  it('writes what it writes without one, whatever conversations take turns in whatever order', async () => {
    const turn = fc.record({
      conversation: fc.nat(8),
      wordCount: fc.integer({ min: 1, max: 40 }),
      newTokensMax: fc.integer({ min: 1, max: 10 }),
      // Whether the turns before it may still be being answered.
      isBeside: fc.boolean(),
    });
    const run = async (
      turns: readonly { conversation: number; wordCount: number; newTokensMax: number; isBeside: boolean }[],
    ) => {
      await openFresh();
      const histories = new Map<number, readonly number[]>();
      const asked: { prompt: readonly number[]; newTokensMax: number; answer: Answer }[] = [];
      let beside: Promise<void>[] = [];
      const busy = new Set<number>();
      for (const { conversation, wordCount, newTokensMax, isBeside } of turns) {
        if (!isBeside || busy.has(conversation)) {
          await Promise.all(beside);
          beside = [];
          busy.clear();
        }
        busy.add(conversation);
        const before = histories.get(conversation) ?? words(20 + (conversation % 3), 30);
        const prompt = [...before, ...words(conversation, wordCount)];
        beside.push(
          ask(prompt, { newTokensMax }).then((answer) => {
            histories.set(conversation, [...prompt, ...tokensOf(answer)]);
            asked.push({ prompt, newTokensMax, answer });
          }),
        );
      }
      await Promise.all(beside);
      for (const { prompt, newTokensMax, answer } of asked) {
        expect(answer.counts.cachedPromptTokens).toBeLessThan(prompt.length);
        expectSame(answer, await askFresh(prompt, { newTokensMax }));
      }
    };
    const copyBeginning = vi.spyOn(writer(), 'copyBeginning');
    await fc.assert(fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 14 }), run), { numRuns: 12 });
    expect(copyBeginning).toHaveBeenCalled();
  });

  it('shares it with one that is still being answered, and cuts nobody for it', async () => {
    const beginning = words(1, 100);
    const asked = [2, 3, 4].map((seed) => [...beginning, ...words(seed, 20)]);
    const [first = [], ...others] = asked;
    const beside: Promise<Answer>[] = [];
    const answer = await ask(first, { newTokensMax: 60 }, (count) => {
      if (count === 1) beside.push(...others.map((prompt) => ask(prompt)));
    });
    const answers = [answer, ...(await Promise.all(beside))];
    expect(answers.map(({ counts }) => counts.cachedPromptTokens)).toEqual([0, 100, 100]);
    const again = await ask([...first, ...tokensOf(answer), ...words(9, 5)]);
    expect(again.counts.cachedPromptTokens).toBe(first.length + 59);
    for (const [index, { counts, ...rest }] of answers.entries()) {
      expectSame({ counts, ...rest }, await askFresh(asked[index] ?? [], { newTokensMax: index === 0 ? 60 : 12 }));
    }
  });
});

describe('a step that is broken off for a short request', () => {
  it('ends with its own code, and the next one is whole', async () => {
    const model = writer();
    expect(model.canBreakOff).toBe(true);
    words(1, 200).forEach((token, position) => {
      model.setRow(position, token, position, 0, position === 199);
    });
    let code = 0;
    // The wish may come after the step is done: on a busy machine this thread waits for its turn.
    for (let tries = 0; tries < 50 && code === 0; tries++) {
      model.clearSlot(0);
      const decoding = model.decode(200);
      model.breakOff();
      code = await decoding;
    }
    expect(code).toBe(BROKEN_OFF);
    model.clearSlot(0);
    expect(await model.decode(200)).toBe(0);
  });

  it('costs no request a word, nor a later one what it finds in the cache', async () => {
    const breakOff = vi.spyOn(writer(), 'breakOff');
    const long = ask(words(1, 900));
    const short: Promise<Answer>[] = [];
    for (let seed = 2; seed < 5; seed++) {
      await turnOfLoop();
      short.push(ask(words(seed, 20), { newTokensMax: 4 }));
    }
    const answers = await Promise.all([long, ...short]);
    expect(breakOff).toHaveBeenCalled();
    const next = [...words(1, 900), ...tokensOf(answers[0]), ...words(9, 5)];
    const later = await ask(next);
    expect(later.counts.cachedPromptTokens).toBe(900 + 12 - 1);
    expectSame(later, await askFresh(next));
    expectSame(answers[0], await askFresh(words(1, 900)));
    for (const [index, answer] of answers.slice(1).entries()) {
      expectSame(answer, await askFresh(words(index + 2, 20), { newTokensMax: 4 }));
    }
  });
});

describe('a gap that a finished answer leaves between others', () => {
  it('is closed without changing a word, and what stood in it is still found', async () => {
    const moveSlot = vi.spyOn(writer(), 'moveSlot');
    const lengths = [40, 3, 40, 40];
    const answers = await Promise.all(
      lengths.map((newTokensMax, index) => ask(words(index + 1, 30), { newTokensMax })),
    );
    expect(moveSlot).toHaveBeenCalled();
    const [, finished] = answers;
    const next = [...words(2, 30), ...(finished ? tokensOf(finished) : []), ...words(8, 6)];
    const later = await ask(next);
    expect(later.counts.cachedPromptTokens).toBe(30 + 3 - 1);
    expectSame(later, await askFresh(next));
    for (const [index, answer] of answers.entries()) {
      expectSame(answer, await askFresh(words(index + 1, 30), { newTokensMax: lengths[index] ?? 0 }));
    }
  });
});

describe('batch work that gives its slots up', () => {
  it('goes on where it was, without losing or repeating a word, and counts its prompt once', async () => {
    const ended: string[] = [];
    const started = Promise.withResolvers<void>();
    const order: Partial<GenerationRequest> = { priority: 'batch', newTokensMax: 60 };
    const batch = Array.from({ length: SLOT_COUNT }, async (_, index) => {
      const answer = await ask(words(index + 1, 20 + index), order, (count) => {
        if (count === 5 + index) started.resolve();
      });
      ended.push('batch');
      return answer;
    });
    await started.promise;
    const live = Array.from({ length: 2 * SLOT_COUNT }, async (_, index) => {
      const answer = await ask(words(index + 20, 15), { newTokensMax: 6 });
      ended.push('live');
      return answer;
    });
    const [batchAnswers, liveAnswers] = await Promise.all([Promise.all(batch), Promise.all(live)]);
    expect(ended.slice(0, live.length)).toEqual(live.map(() => 'live'));
    const promptTokens = [...batchAnswers, ...liveAnswers].map(({ counts }) => counts.promptTokens);
    expect(running().state.promptTokenCount).toBe(promptTokens.reduce((sum, count) => sum + count, 0));
    for (const [index, answer] of batchAnswers.entries()) {
      expect(answer).toMatchObject({ reason: 'length', counts: { completionTokens: 60, cachedPromptTokens: 0 } });
      expectSame(answer, await askFresh(words(index + 1, 20 + index), order));
    }
  });
});

describe('LoRA adapters', () => {
  const one = { adapterName: 'one', scale: 1 };
  const two = { adapterName: 'two', scale: 1 };
  const sets = [[], [one], [two], [one, two], [{ ...one, scale: 0.5 }]];

  it('change what is written, each set in its own way, and nothing at scale 0', async () => {
    const texts: string[] = [];
    for (const adapters of sets) texts.push((await askFresh(words(1, 20), { adapters })).text);
    expect(new Set(texts).size).toBe(sets.length);
    expectSame(await ask(words(1, 20), { adapters: [{ ...two, scale: 0 }] }), await askFresh(words(1, 20)));
  });

  it('give beside each other what each set gives alone', async () => {
    const askAll = sets.flatMap((adapters, index) => [
      ask(words(1, 20), { adapters, newTokensMax: 24 }),
      ask(words(index + 2, 200), { adapters, newTokensMax: 9 }),
    ]);
    const answers = await Promise.all(askAll);
    for (const [index, adapters] of sets.entries()) {
      const [short, long] = answers.slice(index * 2);
      if (short) expectSame(short, await askFresh(words(1, 20), { adapters, newTokensMax: 24 }));
      if (long) expectSame(long, await askFresh(words(index + 2, 200), { adapters, newTokensMax: 9 }));
    }
  });

  it('find in the cache only what the same set has computed', async () => {
    await ask(words(1, 20));
    expect((await ask(words(1, 20), { adapters: [one] })).counts.cachedPromptTokens).toBe(0);
    expect((await ask(words(1, 20), { adapters: [one] })).counts.cachedPromptTokens).toBe(19);
    expect((await ask(words(1, 20))).counts.cachedPromptTokens).toBe(19);
  });

  it('that the server does not have are refused by name', async () => {
    const unknown = ask(words(1, 20), { adapters: [{ adapterName: 'three', scale: 1 }] });
    await expect(unknown).rejects.toMatchObject({ code: 'adapter_not_found', why: 'This server has one, two.' });
  });
});
