import {
  type ChatMessage,
  type ChatRequest,
  chatRequestSchema,
  type ResponseItem,
  type ResponseRequest,
} from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { type GatewayFaultCode, gatewayFault } from '../faults.ts';

/** Fields of chat that this API lacks and that we pass on where a customer sends them. */
const PASSED_ON = [
  'seed',
  'stop',
  'top_k',
  'min_p',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'grammar',
  'lora',
  'user',
] as const;

/**
 * The chat request that answers a request for a response. `items` are those of earlier responses and then its own, in
 * order; `instructions` come before them. Refused where the items make no conversation that chat accepts.
 */
export function toChatRequest(
  request: ResponseRequest,
  items: readonly ResponseItem[],
): ChatRequest | Fault<GatewayFaultCode> {
  const instructions = request.instructions ?? '';
  const system = instructions === '' ? [] : [{ role: 'system' as const, content: instructions }];
  const chat = {
    ...Object.fromEntries(
      PASSED_ON.flatMap((field) => (request[field] === undefined ? [] : [[field, request[field]]])),
    ),
    model: request.model,
    messages: [...system, ...toMessages(items)],
    stream: request.stream === true,
    ...present('max_completion_tokens', request.max_output_tokens),
    ...present('temperature', request.temperature),
    ...present('top_p', request.top_p),
    ...present('parallel_tool_calls', request.parallel_tool_calls),
    ...toLogprobs(request),
    ...toTools(request),
    ...toFormat(request),
  };
  const parsed = chatRequestSchema.safeParse(chat);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return gatewayFault('invalid_request', {
    what: 'The request was refused.',
    why: `As a conversation, its ${issue?.path.map(String).join('.') || 'input'} is not as it must be: ${issue?.message ?? 'unreadable'}.`,
    mend: 'Give at least one message in "input", and for each function_call_output the function_call before it.',
  });
}

/** The items of a request: a text is one message of the user. */
export function inputItems(request: ResponseRequest): readonly ResponseItem[] {
  return typeof request.input === 'string' ? [{ role: 'user', content: request.input }] : request.input;
}

/**
 * Items as the messages of a chat: calls join the assistant's message before them, and what was thought is left out, as
 * no chat template shows it again.
 */
export function toMessages(items: readonly ResponseItem[]): readonly ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (const item of items) {
    const message = toMessage(item);
    if (message === null) continue;
    const last = messages.at(-1);
    if (message.role === 'assistant' && message.tool_calls !== undefined && last?.role === 'assistant') {
      messages[messages.length - 1] = { ...last, tool_calls: [...(last.tool_calls ?? []), ...message.tool_calls] };
    } else messages.push(message);
  }
  return messages;
}

function toMessage(item: ResponseItem): ChatMessage | null {
  if ('call_id' in item && item.type === 'function_call') {
    const { name, arguments: written } = item;
    return {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: item.call_id, type: 'function', function: { name, arguments: written } }],
    };
  }
  if ('call_id' in item && item.type === 'function_call_output') {
    return { role: 'tool', tool_call_id: item.call_id, content: textOf(item.output) };
  }
  return 'role' in item && isRole(item.role) && isContent(item.content)
    ? { role: item.role, content: textOf(item.content) }
    : null;
}

type Part = { readonly type: string } & ({ readonly text: string } | { readonly refusal: string });

function isRole(role: unknown): role is 'user' | 'assistant' | 'system' | 'developer' {
  return role === 'user' || role === 'assistant' || role === 'system' || role === 'developer';
}

function isContent(content: unknown): content is string | readonly Part[] {
  return typeof content === 'string' || Array.isArray(content);
}

function textOf(content: string | readonly Part[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part ? part.text : part.refusal)).join('');
}

function present<T>(field: string, value: T | null | undefined): Record<string, T> {
  return value === null || value === undefined ? {} : { [field]: value };
}

function toLogprobs({ include, top_logprobs: topCount }: ResponseRequest) {
  const isAsked = include?.includes('message.output_text.logprobs') === true || (topCount ?? 0) > 0;
  return isAsked ? { logprobs: true, ...present('top_logprobs', topCount) } : {};
}

function toTools({ tools, tool_choice: choice }: ResponseRequest) {
  if (tools === null || tools === undefined || tools.length === 0) return {};
  const functions = tools.map(({ name, description, parameters, strict }) => ({
    type: 'function' as const,
    function: {
      name,
      ...present('description', description),
      ...present('parameters', parameters),
      ...present('strict', strict),
    },
  }));
  if (choice === null || choice === undefined) return { tools: functions };
  const chosen = typeof choice === 'string' ? choice : { type: 'function' as const, function: { name: choice.name } };
  return { tools: functions, tool_choice: chosen };
}

function toFormat({ text }: ResponseRequest) {
  const format = text?.format;
  if (format === null || format === undefined || format.type === 'text') return {};
  if (format.type === 'json_object') return { response_format: { type: 'json_object' as const } };
  const { name, description, schema, strict } = format;
  return {
    response_format: {
      type: 'json_schema' as const,
      json_schema: { name, schema, ...present('description', description), ...present('strict', strict) },
    },
  };
}
