import type { Fault } from '@rerig/domain/fault';
import type { FastifyRequest } from 'fastify';
import { type GatewayFaultCode, gatewayFault } from './faults.ts';

/** The secret of an `Authorization: Bearer …` header, or a Fault that says how to give one. */
export function bearerSecret(request: FastifyRequest): string | Fault<GatewayFaultCode> {
  const header = request.headers.authorization;
  const secret = header === undefined ? undefined : /^Bearer\s+(\S{1,512})$/i.exec(header)?.[1];
  if (secret !== undefined) return secret;
  return gatewayFault('invalid_api_key', {
    what: 'The request was refused.',
    why: header === undefined ? 'It has no Authorization header.' : 'Its Authorization header is not "Bearer KEY".',
    mend: 'Send "Authorization: Bearer rk-…" with a key of your organisation.',
  });
}
