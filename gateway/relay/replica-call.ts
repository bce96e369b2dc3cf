import { toTraceparent } from '@rerig/telemetry/traces';
import type { Dispatcher } from 'undici';
import type { Route } from '../routing/router.ts';
import { pathOf, upstreamBody } from './asked.ts';
import type { Run } from './run.ts';

/** A replica must then send something this often, in ms, unless we don't read. */
const SILENCE_LIMIT_MS = 60_000;

/** How long a replica may take, in ms, until it says something at all. */
export interface CallLimits {
  readonly isStreamed: boolean;
  readonly headersMs: number;
}

/** Sends a request to a replica; what comes back goes to the handler, an error of sending included. */
export function callReplica(run: Run, route: Route, limits: CallLimits, handler: Dispatcher.DispatchHandler): void {
  const { replica } = route;
  const { asked, priority } = run.ask;
  const traceparent = run.trace === null ? run.ask.traceparent : toTraceparent(run.trace);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: limits.isStreamed ? 'text/event-stream' : 'application/json',
    'x-request-id': run.requestId,
    'x-rerig-priority': priority,
  };
  if (traceparent !== undefined) headers.traceparent = traceparent;
  replica.dispatcher.dispatch(
    {
      origin: 'http://replica',
      method: 'POST',
      path: `${replica.pathPrefix}${pathOf(asked.door)}`,
      headers,
      body: upstreamBody(asked, replica, limits.isStreamed),
      headersTimeout: limits.headersMs,
      bodyTimeout: SILENCE_LIMIT_MS,
    },
    handler,
  );
}

/** Whether a connection was closed under a request that no answer had begun to: it was idle, and is simply opened anew. */
export function isStaleConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** An error in words that continue "it broke off: …". */
export function wordsOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'the connection was lost';
}
