import { randomInt } from 'node:crypto';
import { stopStrings } from '@rerig/api/openai';
import type { AdapterUse, AnswerGrammar, GenerationPriority, GenerationRequest } from '../batching/generation.ts';
import { type ServeFault, serveFault } from '../faults.ts';
import { foldSeed } from '../llama/sampler.ts';

/** A refusal that names the request's field at fault. */
export interface RequestRefusal {
  readonly fault: ServeFault;
  readonly parameter: string | null;
}

/** How an answer is streamed. */
export interface StreamWishes {
  /** `stream_options.include_usage`: the counts in an event of their own at the end. */
  readonly usageAtEnd: boolean;
  /** `stream_options.continuous_usage_stats` (as vLLM has it): the counts so far in each event. */
  readonly usageInEachChunk: boolean;
}

interface StreamFields {
  readonly stream?: boolean | null | undefined;
  readonly stream_options?:
    | {
        readonly include_usage?: boolean | null | undefined;
        readonly continuous_usage_stats?: boolean | null | undefined;
      }
    | null
    | undefined;
}

/** How the answer is to be streamed; `undefined` where it is to be sent whole. */
export function streamWishes({ stream, stream_options: options }: StreamFields): StreamWishes | undefined {
  if (stream !== true) return undefined;
  return {
    usageAtEnd: options?.include_usage === true,
    usageInEachChunk: options?.continuous_usage_stats === true,
  };
}

/** The fields that chat and completions share, as api/openai has them. */
export interface SamplingFields {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly top_k?: number | null | undefined;
  readonly min_p?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
  readonly logit_bias?: Readonly<Record<string, number>> | null | undefined;
  readonly seed?: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly n?: number | null | undefined;
  readonly lora?: readonly { readonly name: string; readonly scale?: number | null | undefined }[] | null | undefined;
}

/** What is not in those fields. */
export interface GenerationFrame {
  readonly promptTokens: Int32Array;
  /** Prompt and answer fit these. */
  readonly contextTokens: number;
  /** Tokens that were asked for; `undefined` for as many as fit. */
  readonly newTokensAsked: number | undefined;
  readonly grammar: AnswerGrammar | undefined;
  readonly logprobsTopCount: number | undefined;
  readonly priority: GenerationPriority;
}

/** One generation for each of `n` choices: the same but for their seeds. */
export function planGenerations(fields: SamplingFields, frame: GenerationFrame): readonly GenerationRequest[] {
  const { promptTokens, contextTokens, newTokensAsked, grammar, logprobsTopCount, priority } = frame;
  const room = contextTokens - promptTokens.length;
  const seed = fields.seed ?? randomInt(2 ** 47);
  const logitBias = new Map(Object.entries(fields.logit_bias ?? {}).map(([token, bias]) => [Number(token), bias]));
  return Array.from({ length: fields.n ?? 1 }, (_, index) => ({
    promptTokens,
    newTokensMax: Math.min(newTokensAsked ?? room, room),
    sampling: {
      temperature: fields.temperature ?? 1,
      topP: fields.top_p ?? 1,
      topK: fields.top_k ?? 0,
      minP: fields.min_p ?? 0,
      frequencyPenalty: fields.frequency_penalty ?? 0,
      presencePenalty: fields.presence_penalty ?? 0,
      logitBias,
      seed: foldSeed(seed + index),
    },
    stops: stopStrings(fields),
    grammar,
    logprobsTopCount,
    adapters: adapterUses(fields),
    priority,
  }));
}

function adapterUses({ lora }: SamplingFields): readonly AdapterUse[] {
  return (lora ?? []).map(({ name, scale }) => ({ adapterName: name, scale: scale ?? 1 }));
}

/** A refusal for what a schema of api/openai does not take. */
export function schemaRefusal(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
  path: string,
): RequestRefusal {
  const parameter = issue && issue.path.length > 0 ? issue.path.map(String).join('.').slice(0, 200) : null;
  const fault = serveFault('invalid_request', {
    what: `The request's ${parameter ?? 'body'} is not accepted.`,
    why: `${issue?.message ?? 'It does not fit the schema'}.`,
    mend: `See the fields of POST ${path} in the API reference.`,
  });
  return { fault, parameter };
}

/** A refusal of a request that asks for another model than the only one that is served. */
export function refuseOtherModel(asked: string, required: string | undefined): RequestRefusal | undefined {
  if (required === undefined || asked === required) return undefined;
  const fault = serveFault('model_not_found', {
    what: `The model ${JSON.stringify(asked)} is not served here.`,
    why: `This server serves ${JSON.stringify(required)} alone.`,
    mend: `Ask for ${JSON.stringify(required)}, or send the request to a replica of the other model.`,
  });
  return { fault, parameter: 'model' };
}
