import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnswerPart, ToolCallReader } from './tool-call-reader.ts';
import { HERMES, type ToolFormat, toolFormatOf } from './tool-format.ts';

const FORMATS: ReadonlyMap<string, ToolFormat> = new Map([
  ['hermes', HERMES],
  ['llama3', toolFormatOf('{{ tools }} <|python_tag|>')],
  ['mistral', toolFormatOf('{{ tools }} [TOOL_CALLS]')],
  ['deepseek', toolFormatOf('{{ tools }} <｜tool▁calls▁begin｜> ```json')],
  ['deepseek-bare', toolFormatOf('{{ tools }} <｜tool▁calls▁begin｜>')],
]);

interface Answer {
  readonly content: string;
  readonly calls: readonly (readonly [name: string, argumentsText: string])[];
}

function read(format: ToolFormat, pieces: readonly string[]): Answer {
  const reader = new ToolCallReader(format, ['add', 'say']);
  const parts: readonly AnswerPart[] = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.finish()];
  const calls: [string, string][] = [];
  let content = '';
  for (const part of parts) {
    if (part.kind === 'content') content += part.text;
    else if (part.kind === 'call') calls.push([part.name, '']);
    else {
      const call = calls[part.index];
      if (call) call[1] += part.text;
    }
  }
  return { content, calls };
}

/** The text cut at the places. */
function cut(text: string, places: readonly number[]): readonly string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((one, other) => one - other);
  return [0, ...ends].map((start, index) => text.slice(start, ends[index] ?? text.length));
}

function write(format: ToolFormat, calls: Answer['calls']): string {
  const { open, beforeName, beforeArguments, afterArguments, between, close } = format.written;
  const texts = calls.map(([name, text]) => beforeName + name + beforeArguments + text + afterArguments);
  return open + texts.join(between) + close;
}

const places = fc.array(fc.nat({ max: 500 }), { maxLength: 40 });
const argumentsText = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value));
const callList = fc.array(fc.tuple(fc.constantFrom('add', 'say'), argumentsText), { minLength: 1, maxLength: 3 });

describe('reading calls of functions', () => {
  it.each([...FORMATS])('finds the calls that %s writes, however the text comes in pieces', (_, format) => {
    fc.assert(
      fc.property(callList, places, (calls, cuts) => {
        expect(read(format, cut(write(format, calls), cuts))).toEqual({ content: '', calls });
      }),
    );
  });

  it.each([...FORMATS])('gives a text without calls to the letter, whatever %s would look for', (_, format) => {
    const scraps = [
      '<tool_',
      '<tool_call>',
      '</tool_call>',
      '{"name": "add"',
      '[TOOL_CALLS]',
      ' ',
      '\n',
      'a',
      '}',
      '{',
      '；',
    ];
    const text = fc.array(fc.constantFrom(...scraps), { maxLength: 12 }).map((list) => list.join(''));
    fc.assert(
      fc.property(text, places, (given, cuts) => {
        expect(read(format, cut(given, cuts))).toEqual({ content: given, calls: [] });
      }),
    );
  });

  it.each<[string, string, Answer]>([
    [
      'text before a call',
      'Let me see.\n<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>',
      { content: 'Let me see.\n', calls: [['add', '{"a": 1}']] },
    ],
    [
      'text behind a call',
      '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>\nDone.',
      { content: 'Done.', calls: [['add', '{}']] },
    ],
    [
      'names in another order',
      '<tool_call>{"arguments": {"a": [1]}, "name": "say"}</tool_call>',
      { content: '', calls: [['say', '{"a":[1]}']] },
    ],
    [
      'an unknown function',
      '<tool_call>{"name": "run", "arguments": {}}</tool_call>',
      { content: '<tool_call>{"name": "run", "arguments": {}}</tool_call>', calls: [] },
    ],
    [
      'broken JSON',
      '<tool_call>{"name" "add"}</tool_call>',
      { content: '<tool_call>{"name" "add"}</tool_call>', calls: [] },
    ],
    [
      'a call that is cut off',
      '<tool_call>{"name": "add", "arguments": {"a": "x',
      { content: '', calls: [['add', '{"a": "x']] },
    ],
    [
      'an end that is cut off',
      '<tool_call>{"name": "add", "arguments": {}}\n</tool',
      { content: '', calls: [['add', '{}']] },
    ],
  ])('reads %s', (_, text, answer) => {
    expect(read(HERMES, [...text])).toEqual(answer);
    expect(read(HERMES, [text])).toEqual(answer);
  });

  it('tells a function before its arguments are whole, and gives them as they come', () => {
    const reader = new ToolCallReader(HERMES, ['add']);
    expect(reader.push('<tool_call>{"name": "add", "argu')).toEqual([]);
    expect(reader.push('ments": {"a"')).toMatchObject([{ kind: 'call', name: 'add', index: 0 }, { text: '{"a"' }]);
    expect(reader.push(': 1')).toEqual([{ kind: 'arguments', index: 0, text: ': 1' }]);
  });
});
