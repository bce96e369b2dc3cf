import { toWireOpenAiError } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { FaultError, isFault } from '@rerig/domain/fault';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearerSecret } from './bearer.ts';
import { gatewayFault, statusOf } from './faults.ts';
import type { Caller, GatewayPorts } from './ports.ts';

/** The caller of a request by its bearer key, or the Fault to refuse it with. */
export async function authenticated(request: FastifyRequest, ports: GatewayPorts): Promise<Caller | Fault> {
  const secret = bearerSecret(request);
  return isFault(secret) ? secret : ports.authenticate(secret);
}

/** Answers with a fault in OpenAI's shape. `x-should-retry` tells OpenAI's clients whether trying again can help. */
export function refuse(reply: FastifyReply, fault: Fault, param: string | null = null): FastifyReply {
  const status = statusOf(fault);
  return reply
    .code(status)
    .header('x-should-retry', fault.retry === 'later' ? 'true' : 'false')
    .type('application/json')
    .send(toWireOpenAiError(fault, status, param));
}

/** Turns what the HTTP library refused, or what broke in a handler, into a fault that tells no private detail. */
export function toRimFault(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return gatewayFault('request_too_large', {
        what: 'The request was refused.',
        why: `Its body is larger than ${BODY_BYTES_MAX >> 20} MiB.`,
        mend: 'Send a shorter conversation.',
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return gatewayFault('unsupported_media_type', {
        what: 'The request was refused.',
        why: 'Its body is not declared as JSON.',
        mend: 'Send the header "Content-Type: application/json".',
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return gatewayFault('invalid_json', {
        what: 'The request was refused.',
        why: `Its body is not valid JSON: ${error instanceof Error ? error.message : 'it could not be read'}.`,
        mend: 'Send one JSON object.',
      });
    default:
      return gatewayFault('internal_error', {
        what: 'The request failed.',
        why: 'Something broke in the server; its log has the details under the request id.',
        mend: 'Send the request again. If it fails again, report its x-request-id.',
      });
  }
}

/** The largest body that the gateway reads: some 100 times the longest context that is served. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
