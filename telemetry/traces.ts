/** Traces: where a piece of work stands among others, and the way to a collector that shows them. */
export { type FinishedSpan, hasTraces, openSpanSink, randomHex, type SpanSink } from './traces/span-sink.ts';
export { beginTrace, childOf, type TraceContext, toTraceparent } from './traces/trace-context.ts';
