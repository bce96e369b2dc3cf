import { setTimeout as wait } from 'node:timers/promises';
import { quantilesOf } from '../load/closed-loop.ts';
import { askServer } from './ask-server.ts';
import type { MeasuredServer } from './measured-server.ts';

/** What a short request waits for its first token: alone, and while a long prompt is read. */
export interface LongPromptWaits {
  readonly idleMs: number;
  readonly busyMs: number;
  /** From the long request's start to its first token: whether the short ones came while it was read. */
  readonly longFirstTokenMs: number;
}

const RUNS = 5;
/** The random model's words are syllables of two letters, each a token, with the space before it. */
const LONG_PROMPT_WORDS = 4000;
/** By then the long prompt is being read. */
const HEAD_START_MS = 400;
const SHORT = { content: 'fa', tokensMax: 8, parallelCount: 1, requestCount: 1 };

/** Measures it on a server whose slots hold more than 4,000 tokens. */
export async function measureLongPrompt(server: MeasuredServer): Promise<LongPromptWaits> {
  const idle: number[] = [];
  const busy: number[] = [];
  const long: number[] = [];
  const content = 'fa '.repeat(LONG_PROMPT_WORDS);
  for (let run = 0; run < RUNS; run += 1) {
    const alone = await askServer(server, { ...SHORT, firstNumber: 10 * run + 1 });
    idle.push(alone.firstToken.p50Ms);
    const reading = askServer(server, { ...SHORT, content, firstNumber: 10 * run + 2 });
    await wait(HEAD_START_MS);
    const beside = await askServer(server, { ...SHORT, firstNumber: 10 * run + 3 });
    busy.push(beside.firstToken.p50Ms);
    long.push((await reading).firstToken.p50Ms);
  }
  return {
    idleMs: quantilesOf(idle).p50Ms,
    busyMs: quantilesOf(busy).p50Ms,
    longFirstTokenMs: quantilesOf(long).p50Ms,
  };
}
