import { setTimeout as wait } from 'node:timers/promises';
import type { ChatRequest, Usage } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import type { GatewayPorts, Outcome } from '../ports.ts';

/** One admitted request on its way: money is held for it until it is settled. */
export interface Run {
  readonly requestId: string;
  readonly chat: ChatRequest;
  readonly ports: GatewayPorts;
  readonly admittedAtMs: number;
  /** Aborted when the client closes the connection before the answer's end. */
  readonly clientGone: AbortSignal;
}

/** What of an answer has passed so far. `usage` is the model server's own count. */
export interface Passed {
  readonly usage: Usage;
  readonly firstTokenMs: number | null;
}

export const nothingUsed: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/** Pauses between tries to settle, in ms: about 13 s in all, a restart of the database's length. */
const SETTLE_PAUSES_MS = [50, 200, 500, 1_000, 2_000, 4_000, 5_000] as const;

/**
 * Settles a run, trying again while the accounting is away. A run that can't be settled keeps its hold, which is
 * released when the server starts next: the customer is never charged for it. `passed` is null where nothing came.
 */
export async function settleDurably(run: Run, outcome: Outcome, passed: Passed | null): Promise<Fault | null> {
  const delivery = {
    outcome,
    usage: passed?.usage ?? nothingUsed,
    durationMs: run.ports.now() - run.admittedAtMs,
    firstTokenMs: passed?.firstTokenMs ?? null,
    replicaId: null,
  };
  for (const pauseMs of SETTLE_PAUSES_MS) {
    const refused = await run.ports.settle(run.requestId, delivery);
    if (refused === null || refused.retry !== 'later') return refused;
    await wait(pauseMs);
  }
  return run.ports.settle(run.requestId, delivery);
}
