import { type CompletionRequest, completionRequestSchema } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import type { GenerationPriority } from '../batching/generation.ts';
import { type ServeFault, serveFault } from '../faults.ts';
import { readGbnf } from '../grammar/read-gbnf.ts';
import type { Vocabulary } from '../llama/vocabulary.ts';
import type { AnswerPlan } from './answer-run.ts';
import {
  planGenerations,
  type RequestRefusal,
  refuseOtherModel,
  type StreamWishes,
  schemaRefusal,
  streamWishes,
} from './generation-plan.ts';
import type { ServedModel, TextWriter } from './served-model.ts';

/** What a request for raw text asks for. */
export interface CompletionOrder {
  readonly modelName: string;
  readonly stream: StreamWishes | undefined;
  readonly plan: AnswerPlan;
  /** What each choice's text begins with: its prompt, where `echo` wants it. */
  readonly starts: readonly string[];
  readonly hasLogprobs: boolean;
}

/** As the vendor's API has it. */
const NEW_TOKENS_DEFAULT = 16;
/** Most answers in one request, over all its prompts. */
const ANSWERS_MAX = 128;

/** Reads a body as a request for raw text. In prompts, marks are read: it is the asker's own template. */
export async function readCompletionOrder(
  served: ServedModel,
  writer: TextWriter,
  priority: GenerationPriority,
  json: unknown,
): Promise<CompletionOrder | RequestRefusal> {
  const parsed = completionRequestSchema.safeParse(json);
  if (!parsed.success) return schemaRefusal(parsed.error.issues[0], '/v1/completions');
  const request = parsed.data;
  const otherModel = refuseOtherModel(request.model, served.requiredName);
  if (otherModel) return otherModel;
  const unheld = refuseUnheld(request);
  if (unheld) return unheld;
  const { vocabulary } = writer.prompt;
  const prompts = await promptsOf(request, vocabulary, served.contextTokens);
  if (isFault(prompts)) return { fault: prompts, parameter: 'prompt' };
  const choicesPerPrompt = request.n ?? 1;
  if (prompts.length * choicesPerPrompt > ANSWERS_MAX) return tooManyAnswers(prompts.length * choicesPerPrompt);
  const gbnf = typeof request.grammar === 'string' ? readGbnf(request.grammar) : undefined;
  if (isFault(gbnf)) return { fault: gbnf, parameter: 'grammar' };
  const generations = prompts.flatMap((promptTokens) =>
    planGenerations(request, {
      promptTokens,
      contextTokens: served.contextTokens,
      newTokensAsked: request.max_tokens ?? NEW_TOKENS_DEFAULT,
      grammar: gbnf === undefined ? undefined : { gbnf, triggerPatterns: undefined },
      logprobsTopCount: request.logprobs ?? undefined,
      priority,
    }),
  );
  const starts = prompts.map((tokens) => (request.echo === true ? textOf(tokens, vocabulary) : ''));
  return {
    modelName: request.model,
    stream: streamWishes(request),
    plan: { generations, choicesPerPrompt },
    starts: generations.map((_, choice) => starts[Math.floor(choice / choicesPerPrompt)] ?? ''),
    hasLogprobs: typeof request.logprobs === 'number',
  };
}

function refuseUnheld(request: CompletionRequest): RequestRefusal | undefined {
  const refusal = (parameter: string, what: string, why: string, mend: string) => ({
    fault: serveFault('invalid_request', { what, why, mend }),
    parameter,
  });
  if (request.max_tokens === 0) {
    return refusal('max_tokens', 'max_tokens is 0.', 'An answer has at least one new token.', 'Ask for 1 or more.');
  }
  if (request.echo === true && typeof request.logprobs === 'number') {
    const why = 'How likely the tokens of a prompt are is not computed.';
    return refusal('logprobs', 'echo and logprobs are asked for together.', why, 'Leave out one of them.');
  }
  const isUnserved = (value: unknown) => value !== undefined && value !== null && value !== '';
  if (isUnserved(request.suffix)) {
    return refusal('suffix', 'A suffix is asked for.', 'Text is not written into gaps.', 'Leave suffix out.');
  }
  const bestOf = request.best_of;
  if (isUnserved(bestOf) && bestOf !== 1 && bestOf !== (request.n ?? 1)) {
    return refusal('best_of', 'best_of differs from n.', 'All answers are given, none chosen.', 'Ask with n.');
  }
  return undefined;
}

function tooManyAnswers(count: number): RequestRefusal {
  const fault = serveFault('invalid_request', {
    what: `The request asks for ${count} answers.`,
    why: `At most ${ANSWERS_MAX} are made in one request, over all its prompts.`,
    mend: 'Send the prompts in several requests.',
  });
  return { fault, parameter: 'prompt' };
}

async function promptsOf(
  { prompt }: CompletionRequest,
  vocabulary: Vocabulary,
  contextTokens: number,
): Promise<readonly Int32Array[] | ServeFault> {
  const inputs = inputsOf(prompt);
  const prompts: Int32Array[] = [];
  for (const input of inputs) {
    const tokens = await inputTokens(input, vocabulary, contextTokens - 1, true);
    if (isFault(tokens)) return tokens;
    prompts.push(tokens);
  }
  return prompts;
}

/** A prompt or input as several: texts, or tokens. */
export function inputsOf(
  given: string | readonly string[] | readonly number[] | readonly (readonly number[])[],
): readonly (string | readonly number[])[] {
  if (typeof given === 'string') return [given];
  const numbers = given.filter((item) => typeof item === 'number');
  return numbers.length > 0 ? [numbers] : given.filter((item) => typeof item !== 'number');
}

/** The tokens of a text or of what the asker made tokens of, at least one and at most `tokensMax`. */
export async function inputTokens(
  input: string | readonly number[],
  vocabulary: Vocabulary,
  tokensMax: number,
  readsMarks: boolean,
): Promise<Int32Array | ServeFault> {
  if (typeof input !== 'string') {
    const unknown = input.find((token) => token >= vocabulary.tokenCount);
    if (unknown !== undefined) return unknownToken(unknown, vocabulary.tokenCount);
    return input.length > tokensMax ? tooLong(input.length, tokensMax) : Int32Array.from(input);
  }
  const tokensMin = Math.ceil(Buffer.byteLength(input) / vocabulary.longestTokenBytes);
  if (tokensMin > tokensMax) return tooLong(tokensMin, tokensMax);
  const tokens = await vocabulary.tokenizeWhole(input, readsMarks);
  if (tokens.length > tokensMax) return tooLong(tokens.length, tokensMax);
  return tokens.length > 0 ? tokens : emptyPrompt();
}

function textOf(tokens: Int32Array, vocabulary: Vocabulary): string {
  return Buffer.concat(Array.from(tokens, (token) => vocabulary.piece(token))).toString('utf8');
}

function unknownToken(token: number, tokenCount: number): ServeFault {
  return serveFault('invalid_request', {
    what: `There is no token ${token}.`,
    why: `The model has ${tokenCount} tokens, numbered from 0.`,
    mend: 'Make tokens with the tokenizer of this model, or send text.',
  });
}

function emptyPrompt(): ServeFault {
  return serveFault('invalid_request', {
    what: 'The text is no token long.',
    why: 'This model puts nothing before a text, and has to begin with something.',
    mend: 'Send at least one character.',
  });
}

function tooLong(tokenCount: number, tokensMax: number): ServeFault {
  return serveFault('context_length_exceeded', {
    what: `The text is at least ${tokenCount} tokens long, and at most ${tokensMax} are read.`,
    why: 'The text, and at least one new token where text is to be written, must fit the context.',
    mend: 'Send a shorter text.',
  });
}
