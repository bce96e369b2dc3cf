import { openAiErrorSchema } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { type GatewayFaultCode, gatewayFault } from '../faults.ts';
import type { Replica } from '../ports.ts';

/** The fault that a replica's answer of another status than 200 means. */
export function refusalOf(replica: Replica, statusCode: number, text: string): Fault<GatewayFaultCode> {
  const words = refusalWords(text);
  if (statusCode === 503 || statusCode === 429) {
    return gatewayFault('replica_busy', words ?? busyWords(replica));
  }
  if (words === null) return replicaFailed(replica, `it answered with status ${statusCode}`);
  if (words.code === 'context_length_exceeded') return gatewayFault('context_length_exceeded', words);
  // What it says of keys and paths is about how it was set up, and nothing that the client could mend.
  const isAboutSetUp = statusCode === 401 || statusCode === 403 || statusCode === 404 || statusCode === 405;
  if (statusCode >= 400 && statusCode < 500 && !isAboutSetUp) return gatewayFault('invalid_request', words);
  return replicaFailed(replica, words.why.replace(/\.$/, ''));
}

/** The replica did not answer, or broke off: the request may be sent again. */
export function replicaFailed(replica: Replica, reason: string): Fault<GatewayFaultCode> {
  return gatewayFault('replica_failed', {
    what: `The answer by ${replica.model} failed.`,
    why: `Its model server (${replica.replicaId}) broke off: ${reason}.`,
    mend: 'Send the request again; only tokens that were delivered are charged.',
  });
}

/** The answer ended before its end, after so many tokens had been delivered. */
export function brokenOff(model: string, completionTokenCount: number, reason: string): Fault<GatewayFaultCode> {
  return gatewayFault('replica_failed', {
    what: `The answer by ${model} broke off after ${completionTokenCount} tokens.`,
    why: `Its model server failed: ${reason}.`,
    mend: 'Send the request again; only tokens that were delivered are charged.',
  });
}

/** The client closed the connection: nobody reads this. */
export function clientGone(): Fault<GatewayFaultCode> {
  return gatewayFault('client_gone', {
    what: 'The request was given up.',
    why: 'The client closed the connection.',
    mend: 'Keep the connection open until the answer ends.',
  });
}

/** No replica answers now. */
export function noReplica(model: string, why: string): Fault<GatewayFaultCode> {
  return gatewayFault('no_replica', {
    what: `"${model}" can't answer now.`,
    why,
    mend: 'Send the request again in some seconds. Nothing was charged.',
  });
}

function busyWords(replica: Replica) {
  return {
    what: `"${replica.model}" can't take the request now.`,
    why: `The queue of its model server (${replica.replicaId}) is full.`,
    mend: 'Send the request again in some seconds. Nothing was charged.',
  };
}

function refusalWords(text: string) {
  try {
    const { error } = openAiErrorSchema.parse(JSON.parse(text));
    const fallback = { what: 'The model server refused the request.', why: error.message, mend: 'Change the request.' };
    const { what, why, mend } = error.rerig ?? fallback;
    return { code: error.code, what, why, mend };
  } catch {
    // Not an OpenAI error: the caller reports the status alone.
    return null;
  }
}
