import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { faultSchema, type LogRecord, logRecordSchema } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { z } from 'zod';
import { cliFault } from '../faults.ts';

/** Longest answer that is read whole: a list of some thousand workloads. */
const ANSWER_CHARACTERS_MAX = 64 * 1024 * 1024;
/** How long the agent may take for an answer that needs no end of a workload. */
const ANSWER_LIMIT_MS = 30_000;

/** A wish to an agent's door. */
export interface DoorWish {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** How long the answer may take in ms; absent: 30 s. */
  readonly limitMs?: number;
}

/** Asks an agent at its door, a unix socket, and gives what it answers, or its Fault; `agent-unreachable` where none answers. */
export async function askDoor<T>(socketPath: string, wish: DoorWish, schema: z.ZodType<T>): Promise<T | Fault> {
  const answer = await begin(socketPath, wish);
  if (isFault(answer)) return answer;
  try {
    const body: unknown = JSON.parse(await boundedText(answer));
    if ((answer.statusCode ?? 500) >= 400) return faultSchema.parse(body);
    return schema.parse(body);
  } catch (error) {
    return unreachable(socketPath, `Its answer can't be read: ${reasonOf(error)}`);
  }
}

/** A log's stream, record by record. It ends with a Fault where the agent refuses, or goes away in the middle. */
export async function* followLog(
  socketPath: string,
  wish: {
    readonly workloadId: string;
    readonly fromLine?: number;
    readonly isFollowing: boolean;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<LogRecord | Fault> {
  const from = wish.fromLine === undefined ? '' : `&from=${wish.fromLine}`;
  const path = `/workloads/${encodeURIComponent(wish.workloadId)}/logs?follow=${wish.isFollowing}${from}`;
  const answer = await begin(socketPath, { path }, wish.signal);
  if (isFault(answer)) {
    yield answer;
    return;
  }
  try {
    if ((answer.statusCode ?? 500) >= 400) yield faultSchema.parse(JSON.parse(await boundedText(answer)));
    else yield* recordsOf(answer);
  } catch (error) {
    yield unreachable(socketPath, `Its answer broke off: ${reasonOf(error)}`);
  } finally {
    answer.destroy();
  }
}

async function* recordsOf(answer: IncomingMessage): AsyncGenerator<LogRecord> {
  answer.setEncoding('utf8');
  let rest = '';
  for await (const part of answer) {
    rest += String(part);
    const pieces = rest.split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) yield logRecordSchema.parse(JSON.parse(piece));
  }
}

function begin(socketPath: string, wish: DoorWish, signal?: AbortSignal): Promise<IncomingMessage | Fault> {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage | Fault>();
  const { method = 'GET', path, body, limitMs = ANSWER_LIMIT_MS } = wish;
  // A connection of its own each time: one that is kept may be of an agent that has ended since.
  const asked: ClientRequest = request(
    { socketPath, method, path, agent: false, ...(signal ? { signal } : {}) },
    resolve,
  );
  const timer = setTimeout(() => asked.destroy(new TooLate(limitMs)), limitMs);
  asked.once('response', () => clearTimeout(timer));
  asked.once('error', (error) => {
    clearTimeout(timer);
    resolve(unreachable(socketPath, `${reasonOf(error)}.`));
  });
  if (body === undefined) asked.end();
  else {
    const written = JSON.stringify(body);
    asked.setHeader('content-type', 'application/json');
    asked.setHeader('content-length', Buffer.byteLength(written));
    asked.end(written);
  }
  return promise;
}

/** The agent has not answered within the limit. */
class TooLate extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`);
    this.name = 'TooLate';
  }
}

async function boundedText(answer: IncomingMessage): Promise<string> {
  const length = Number(answer.headers['content-length'] ?? 0);
  return length > ANSWER_CHARACTERS_MAX ? '' : text(answer);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unreachable(socketPath: string, why: string): Fault {
  return cliFault('agent-unreachable', {
    what: `The agent at ${socketPath} does not answer.`,
    why,
    mend: 'Try again. If it stays so, look into agent.log beside that socket.',
  });
}
