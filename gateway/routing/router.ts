import type { Constraints, Replica, ReplicaDoor } from '../ports.ts';
import { afterFailure, afterNothing, afterSending, afterSuccess } from './breaker.ts';
import { chooseReplica, PROMPT_SPEEDUP } from './choose-replica.ts';
import { PrefixAffinity, type PrefixMark } from './prefix-affinity.ts';
import { ReplicaIndex } from './replica-index.ts';
import { ReplicaLoad } from './replica-load.ts';

/** Marks of conversations that are remembered: some thousands of conversations, in about 10 MB. */
const PREFIX_MARKS_MAX = 65_536;
/** Replicas whose load is remembered; past it, those that do nothing are forgotten. */
const LOADS_MAX = 65_536;
/** UTF-16 code units a token, as OpenAI says of English text (platform.openai.com/tokenizer, read 2026-11). */
const LENGTH_PER_TOKEN = 4;

/** A request that looks for a replica. */
export interface RouteRequest {
  readonly door: ReplicaDoor;
  readonly constraints: Constraints;
  /** Most tokens of prompt and answer together. */
  readonly contextTokens: number;
  /** Of the prompt's text, in UTF-16 code units. */
  readonly promptLength: number;
  /** Tokens that are expected of the answer. */
  readonly completionTokenCount: number;
  /** Of the beginning of the conversation. */
  readonly marks: readonly PrefixMark[];
  /** Replicas that failed it already. */
  readonly passedOver: ReadonlySet<string>;
}

/** How a replica did with a request. `unknown`: its client left before that could be told. */
export type RouteResult =
  | { readonly kind: 'answered'; readonly tokensPerSecond: number | null }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unknown' };

/** A request on its way to a replica: counted as its load until `end` is called, once. */
export interface Route {
  readonly replica: Replica;
  /** Whether it is a probe of a replica that failed lately. */
  readonly isProbe: boolean;
  end(result: RouteResult, nowMs: number): void;
}

/** What a router is told from outside. */
export interface RouterOptions {
  /** 0 or more and below 1. */
  readonly random: () => number;
  /** Called where a replica is passed over after failing, and when it answers again. */
  readonly onHealth: (replicaId: string, health: 'failing' | 'healthy') => void;
}

/** Chooses replicas, and keeps what that rests on: loads, breakers, and who has which conversation cached. */
export class Router {
  readonly #indexes = new WeakMap<readonly Replica[], ReplicaIndex>();
  readonly #loads = new Map<string, ReplicaLoad>();
  readonly #prefixes = new PrefixAffinity(PREFIX_MARKS_MAX);
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** The longest context among replicas that may serve a request, in tokens; null where there are none. */
  longestContextTokens(replicas: readonly Replica[], door: ReplicaDoor, constraints: Constraints): number | null {
    const { byContext } = this.#indexOf(replicas).candidates(door, constraints);
    return byContext.at(-1)?.replica.contextTokens ?? null;
  }

  /** Whether no replica of the list takes work, whatever it is. */
  isEmpty(replicas: readonly Replica[]): boolean {
    return this.#indexOf(replicas).isEmpty;
  }

  /** Chooses a replica and counts the request as its load; null where none may be asked now. */
  route(replicas: readonly Replica[], request: RouteRequest, nowMs: number): Route | null {
    const candidates = this.#indexOf(replicas).candidates(request.door, request.constraints);
    const cached = request.marks.length === 0 ? null : this.#prefixes.find(request.marks);
    const expectedTokenCount = request.completionTokenCount + promptCost(request.promptLength);
    const chosen = chooseReplica(
      candidates,
      {
        contextTokens: request.contextTokens,
        expectedTokenCount,
        cached: cached === null ? null : { replicaId: cached.replicaId, savedTokenCount: promptCost(cached.length) },
        passedOver: request.passedOver,
      },
      this.#options.random,
      nowMs,
    );
    if (chosen === null) return null;
    const { load, replica } = chosen;
    const isProbe = load.breaker.status === 'open';
    load.breaker = afterSending(load.breaker);
    load.outstandingTokenCount += expectedTokenCount;
    load.runningCount += 1;
    if (request.marks.length > 0) this.#prefixes.note(request.marks, replica.replicaId);
    return {
      replica,
      isProbe,
      end: (result, endedAtMs) => {
        load.outstandingTokenCount -= expectedTokenCount;
        load.runningCount -= 1;
        this.#conclude(replica.replicaId, load, result, endedAtMs);
      },
    };
  }

  #conclude(replicaId: string, load: ReplicaLoad, result: RouteResult, nowMs: number): void {
    const wasClosed = load.breaker.status === 'closed';
    switch (result.kind) {
      case 'answered':
        load.breaker = afterSuccess();
        if (result.tokensPerSecond !== null) load.noteSpeed(result.tokensPerSecond);
        break;
      case 'failed':
        load.breaker = afterFailure(load.breaker, nowMs);
        break;
      case 'unknown':
        load.breaker = afterNothing(load.breaker, nowMs);
        break;
    }
    const isClosed = this.#isClosed(load);
    if (wasClosed !== isClosed) this.#options.onHealth(replicaId, isClosed ? 'healthy' : 'failing');
  }

  #isClosed({ breaker }: ReplicaLoad): boolean {
    return breaker.status === 'closed';
  }

  #indexOf(replicas: readonly Replica[]): ReplicaIndex {
    let index = this.#indexes.get(replicas);
    if (index === undefined) {
      index = new ReplicaIndex(replicas, (replicaId) => this.#loadOf(replicaId));
      this.#indexes.set(replicas, index);
    }
    return index;
  }

  #loadOf(replicaId: string): ReplicaLoad {
    let load = this.#loads.get(replicaId);
    if (load === undefined) {
      if (this.#loads.size >= LOADS_MAX) this.#forgetIdle();
      load = new ReplicaLoad();
      this.#loads.set(replicaId, load);
    }
    return load;
  }

  #forgetIdle(): void {
    for (const [replicaId, load] of this.#loads) if (load.runningCount === 0) this.#loads.delete(replicaId);
  }
}

/** What reading a prompt costs, in tokens of an answer's cost. */
function promptCost(length: number): number {
  return length / LENGTH_PER_TOKEN / PROMPT_SPEEDUP;
}
