import { type ChatMessage, messageText, type Tool, type ToolCall } from '@rerig/api/openai';
import type { ToolFormat } from './tool-format.ts';

/** A message as chat templates read it. */
export type TemplateMessage = Readonly<Record<string, unknown>>;

/** What is given to a chat template. */
export interface TemplateInput {
  readonly messages: readonly TemplateMessage[];
  /** Absent where there are none, or where the template knows none: many templates ask whether it is defined. */
  readonly tools?: readonly unknown[];
}

/** Takes the marks out of a text that a user wrote. */
export type TextGuard = (text: string) => string;

/** Letters and digits of an id where nine are demanded. */
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Messages and functions as the template wants them, all that users wrote guarded. */
export function templateInput(
  messages: readonly ChatMessage[],
  tools: readonly Tool[],
  format: ToolFormat,
  guard: TextGuard,
): TemplateInput {
  const listed = tools.map((tool) => guardDeep(toTemplateTool(tool), guard));
  if (!format.isTemplates) return { messages: generic(messages, listed, guard) };
  const names = new Map(messages.flatMap(callsOf).map((call) => [call.id, call.function.name]));
  const written = messages.map((message) => toTemplateMessage(message, names, format, guard));
  return listed.length === 0 ? { messages: written } : { messages: written, tools: listed };
}

function toTemplateMessage(
  message: ChatMessage,
  names: ReadonlyMap<string, string>,
  format: ToolFormat,
  guard: TextGuard,
): TemplateMessage {
  const content = guard(messageText(message));
  if (message.role === 'tool') {
    const name = names.get(message.tool_call_id);
    const id = callId(message.tool_call_id, format);
    return { role: 'tool', content, tool_call_id: guard(id), ...(name === undefined ? {} : { name: guard(name) }) };
  }
  const role = message.role === 'developer' ? 'system' : message.role;
  const calls = callsOf(message);
  if (calls.length === 0) return { role, content };
  return {
    role,
    content: content === '' ? null : content,
    tool_calls: calls.map((call) => toTemplateCall(call, format, guard)),
  };
}

function toTemplateCall(call: ToolCall, format: ToolFormat, guard: TextGuard): TemplateMessage {
  const text = call.function.arguments;
  const given = format.wantsTextArguments ? text : parseArguments(text);
  return {
    id: guard(callId(call.id, format)),
    type: 'function',
    function: { name: guard(call.function.name), arguments: guardDeep(given, guard) },
  };
}

/** A template that knows no functions: a system text of ours lists them, and calls and answers are ordinary text. */
function generic(
  messages: readonly ChatMessage[],
  listed: readonly unknown[],
  guard: TextGuard,
): readonly TemplateMessage[] {
  const written = messages.map((message): TemplateMessage & { readonly role: string; readonly content: string } => {
    const content = guard(messageText(message));
    if (message.role === 'tool') return { role: 'user', content: `<tool_response>\n${content}\n</tool_response>` };
    const calls = callsOf(message).map((call) => {
      const given = JSON.stringify(guardDeep(parseArguments(call.function.arguments), guard));
      return `<tool_call>\n{"name": "${guard(call.function.name)}", "arguments": ${given}}\n</tool_call>`;
    });
    const role = message.role === 'developer' ? 'system' : message.role;
    return { role, content: [content, ...calls].filter((part) => part !== '').join('\n') };
  });
  if (listed.length === 0) return written;
  const list = listText(listed);
  const [first, ...rest] = written;
  if (first?.role === 'system') return [{ role: 'system', content: `${first.content}\n\n${list}` }, ...rest];
  return [{ role: 'system', content: list }, ...written];
}

function listText(listed: readonly unknown[]): string {
  return [
    'You may call functions to answer the user. These are the functions:',
    '<tools>',
    ...listed.map((tool) => JSON.stringify(tool)),
    '</tools>',
    'To call one, write its name and its arguments as JSON inside these marks, once for each call:',
    '<tool_call>',
    '{"name": "…", "arguments": {…}}',
    '</tool_call>',
  ].join('\n');
}

function toTemplateTool({ function: { name, description, parameters } }: Tool): object {
  return {
    type: 'function',
    function: { name, description: description ?? '', parameters: parameters ?? { type: 'object', properties: {} } },
  };
}

function callsOf(message: ChatMessage): readonly ToolCall[] {
  return message.role === 'assistant' ? (message.tool_calls ?? []) : [];
}

/** The id, or nine letters that stand for it where the template demands so many. */
function callId(id: string, format: ToolFormat): string {
  if (format.idStyle === 'openai' || /^[A-Za-z0-9]{9}$/.test(id)) return id;
  let number = 0n;
  for (const byte of Buffer.from(id)) number = (number * 257n + BigInt(byte)) % 62n ** 9n;
  return Array.from({ length: 9 }, (_, place) =>
    ID_ALPHABET.charAt(Number((number / 62n ** BigInt(place)) % 62n)),
  ).join('');
}

/** A call's arguments as an object; a text that is no JSON stays the text it is. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What a model once wrote may be no JSON; the template then shows the text.
    return text;
  }
}

/** Deepest value that is guarded; deeper ones are left out. */
const DEPTH_MAX = 200;

/** A JSON value in which all names and texts are guarded. */
function guardDeep(value: unknown, guard: TextGuard, depth = 0): unknown {
  if (typeof value === 'string') return guard(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((item) => guardDeep(item, guard, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [guard(name), guardDeep(item, guard, depth + 1)]),
  );
}
