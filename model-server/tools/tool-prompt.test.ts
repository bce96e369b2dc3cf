import { Template } from '@huggingface/jinja';
import type { ChatMessage, Tool } from '@rerig/api/openai';
import { describe, expect, it } from 'vitest';
import { HERMES, toolFormatOf } from './tool-format.ts';
import { templateInput } from './tool-prompt.ts';

const TOOLS: readonly Tool[] = [
  { type: 'function', function: { name: 'add', description: 'Adds <|end|>', parameters: { type: 'object' } } },
];
const TALK: readonly ChatMessage[] = [
  { role: 'user', content: 'One and two?' },
  {
    role: 'assistant',
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'add', arguments: '{"a":"<|end|>"}' } }],
  },
  { role: 'tool', content: '3', tool_call_id: 'call_1' },
];
const QWEN = [
  '{%- if tools %}{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}{%- endif %}',
  '{%- for message in messages %}{%- if message.tool_calls %}{%- for tool_call in message.tool_calls %}',
  `{{- '<tool_call>{"name": "' + tool_call.function.name + '", "arguments": ' + tool_call.function.arguments | tojson + '}</tool_call>' }}`,
  '{%- endfor %}{%- else %}{{- message.role + ":" + message.content }}{%- endif %}{%- endfor %}',
].join('');

function guard(text: string): string {
  return text.replaceAll('<|end|>', '(guarded)');
}

describe('functions in a prompt', () => {
  it('are shown by the template, with all that users wrote guarded', () => {
    const rendered = new Template(QWEN).render({ ...templateInput(TALK, TOOLS, toolFormatOf(QWEN), guard) });
    expect(rendered).toContain('"name": "add", "description": "Adds (guarded)"');
    expect(rendered).toContain('<tool_call>{"name": "add", "arguments": {"a": "(guarded)"}}</tool_call>');
    expect(rendered).toContain('tool:3');
    expect(rendered).not.toContain('<|end|>');
  });

  it('are listed in a system text where the template knows none, and their calls are text', () => {
    const format = toolFormatOf('{% for message in messages %}{{ message.content }}{% endfor %}');
    const { messages, tools } = templateInput(TALK, TOOLS, format, guard);
    expect(tools).toBeUndefined();
    expect(messages.map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(messages[0]?.content).toContain('"description":"Adds (guarded)"');
    expect(messages[2]?.content).toBe('<tool_call>\n{"name": "add", "arguments": {"a":"(guarded)"}}\n</tool_call>');
    expect(messages[3]?.content).toBe('<tool_response>\n3\n</tool_response>');
  });

  it('have ids of nine letters where a template demands them, the same for call and answer', () => {
    const { messages } = templateInput(TALK, TOOLS, toolFormatOf('{{ tools }}[TOOL_CALLS]'), guard);
    const [, call, answer] = messages;
    expect(answer?.tool_call_id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(call?.tool_calls).toMatchObject([{ id: answer?.tool_call_id }]);
  });

  it('are written by the format that the template shows', () => {
    expect(toolFormatOf('{% if tools %}<tool_call>{% endif %}')).toBe(HERMES);
    expect(toolFormatOf('{{ tools }} {"name": function name, "parameters": dictionary of').kind).toBe('llama3');
    expect(toolFormatOf('{{ messages }}')).toMatchObject({ kind: 'hermes', isTemplates: false });
  });
});
