import type { IncomingMessage, ServerResponse } from 'node:http';
import { toWireOpenAiError } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { faultStatus } from '../faults.ts';

/** Longest time that an unread body is read on and thrown away, so that its sender can see the answer. */
const DISCARD_MS_MAX = 5000;
/** Longest time that a client may leave the end of an answer unread. */
export const UNREAD_MS_MAX = 60_000;

/** Answers with one JSON document. */
export function sendJson(response: ServerResponse, status: number, document: object): void {
  const body = Buffer.from(JSON.stringify(document));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length });
  endAnswer(response, body);
}

/** Answers with Prometheus' text format. */
export function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  endAnswer(response, text);
}

/** Answers with a fault in OpenAI's shape; `parameter` names the request's field at fault. */
export function sendFault(response: ServerResponse, fault: Fault, parameter: string | null = null): void {
  if (response.headersSent || response.destroyed) return;
  const status = faultStatus(fault);
  if (fault.retry === 'later') response.setHeader('retry-after', '1');
  if (!response.req.complete) closeAfterAnswer(response.req, response);
  sendJson(response, status, toWireOpenAiError(fault, status, parameter));
}

/** Sends the last bytes of an answer, and gives a client up that does not read them. */
export function endAnswer(response: ServerResponse, bytes: Buffer | string): void {
  const timer = setTimeout(() => response.destroy(), UNREAD_MS_MAX).unref();
  response.once('close', () => clearTimeout(timer));
  response.end(bytes);
}

/** An answer before the body was read: the rest is thrown away, and the connection ends. */
function closeAfterAnswer(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close');
  request.resume();
  const timer = setTimeout(() => request.destroy(), DISCARD_MS_MAX).unref();
  request.once('close', () => clearTimeout(timer));
}
