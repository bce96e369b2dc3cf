import { createHash, timingSafeEqual } from 'node:crypto';
import { request } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import { faultSchema } from '@rerig/api/agent';
import type { Fault } from '@rerig/domain/fault';
import type { z } from 'zod';
import { type FarmFault, farmFault } from './faults.ts';

/** A farm's head, as a rig knows it. */
export interface HeadAddress {
  readonly address: string;
  readonly port: number;
  /** SHA-256 of its certificate. */
  readonly fingerprint: Buffer;
}

const CONNECT_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 60_000;
const ANSWER_BYTES_MAX = 256 * 1024;

/**
 * Asks a farm's head something and gives its answer, or the Fault that it gave. Nothing is sent before the head has proven
 * that it has the certificate of this fingerprint.
 */
export async function askHead<Answer>(
  head: HeadAddress,
  path: string,
  asked: object,
  schema: z.ZodType<Answer>,
): Promise<Answer | Fault> {
  const socket = await connectPinned(head);
  if ('kind' in socket) return socket;
  try {
    const text = await post(socket, path, JSON.stringify(asked));
    const body: unknown = JSON.parse(text);
    const fault = faultSchema.safeParse(body);
    if (fault.success) return fault.data;
    const answer = schema.safeParse(body);
    return answer.success
      ? answer.data
      : answerUnusable(head, answer.error.issues[0]?.message ?? 'it is not as expected');
  } catch (error) {
    return answerUnusable(head, error instanceof Error ? error.message : String(error));
  } finally {
    socket.destroy();
  }
}

/**
 * The certificate is its own authority, and no name is in it: it is held against the fingerprint instead, and TLS itself
 * proves that who answers has its key.
 */
function connectPinned(head: HeadAddress): Promise<TLSSocket | FarmFault> {
  const { promise, resolve } = Promise.withResolvers<TLSSocket | FarmFault>();
  const socket = connect({ host: head.address, port: head.port, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
  const refuse = (why: string) => {
    socket.destroy();
    resolve(unreachable(head, why));
  };
  socket.setTimeout(CONNECT_WITHIN_MS, () => refuse(`no answer within ${CONNECT_WITHIN_MS / 1000} seconds`));
  socket.once('error', (error) => refuse(error.message));
  socket.once('secureConnect', () => {
    const seen = createHash('sha256').update(socket.getPeerCertificate().raw).digest();
    if (timingSafeEqual(seen, head.fingerprint)) return resolve(socket);
    socket.destroy();
    return resolve(notKnown(head));
  });
  return promise;
}

function post(socket: TLSSocket, path: string, body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.setTimeout(ANSWER_WITHIN_MS, () =>
    socket.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} seconds`)),
  );
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const asking = request({ method: 'POST', path, headers, createConnection: () => socket }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.length > ANSWER_BYTES_MAX) response.destroy(new Error(`more than ${ANSWER_BYTES_MAX} bytes`));
    });
    response.once('end', () => resolve(text)).once('error', reject);
  });
  asking.once('error', reject).end(body);
  return promise;
}

function unreachable({ address, port }: HeadAddress, why: string): FarmFault {
  return farmFault('head-unreachable', {
    what: `The head ${address}:${port} can’t be reached.`,
    why: `The reason: ${why}.`,
    mend: 'Run "rerig farm serve" there, and see that no firewall is between.',
  });
}

function notKnown({ address, port }: HeadAddress): FarmFault {
  return farmFault('head-not-known', {
    what: `What answers at ${address}:${port} is not the head that made this token.`,
    why: 'Its certificate is another. Nothing was sent to it.',
    mend: 'Check the address; if the head’s folder was made anew, make a fresh token there: rerig farm token',
  });
}

function answerUnusable({ address, port }: HeadAddress, why: string): FarmFault {
  return farmFault('head-answer-unusable', {
    what: `The head ${address}:${port} answered something that is not understood.`,
    why: `The reason: ${why}.`,
    mend: 'Use the same version of Rerig on the rig and on the head.',
  });
}
