/** Where a piece of work stands in a trace, as the W3C's Trace Context has it: ids in lower-case hexadecimal. */
export interface TraceContext {
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits: this piece's own. */
  readonly spanId: string;
  /** 16 digits; null where the trace begins here. */
  readonly parentSpanId: string | null;
}

/** Source: https://www.w3.org/TR/trace-context/#traceparent-header, version 00; ids of zeros alone are none. */
const TRACEPARENT = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]{2}/;

/**
 * A piece of work below the one that a `traceparent` header names, or the beginning of a trace where there is none, or
 * none that can be read. `randomHex` gives so many random hexadecimal digits, not all of them zero.
 */
export function beginTrace(traceparent: string | undefined, randomHex: (digitCount: number) => string): TraceContext {
  const [, traceId, parentSpanId] = (traceparent === undefined ? null : TRACEPARENT.exec(traceparent)) ?? [];
  const spanId = randomHex(16);
  if (traceId === undefined || parentSpanId === undefined) {
    return { traceId: randomHex(32), spanId, parentSpanId: null };
  }
  return { traceId, spanId, parentSpanId };
}

/** A piece of work below another. */
export function childOf({ traceId, spanId }: TraceContext, randomHex: (digitCount: number) => string): TraceContext {
  return { traceId, spanId: randomHex(16), parentSpanId: spanId };
}

/** The header that tells who is asked next where it stands; sampled, as only what is recorded is told. */
export function toTraceparent({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}
