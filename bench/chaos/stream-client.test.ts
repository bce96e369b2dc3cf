import { describe, expect, test } from 'vitest';
import { SeenStream } from './stream-client.ts';

function token(text: string): string {
  return `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
}

const finish = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'length' }] })}\n\n`;
const failure = `data: ${JSON.stringify({ error: { message: 'The answer broke off.' } })}\n\n`;

function seenOf(...parts: readonly string[]) {
  const seen = new SeenStream();
  for (const part of parts) seen.take(part);
  return seen.outcome();
}

describe('SeenStream', () => {
  test.each([
    ['completed', 2, [token('a'), token('b'), finish, 'data: [DONE]\n\n']],
    ['broken-silently', 2, [token('a'), token('b'), 'data: [DONE]\n\n']],
    ['broken-silently', 2, [token('a'), token('b'), finish]],
    ['honest-error', 1, [token('a'), failure]],
    ['broken-silently', 1, [token('a'), token('b').slice(0, 9)]],
    ['broken-silently', 1, [token('a'), failure, 'data: [DONE]\n\n']],
    ['failed-before-first-token', 0, [token(''), failure]],
    ['failed-before-first-token', 0, []],
  ] as const)('says %s and counts %i tokens of what arrived', (end, tokenCount, parts) => {
    expect(seenOf(...parts)).toMatchObject({ end, tokenCount });
  });

  test('takes the count that chunks carry over the number of chunks', () => {
    const counted = `data: ${JSON.stringify({ choices: [], usage: { completion_tokens: 5 } })}\n\n`;
    expect(seenOf(token('a'), counted, 'data: [DONE]\n\n').tokenCount).toBe(5);
  });
});
