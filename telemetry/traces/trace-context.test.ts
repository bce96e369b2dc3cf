import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginTrace, childOf, toTraceparent } from './trace-context.ts';

function hex(digitCount: number): string {
  return 'a'.repeat(digitCount);
}

describe('a trace context', () => {
  it('goes on over a header, each piece below the one before', () => {
    const first = beginTrace(undefined, hex);
    expect(first).toEqual({ traceId: hex(32), spanId: hex(16), parentSpanId: null });
    const next = beginTrace(toTraceparent(first), (digitCount) => 'b'.repeat(digitCount));
    expect(next).toEqual({ traceId: hex(32), spanId: 'b'.repeat(16), parentSpanId: hex(16) });
    expect(childOf(next, (digitCount) => 'c'.repeat(digitCount))).toEqual({
      traceId: hex(32),
      spanId: 'c'.repeat(16),
      parentSpanId: 'b'.repeat(16),
    });
  });

  it('begins anew where the header is anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { traceId, parentSpanId } = beginTrace(text, hex);
        expect([traceId, parentSpanId]).toEqual([hex(32), null]);
      }),
    );
    expect(beginTrace(`00-${'0'.repeat(32)}-${hex(16)}-01`, hex).parentSpanId).toBeNull();
  });
});
