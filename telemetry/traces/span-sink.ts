import { randomBytes } from 'node:crypto';
import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { TraceContext } from './trace-context.ts';

/** A piece of work that has ended. */
export interface FinishedSpan {
  readonly name: string;
  readonly context: TraceContext;
  /** `server`: it answered a request that came over a wire; `internal`: a part of one. */
  readonly kind: 'server' | 'internal';
  /** Ms since the epoch. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** By OpenTelemetry's names where it has one. Numbers and names, never a word of a request or an answer. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isFailed: boolean;
}

/** Where finished pieces of work go: to a collector that speaks OTLP over HTTP. */
export interface SpanSink {
  /** Never waits and never fails; past a bound of what has not been sent, pieces are dropped. */
  record(span: FinishedSpan): void;
  /** Sends what is left, for at most some seconds. */
  close(): Promise<void>;
}

/** The variables by which OpenTelemetry's programs are told of a collector; any of them switches traces on. */
const ENDPOINT_VARIABLES = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
const CLOSE_MS_MAX = 5_000;
const SEND_EVERY_MS = 1_000;

/** Whether this process is to tell a collector of its work. */
export function hasTraces(environment: Readonly<Record<string, string | undefined>>): boolean {
  return ENDPOINT_VARIABLES.some((name) => (environment[name] ?? '') !== '');
}

/**
 * Opens the way to the collector that the environment names; null where it names none. OpenTelemetry's libraries are
 * loaded only then, as they cost some 20 MB of memory. Address, headers and limits are read from its own variables.
 */
export async function openSpanSink(
  programName: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<SpanSink | null> {
  if (!hasTraces(environment)) return null;
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, about] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const ids = new GivenIds();
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: SEND_EVERY_MS });
  const provider = new TracerProvider({
    resource: about.resourceFromAttributes({ 'service.name': programName }),
    idGenerator: ids,
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('rerig');
  return {
    record: ({ name, context, kind, startedAtMs, endedAtMs, attributes, isFailed }) => {
      ids.give(context);
      const parent = parentOf(context);
      const spanKind = kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL;
      const options = { kind: spanKind, startTime: startedAtMs, attributes: { ...attributes } satisfies Attributes };
      const span = tracer.startSpan(name, options, parent);
      if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endedAtMs);
    },
    close: () => Promise.race([provider.shutdown(), limit()]),
  };
}

/** Random hexadecimal digits, for ids of pieces of work. */
export function randomHex(digitCount: number): string {
  return randomBytes(digitCount / 2).toString('hex');
}

function parentOf({ traceId, parentSpanId }: TraceContext) {
  if (parentSpanId === null) return ROOT_CONTEXT;
  const traceFlags = TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentSpanId, traceFlags, isRemote: true });
}

function limit(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, CLOSE_MS_MAX).unref();
  });
}

/** Gives OpenTelemetry the ids that a piece of work had while it ran: who was asked next knows them already. */
class GivenIds {
  #traceId = '';
  #spanId = '';

  give({ traceId, spanId }: TraceContext): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  generateTraceId(): string {
    return this.#traceId;
  }

  generateSpanId(): string {
    return this.#spanId;
  }
}
