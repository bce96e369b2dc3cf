import { type ChatRequest, chatRequestSchema, type Tool } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import type { AnswerGrammar, GenerationPriority } from '../batching/generation.ts';
import { type ServeFault, serveFault } from '../faults.ts';
import { anyObjectGrammar, jsonSchemaGrammar } from '../grammar/json-schema-grammar.ts';
import { readGbnf } from '../grammar/read-gbnf.ts';
import type { ToolFormat } from '../tools/tool-format.ts';
import { toolCallGrammar, toolCallTriggers } from '../tools/tool-grammar.ts';
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

/** What a chat request asks for. Nothing of its text is kept but the prompt's tokens. */
export interface ChatOrder {
  readonly modelName: string;
  /** `undefined` for an answer that is sent whole. */
  readonly stream: StreamWishes | undefined;
  readonly plan: AnswerPlan;
  /** The functions that may be called, and how; `undefined` where calls are not looked for. */
  readonly calls: { readonly format: ToolFormat; readonly names: readonly string[] } | undefined;
  readonly hasLogprobs: boolean;
}

/** Reads a body as a chat request and makes its prompt. */
export async function readChatOrder(
  served: ServedModel,
  writer: TextWriter,
  priority: GenerationPriority,
  json: unknown,
): Promise<ChatOrder | RequestRefusal> {
  const parsed = chatRequestSchema.safeParse(json);
  if (!parsed.success) return schemaRefusal(parsed.error.issues[0], '/v1/chat/completions');
  const request = parsed.data;
  const otherModel = refuseOtherModel(request.model, served.requiredName);
  if (otherModel) return otherModel;
  const tools = usableTools(request);
  if (isFault(tools)) return { fault: tools, parameter: 'tool_choice' };
  const { format } = writer.prompt;
  const form = chooseForm(request, tools, format);
  if ('fault' in form) return form;
  const promptTokens = await writer.prompt.tokens(request.messages, tools, served.contextTokens - 1);
  if (isFault(promptTokens)) return { fault: promptTokens, parameter: 'messages' };
  const generations = planGenerations(request, {
    promptTokens,
    contextTokens: served.contextTokens,
    newTokensAsked: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    grammar: form.grammar,
    logprobsTopCount: request.logprobs === true ? (request.top_logprobs ?? 0) : undefined,
    priority,
  });
  return {
    modelName: request.model,
    stream: streamWishes(request),
    plan: { generations, choicesPerPrompt: generations.length },
    calls: tools.length === 0 ? undefined : { format, names: tools.map((tool) => tool.function.name) },
    hasLogprobs: request.logprobs === true,
  };
}

/** The functions that the model may call: none, all, or the one that is named. */
function usableTools({ tools, tool_choice: wanted }: ChatRequest): readonly Tool[] | ServeFault {
  const all = tools ?? [];
  const names = new Set(all.map((tool) => tool.function.name));
  if (names.size < all.length)
    return wrongTools('Two functions have the same name.', 'Give each function its own name.');
  if (typeof wanted === 'object' && wanted !== null) {
    const named = all.filter((tool) => tool.function.name === wanted.function.name);
    return named.length > 0
      ? named
      : wrongTools(
          `There is no function ${JSON.stringify(wanted.function.name)} in tools.`,
          'Name one of the functions in tools.',
        );
  }
  if (wanted === 'required' && all.length === 0)
    return wrongTools('A call is required, and tools is empty.', 'Give the functions in tools.');
  return wanted === 'none' ? [] : all;
}

function wrongTools(why: string, mend: string): ServeFault {
  return serveFault('invalid_request', { what: "The request's tools and tool_choice do not fit together.", why, mend });
}

/** What form the answer has: that of calls, of JSON, of the request's own grammar, or none. */
function chooseForm(
  request: ChatRequest,
  tools: readonly Tool[],
  format: ToolFormat,
): { readonly grammar: AnswerGrammar | undefined } | RequestRefusal {
  const { tool_choice: wanted, response_format: shape, grammar } = request;
  const mustCall = wanted === 'required' || (typeof wanted === 'object' && wanted !== null);
  const hasShape = shape !== null && shape !== undefined && shape.type !== 'text';
  const hasGrammar = grammar !== null && grammar !== undefined;
  if ((hasShape && hasGrammar) || (tools.length > 0 && hasGrammar)) {
    return { fault: twoForms('grammar', hasShape ? 'response_format' : 'tools'), parameter: 'grammar' };
  }
  if (mustCall && hasShape) return { fault: twoForms('response_format', 'tool_choice'), parameter: 'response_format' };
  if (hasGrammar) {
    const gbnf = readGbnf(grammar);
    return isFault(gbnf) ? { fault: gbnf, parameter: 'grammar' } : { grammar: { gbnf, triggerPatterns: undefined } };
  }
  if (tools.length > 0 && !hasShape) {
    const gbnf = toolCallGrammar(tools, format, request.parallel_tool_calls !== false && typeof wanted !== 'object');
    if (isFault(gbnf)) return { fault: gbnf, parameter: 'tools' };
    return { grammar: { gbnf, triggerPatterns: mustCall ? undefined : toolCallTriggers(tools, format) } };
  }
  if (!hasShape) return { grammar: undefined };
  return jsonForm(shape, tools, format, request.parallel_tool_calls !== false);
}

/** JSON from the first token; where there are functions too, a call may come in its place. */
function jsonForm(
  shape: NonNullable<ChatRequest['response_format']>,
  tools: readonly Tool[],
  format: ToolFormat,
  isParallel: boolean,
): { readonly grammar: AnswerGrammar } | RequestRefusal {
  const schema = shape.type === 'json_schema' ? shape.json_schema.schema : undefined;
  const gbnf = schema === undefined ? anyObjectGrammar() : jsonSchemaGrammar(schema);
  if (isFault(gbnf)) return { fault: gbnf, parameter: 'response_format' };
  if (tools.length === 0) return { grammar: { gbnf, triggerPatterns: undefined } };
  const calls = toolCallGrammar(tools, format, isParallel);
  if (isFault(calls)) return { fault: calls, parameter: 'tools' };
  return { grammar: { gbnf: eitherGrammar(gbnf, calls), triggerPatterns: undefined } };
}

/** What fits the one grammar or the other: their rules side by side under names of their own. */
function eitherGrammar(one: string, other: string): string {
  const prefixed = (grammar: string, prefix: string) =>
    grammar.replace(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[A-Za-z][A-Za-z0-9-]*/g, (part) =>
      /^[A-Za-z]/.test(part) ? `${prefix}-${part}` : part,
    );
  return `root ::= a-root | b-root\n${prefixed(one, 'a')}${prefixed(other, 'b')}`;
}

function twoForms(one: string, other: string): ServeFault {
  return serveFault('invalid_request', {
    what: `The request gives the answer two forms, by ${one} and by ${other}.`,
    why: 'An answer can be held to one form alone.',
    mend: `Leave out ${one} or ${other}.`,
  });
}
