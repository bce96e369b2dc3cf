import type { Observation } from '@rerig/gateway/gateway';
import { childOf, randomHex, type SpanSink } from '@rerig/telemetry/traces';

/**
 * Tells a collector of a request that has ended: the whole of it, below the customer's own span where it named one, and
 * below it the wait for a replica and the answer. The model server's spans hang below the first.
 */
export function recordRequest(sink: SpanSink, seen: Observation, endedAtMs: number): void {
  const { trace } = seen;
  if (trace === null) return;
  const startedAtMs = endedAtMs - seen.durationMs;
  const isFailed = seen.outcome === 'upstream-failed' || seen.outcome === 'refused';
  const common = { startedAtMs, endedAtMs, isFailed };
  sink.record({
    ...common,
    name: `${seen.door} ${seen.model}`,
    context: trace,
    kind: 'server',
    // Names of OpenTelemetry's semantic conventions for generative AI, where it has one.
    attributes: {
      'gen_ai.operation.name': seen.door,
      'gen_ai.request.model': seen.model,
      'gen_ai.usage.input_tokens': seen.promptTokenCount,
      'gen_ai.usage.output_tokens': seen.completionTokenCount,
      'rerig.cached_tokens': seen.cachedTokenCount,
      'rerig.request_id': seen.requestId,
      ...(seen.clientRequestId === null ? {} : { 'rerig.client_request_id': seen.clientRequestId }),
      'rerig.organisation': seen.organisationId,
      'rerig.priority': seen.priority,
      'rerig.outcome': seen.outcome,
      'rerig.tries': seen.triedCount,
      ...(seen.replicaId === null ? {} : { 'rerig.replica': seen.replicaId }),
      ...(seen.cardModel === null ? {} : { 'rerig.card_model': seen.cardModel }),
      ...(seen.faultCode === null ? {} : { 'error.type': seen.faultCode }),
    },
  });
  if (seen.routedMs === null) return;
  const routedAtMs = startedAtMs + seen.routedMs;
  const part = (name: string, fromMs: number, toMs: number) =>
    sink.record({
      ...{ name, kind: 'internal', attributes: {}, isFailed: false },
      context: childOf(trace, randomHex),
      startedAtMs: fromMs,
      endedAtMs: toMs,
    });
  part('route', startedAtMs, routedAtMs);
  part('answer', routedAtMs, endedAtMs);
}
