import { beginTrace, childOf, randomHex, type SpanSink } from '@rerig/telemetry/traces';
import type { RequestContext, RequestEnd, RequestObserver } from './request-context.ts';

/** Tells a collector of each request: the whole of it, and below it the wait with the prompt, and the writing. */
export class RequestSpans implements RequestObserver {
  readonly #sink: SpanSink;

  constructor(sink: SpanSink) {
    this.#sink = sink;
  }

  onEnd(context: RequestContext, end: RequestEnd): void {
    const trace = beginTrace(context.traceparent, randomHex);
    const endedAtMs = Date.now();
    const startedAtMs = endedAtMs - end.durationMs;
    this.#sink.record({
      name: `model server ${context.door}`,
      context: trace,
      kind: 'server',
      startedAtMs,
      endedAtMs,
      isFailed: end.outcome === 'failed' || end.outcome === 'refused',
      attributes: {
        'gen_ai.operation.name': context.door,
        'gen_ai.usage.input_tokens': end.counts.promptTokens,
        'gen_ai.usage.output_tokens': end.counts.completionTokens,
        'rerig.cached_tokens': end.counts.cachedPromptTokens,
        'rerig.request_id': context.requestId,
        'rerig.priority': context.priority,
        'rerig.outcome': end.outcome,
        ...(end.faultCode === undefined ? {} : { 'error.type': end.faultCode }),
      },
    });
    if (end.firstTextMs === undefined) return;
    const firstTextAtMs = startedAtMs + end.firstTextMs;
    const part = (name: string, fromMs: number, toMs: number) =>
      this.#sink.record({
        ...{ name, kind: 'internal', attributes: {}, isFailed: false },
        context: childOf(trace, randomHex),
        startedAtMs: fromMs,
        endedAtMs: toMs,
      });
    part('wait and read prompt', startedAtMs, firstTextAtMs);
    part('write answer', firstTextAtMs, endedAtMs);
  }
}
