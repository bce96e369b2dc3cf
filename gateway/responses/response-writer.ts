import type { OpenAiResponse, OutputItem, ResponseRequest, ToolCallDelta, Usage } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { type Chunk, isRecord } from '../relay/chunk.ts';

/** One event of a streamed response; `sequence_number` counts them from 0. */
export interface ResponseEvent {
  readonly type: string;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
}

type Message = Extract<OutputItem, { type: 'message' }>;
type Call = Extract<OutputItem, { type: 'function_call' }>;

interface OpenMessage {
  readonly kind: 'message';
  readonly outputIndex: number;
  readonly itemId: string;
  text: string;
  logprobs: readonly unknown[];
}

interface OpenCall {
  readonly kind: 'call';
  readonly outputIndex: number;
  readonly itemId: string;
  readonly callId: string;
  name: string;
  written: string;
}

/** What a response is called and when it began. */
export interface ResponseIdentity {
  readonly responseId: string;
  readonly createdAtUnixSeconds: number;
}

/** How an item of a response is called: told from the response, so that the response is found by its item. */
export function itemIdOf(kind: 'msg' | 'fc', responseId: string, outputIndex: number): string {
  return `${kind}_${responseId.replace(/^resp_/, '')}_${outputIndex}`;
}

/** The response that an item's id belongs to; null where it is no id of ours. */
export function responseIdOfItem(itemId: string): string | null {
  const found = /^(?:msg|fc)_([0-9a-f]{32})_\d+$/.exec(itemId)?.[1];
  return found === undefined ? null : `resp_${found}`;
}

/**
 * Writes a response from the chunks of a chat answer: `begin`, `take` for each chunk, then `finish` or `fail`. Each
 * gives the events that it makes, in order. `response` is the response as it stands.
 */
export class ResponseWriter {
  readonly #request: ResponseRequest;
  readonly #identity: ResponseIdentity;
  readonly #items: (OpenMessage | OpenCall)[] = [];
  readonly #calls = new Map<number, OpenCall>();
  readonly #done = new Map<number, OutputItem>();
  #message: OpenMessage | null = null;
  #events: ResponseEvent[] = [];
  #sequenceNumber = 0;
  #finishReason: string | null = null;
  #end: Pick<OpenAiResponse, 'status' | 'completed_at' | 'error' | 'incomplete_details' | 'usage'> = {
    status: 'in_progress',
    completed_at: null,
    error: null,
    incomplete_details: null,
    usage: null,
  };

  constructor(request: ResponseRequest, identity: ResponseIdentity) {
    this.#request = request;
    this.#identity = identity;
  }

  /** The response with what it has so far. */
  get response(): OpenAiResponse {
    const { responseId, createdAtUnixSeconds } = this.#identity;
    return {
      id: responseId,
      object: 'response',
      created_at: createdAtUnixSeconds,
      background: false,
      ...this.#end,
      model: this.#request.model,
      output: this.#items.flatMap(({ outputIndex }) => this.#done.get(outputIndex) ?? []),
      ...echoOf(this.#request),
    };
  }

  /** The first two events. */
  begin(): readonly ResponseEvent[] {
    this.#emit('response.created', { response: this.response });
    this.#emit('response.in_progress', { response: this.response });
    return this.#taken();
  }

  /** What one chunk adds: text, and pieces of calls. */
  take(chunk: Chunk): readonly ResponseEvent[] {
    const choice = chunk.choices.find(({ index }) => (index ?? 0) === 0);
    if (choice === undefined) return [];
    const { content, tool_calls: calls } = choice.delta ?? {};
    if (typeof content === 'string' && content !== '') this.#takeText(content, logprobsOf(choice.logprobs));
    for (const call of calls ?? []) this.#takeCall(call);
    this.#finishReason = choice.finish_reason ?? this.#finishReason;
    return this.#taken();
  }

  /** Ends the response: completed, or incomplete where its tokens ran out. */
  finish(usage: Usage, completedAtUnixSeconds: number): readonly ResponseEvent[] {
    const reason = incompleteReasons.get(this.#finishReason ?? '');
    // An answer without a word is still an answer: it has one empty message.
    if (this.#items.length === 0) this.#openMessage();
    this.#closeAll(reason === undefined ? 'completed' : 'incomplete');
    this.#end = {
      status: reason === undefined ? 'completed' : 'incomplete',
      completed_at: reason === undefined ? completedAtUnixSeconds : null,
      error: null,
      incomplete_details: reason === undefined ? null : { reason },
      usage: toResponseUsage(usage),
    };
    this.#emit(reason === undefined ? 'response.completed' : 'response.incomplete', { response: this.response });
    return this.#taken();
  }

  /** Ends a response that broke off: what came of it stands, as incomplete. */
  fail(fault: Fault, usage: Usage): readonly ResponseEvent[] {
    this.#closeAll('incomplete');
    const error = { code: fault.code, message: `${fault.what} ${fault.why} ${fault.mend}` };
    this.#end = { ...this.#end, status: 'failed', error, usage: toResponseUsage(usage) };
    this.#emit('response.failed', { response: this.response });
    return this.#taken();
  }

  #takeText(delta: string, logprobs: readonly unknown[]): void {
    const message = this.#message ?? this.#openMessage();
    message.text += delta;
    if (logprobs.length > 0) message.logprobs = [...message.logprobs, ...logprobs];
    const at = { item_id: message.itemId, output_index: message.outputIndex, content_index: 0 };
    this.#emit('response.output_text.delta', { ...at, delta, logprobs });
  }

  #openMessage(): OpenMessage {
    const outputIndex = this.#items.length;
    const itemId = itemIdOf('msg', this.#identity.responseId, outputIndex);
    const message: OpenMessage = { kind: 'message', outputIndex, itemId, text: '', logprobs: [] };
    this.#items.push(message);
    this.#message = message;
    const item: Message = { type: 'message', id: itemId, role: 'assistant', status: 'in_progress', content: [] };
    this.#emit('response.output_item.added', { output_index: outputIndex, item });
    const at = { item_id: itemId, output_index: outputIndex, content_index: 0 };
    this.#emit('response.content_part.added', { ...at, part: partOf('', []) });
    return message;
  }

  #takeCall(delta: ToolCallDelta): void {
    if (this.#message !== null) this.#close(this.#message, 'completed');
    const call = this.#calls.get(delta.index) ?? this.#openCall(delta.index, delta.id, delta.function?.name);
    const written = delta.function?.arguments ?? '';
    if (written === '') return;
    call.written += written;
    const at = { item_id: call.itemId, output_index: call.outputIndex };
    this.#emit('response.function_call_arguments.delta', { ...at, delta: written });
  }

  #openCall(callIndex: number, callId: string | undefined, name: string | undefined): OpenCall {
    const outputIndex = this.#items.length;
    const itemId = itemIdOf('fc', this.#identity.responseId, outputIndex);
    const call: OpenCall = {
      kind: 'call',
      outputIndex,
      itemId,
      callId: callId ?? `call_${itemId.slice(3)}`,
      name: name ?? '',
      written: '',
    };
    this.#items.push(call);
    this.#calls.set(callIndex, call);
    this.#emit('response.output_item.added', { output_index: outputIndex, item: callItemOf(call, 'in_progress') });
    return call;
  }

  #closeAll(status: 'completed' | 'incomplete'): void {
    for (const item of this.#items) if (!this.#done.has(item.outputIndex)) this.#close(item, status);
  }

  #close(item: OpenMessage | OpenCall, status: 'completed' | 'incomplete'): void {
    const at = { item_id: item.itemId, output_index: item.outputIndex };
    if (item.kind === 'call') {
      this.#emit('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.written });
      this.#finishItem(item.outputIndex, callItemOf(item, status));
      return;
    }
    this.#message = null;
    const part = partOf(item.text, item.logprobs);
    this.#emit('response.output_text.done', { ...at, content_index: 0, text: item.text, logprobs: item.logprobs });
    this.#emit('response.content_part.done', { ...at, content_index: 0, part });
    this.#finishItem(item.outputIndex, {
      type: 'message',
      id: item.itemId,
      role: 'assistant',
      status,
      content: [part],
    });
  }

  #finishItem(outputIndex: number, item: OutputItem): void {
    this.#done.set(outputIndex, item);
    this.#emit('response.output_item.done', { output_index: outputIndex, item });
  }

  #emit(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#events.push({ type, sequence_number: this.#sequenceNumber++, ...fields });
  }

  #taken(): readonly ResponseEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

const incompleteReasons: ReadonlyMap<string, 'max_output_tokens' | 'content_filter'> = new Map([
  ['length', 'max_output_tokens'],
  ['content_filter', 'content_filter'],
]);

function logprobsOf(logprobs: unknown): readonly unknown[] {
  return isRecord(logprobs) && Array.isArray(logprobs.content) ? logprobs.content : [];
}

function partOf(text: string, logprobs: readonly unknown[]): Message['content'][number] {
  return { type: 'output_text', text, annotations: [], logprobs: [...logprobs] };
}

function callItemOf({ itemId, callId, name, written }: OpenCall, status: Call['status']): Call {
  return { type: 'function_call', id: itemId, call_id: callId, name, arguments: written, status };
}

/** What of the request a response repeats, with the API's own defaults. */
function echoOf(request: ResponseRequest) {
  return {
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    store: request.store ?? true,
    temperature: request.temperature ?? null,
    text: request.text ?? { format: { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_p: request.top_p ?? null,
    truncation: request.truncation ?? 'disabled',
  };
}

function toResponseUsage(usage: Usage): NonNullable<OpenAiResponse['usage']> {
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: {
      cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
      cache_write_tokens: 0,
    },
    output_tokens: usage.completion_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.total_tokens,
  };
}
