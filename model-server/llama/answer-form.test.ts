import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstHeld } from './answer-form.ts';

function triggers(...patterns: readonly string[]): readonly RegExp[] {
  return patterns.map((pattern) => new RegExp(pattern, 'd'));
}

describe("a trigger of an answer's form", () => {
  it('is awaited as long as it is not in the text', () => {
    expect(firstHeld('Let me look <tool_', triggers('<tool_call>'))).toBeUndefined();
    expect(firstHeld('anything', [])).toBeUndefined();
  });

  it('puts the text under the form from its first group on that matched something, else from where it matches', () => {
    expect(firstHeld('Hm. <tool_call>{', triggers('<tool_call>'))).toBe(4);
    expect(firstHeld('Hm. <tool_call>{', triggers('<tool_call>(\\{)'))).toBe(15);
    expect(firstHeld('Hm. <call>{', triggers('<(tool_)?call>()(\\{)'))).toBe(10);
  });

  it('counts in the order in which triggers are given, not by place', () => {
    expect(firstHeld('a b', triggers('b', 'a'))).toBe(2);
  });

  it('is found at its first place, whatever stands before and behind it', () => {
    const free = fc.stringMatching(/^[a-z ]{0,20}$/);
    fc.assert(
      fc.property(free, free, (before, behind) => {
        expect(firstHeld(`${before}[CALL]${behind}[CALL]`, triggers('\\[CALL\\]'))).toBe(before.length);
      }),
    );
  });
});
