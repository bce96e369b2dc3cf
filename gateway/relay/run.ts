import { setTimeout as wait } from 'node:timers/promises';
import type { Usage } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import { beginTrace, type TraceContext } from '@rerig/telemetry/traces';
import type { Demand, DemandEntry } from '../demand.ts';
import type { Crowd } from '../limits/crowd.ts';
import type { LimitHeaders, Passage, RateLimits } from '../limits/rate-limits.ts';
import type { Caller, Delivery, GatewayPorts, Outcome, Priority, Replica, RequestBounds } from '../ports.ts';
import type { Router } from '../routing/router.ts';
import type { Waits } from '../waits.ts';
import type { Asked } from './asked.ts';
import { nothingUsed } from './usage-count.ts';

/** What every request is answered with: the exchange behind the ports, and what this gateway keeps of its own. */
export interface Gateway {
  readonly ports: GatewayPorts;
  readonly router: Router;
  readonly limits: RateLimits;
  readonly crowd: Crowd;
  readonly demand: Demand;
  readonly waits: Waits;
  /** 0 or more and below 1. */
  readonly random: () => number;
}

/** A request that is to be answered: whose, what, how urgent, and until when. */
export interface Ask {
  readonly caller: Caller;
  /** The door whose wire it speaks, and the request, which its schema has passed. */
  readonly asked: Asked;
  readonly priority: Priority;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Its id where who asks has one: what is asked again under it is charged once. Else it is given one. */
  readonly requestId?: string;
  /** Where it came in, for the record; the asked door where it is left out. */
  readonly entrance?: string;
  /** The client's own id of it, for traces and log. */
  readonly clientRequestId?: string;
  /** The W3C trace that it belongs to, passed to the replica. */
  readonly traceparent?: string;
  /** Told once which headers say where the caller's limits stand, before the answer or the refusal is given. */
  readonly onLimitHeaders?: (headers: LimitHeaders) => void;
}

/** Pauses between tries to settle, in ms: about 13 s in all, a restart of the database's length. */
const SETTLE_PAUSES_MS = [50, 200, 500, 1_000, 2_000, 4_000, 5_000] as const;

/** What a run begins with. */
export interface RunStart {
  readonly gateway: Gateway;
  readonly ask: Ask;
  readonly requestId: string;
  readonly bounds: RequestBounds;
  readonly passage: Passage;
  readonly entry: DemandEntry;
  readonly beganAtMs: number;
}

/** One admitted request on its way: money is held for it until it is settled, which happens exactly once. */
export class Run {
  readonly gateway: Gateway;
  readonly ask: Ask;
  readonly requestId: string;
  readonly bounds: RequestBounds;
  /** Its place in a trace; null where requests are not traced. */
  readonly trace: TraceContext | null;
  readonly #start: RunStart;
  readonly #admittedAtMs: number;
  #replica: Replica | null = null;
  #routedMs: number | null = null;
  #firstTokenMs: number | null = null;
  #triedCount = 0;
  #settled: Promise<Fault | null> | null = null;

  constructor(start: RunStart) {
    this.gateway = start.gateway;
    this.ask = start.ask;
    this.requestId = start.requestId;
    this.bounds = start.bounds;
    this.#start = start;
    const { traceHex } = start.gateway.ports;
    this.trace = traceHex === undefined ? null : beginTrace(start.ask.traceparent, traceHex);
    this.#admittedAtMs = start.gateway.ports.now();
  }

  /** The model as the client names it. */
  get model(): string {
    return this.ask.asked.request.model;
  }

  /** Since the first token, in ms; null before it. */
  get answeringMs(): number | null {
    return this.#firstTokenMs === null ? null : this.gateway.ports.now() - this.#admittedAtMs - this.#firstTokenMs;
  }

  /** Notes which replica is asked. */
  noteReplica(replica: Replica): void {
    this.#replica = replica;
    this.#triedCount += 1;
    this.#routedMs ??= this.gateway.ports.now() - this.#start.beganAtMs;
    this.#start.entry.move('queued');
  }

  /** Notes the first token. */
  noteFirstToken(): void {
    this.#firstTokenMs ??= this.gateway.ports.now() - this.#admittedAtMs;
    this.#start.entry.move('answering');
  }

  /**
   * Settles the run, trying again while the accounting is away; called again, it gives what the first call gave. A run
   * that can't be settled keeps its hold, which is released when the server starts next: its customer is never charged.
   */
  settle(outcome: Outcome, usage: Usage | null, fault: Fault | null = null): Promise<Fault | null> {
    this.#settled ??= this.#settleOnce(outcome, usage ?? nothingUsed, fault);
    return this.#settled;
  }

  async #settleOnce(outcome: Outcome, usage: Usage, fault: Fault | null): Promise<Fault | null> {
    const { gateway, ask } = this;
    const { ports } = gateway;
    const delivery: Delivery = {
      outcome,
      usage,
      durationMs: ports.now() - this.#admittedAtMs,
      firstTokenMs: this.#firstTokenMs,
      replicaId: this.#replica?.replicaId ?? null,
    };
    const { entry, passage } = this.#start;
    entry.end(usage.completion_tokens, ports.now());
    passage.settle(usage.total_tokens, ports.now());
    gateway.crowd.leave(ask.caller.organisationId);
    ports.observe?.({
      requestId: this.requestId,
      clientRequestId: ask.clientRequestId ?? null,
      door: ask.entrance ?? ask.asked.door,
      model: this.model,
      organisationId: ask.caller.organisationId,
      priority: ask.priority,
      replicaId: delivery.replicaId,
      cardModel: this.#replica?.cardModel ?? null,
      outcome,
      faultCode: fault?.code ?? null,
      durationMs: ports.now() - this.#start.beganAtMs,
      routedMs: this.#routedMs,
      firstTokenMs: this.#firstTokenMs,
      promptTokenCount: usage.prompt_tokens,
      cachedTokenCount: usage.prompt_tokens_details?.cached_tokens ?? 0,
      completionTokenCount: usage.completion_tokens,
      triedCount: this.#triedCount,
      trace: this.trace,
    });
    return settleDurably(ports, this.requestId, delivery);
  }
}

async function settleDurably(ports: GatewayPorts, requestId: string, delivery: Delivery): Promise<Fault | null> {
  for (const pauseMs of SETTLE_PAUSES_MS) {
    const refused = await ports.settle(requestId, delivery);
    if (refused === null || refused.retry !== 'later') return refused;
    await wait(pauseMs);
  }
  return ports.settle(requestId, delivery);
}
