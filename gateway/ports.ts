import type { Usage } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import type { MicroUsd } from '@rerig/domain/quantity';
import type { TraceContext } from '@rerig/telemetry/traces';
import type { Dispatcher } from 'undici';

/** What a key may use in a minute. `null`: no limit. Whole, ≥ 1. */
export interface RateLimit {
  readonly requestsPerMinute: number | null;
  /** Prompt and completion tokens: a request counts by its bounds until it is settled, then by what it used. */
  readonly tokensPerMinute: number | null;
}

/** Where a customer's work may run. Empty lists: anywhere. */
export interface Constraints {
  readonly regions: readonly string[];
  readonly operatorIds: readonly string[];
  /** The weakest isolation that is accepted. */
  readonly isolation: Isolation;
}

/** What stands between a workload and the machine, weakest first. */
export type Isolation = 'process' | 'container' | 'vm';

/** Whose key a request came with, and what it may do. */
export interface Caller {
  readonly apiKeyId: string;
  readonly organisationId: string;
  readonly keyLimit: RateLimit;
  /** Shared by all keys of the organisation. */
  readonly organisationLimit: RateLimit;
  readonly constraints: Constraints;
}

/** What a caller may ask for: a model under an open lease, and whether a replica serves it now. */
export interface ServedModel {
  readonly model: string;
  readonly ownedBy: string;
  readonly createdAtUnixSeconds: number;
  /** `ready`: answers at once; `cold`: a replica starts when it is asked for; `unavailable`: no card can serve it now. */
  readonly status: 'ready' | 'cold' | 'unavailable';
  /** How long the last starts took, median; null where it was never started. */
  readonly coldStartMs: number | null;
  readonly contextTokens: number | null;
  readonly priceMicroUsdPerMillionPromptTokens: MicroUsd;
  readonly priceMicroUsdPerMillionCompletionTokens: MicroUsd;
}

/** What a replica's server can answer. */
export type ReplicaDoor = 'chat' | 'completions' | 'embeddings';

/** A replica that a request can be sent to. The dispatcher reaches it, whatever lies between. */
export interface Replica {
  readonly replicaId: string;
  readonly model: string;
  readonly contextTokens: number;
  /** Requests that it answers at once; more wait in its queue. ≥ 1. */
  readonly parallelCount: number;
  readonly doors: readonly ReplicaDoor[];
  /** `ours`: counts tokens in each chunk, and knows priorities. `other`: any OpenAI-compatible server. */
  readonly kind: 'ours' | 'other';
  readonly operatorId: string;
  /** The card model it runs on, for metrics; several cards are joined by "+". */
  readonly cardModel: string;
  readonly region: string | null;
  readonly isolation: Isolation;
  /** Of one request alone, as measured on this card when it became ready; null where it was not measured. */
  readonly tokensPerSecond: number | null;
  readonly priceMicroUsdPerMillionCompletionTokens: MicroUsd;
  /** Takes nothing new; what runs is finished. */
  readonly isDraining: boolean;
  readonly dispatcher: Dispatcher;
  /** What requests to it name as the model; the gateway's own name where it is null. */
  readonly upstreamModel: string | null;
  /** Put before `/v1/…`; empty for most. */
  readonly pathPrefix: string;
}

/** Bounds of a request, for the hold: the most that it can use. Whole tokens. */
export interface RequestBounds {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** `live`: somebody waits. `batch`: fills idle cards at half the price, and gives way to live requests. */
export type Priority = 'live' | 'batch';

/** How a request ended, for the record. */
export type Outcome = 'completed' | 'client-gone' | 'upstream-failed' | 'refused';

/** What a request used by the model server's own count, with times in ms from admission. */
export interface Delivery {
  readonly outcome: Outcome;
  readonly usage: Usage;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
  /** Null where none took it. */
  readonly replicaId: string | null;
}

/** A request to be admitted. */
export interface Admission {
  readonly requestId: string;
  readonly model: string;
  readonly bounds: RequestBounds;
  readonly priority: Priority;
  /** Where it came in, for the record: a word of the gateway's own. `chat` where it is left out. */
  readonly door?: string;
}

/** What the gateway needs of the exchange. Every refusal is a Fault; each call is durable when it resolves. */
export interface GatewayPorts {
  authenticate(secret: string): Promise<Caller | Fault>;
  models(caller: Caller): Promise<readonly ServedModel[]>;
  /**
   * Replicas of a model that the caller has a lease for, those that drain included; a Fault where there is no such
   * model or lease. The same array is given until something changes, so that what is derived from it can be kept.
   */
  replicas(caller: Caller, model: string): Promise<readonly Replica[] | Fault>;
  /**
   * Asks for a replica of a model that has none, and waits until one may be tried; null then. A Fault where none can be
   * started, or none was within the time that the exchange gives a cold start.
   */
  awaitReplica(caller: Caller, model: string, signal: AbortSignal, priority?: Priority): Promise<Fault | null>;
  /** Holds the money for a request, before anything is sent: within credit, and the caps of key and organisation. */
  admit(caller: Caller, admission: Admission): Promise<Fault | null>;
  /** Closes the request: charges for what was delivered and returns the rest of the hold. Called once or more. */
  settle(requestId: string, delivery: Delivery): Promise<Fault | null>;
  /** Told where a replica is passed over after failing, and when it answers again. */
  reportReplica(replicaId: string, health: 'failing' | 'healthy'): void;
  /** Monotonic, in ms. */
  now(): number;
  /** Makes an id that there is only once, of letters, digits and dashes. */
  makeUniqueId(): string;
  /**
   * The answer that was kept for an Idempotency-Key of the caller's organisation within the last 24 hours; null where
   * there is none. Keys are not honoured where the exchange keeps no answers.
   */
  findAnswer?(caller: Caller, idempotencyKey: string): Promise<KeptAnswer | null | Fault>;
  /** Keeps an answer for 24 hours. The first one kept under a key stays. */
  keepAnswer?(caller: Caller, idempotencyKey: string, answer: KeptAnswer): Promise<Fault | null>;
  /** Told of every request that ended, in numbers alone: nothing of its text. Must not throw or wait. */
  observe?(observation: Observation): void;
  /** Gives so many random hexadecimal digits where requests are traced; left out where they are not. */
  readonly traceHex?: ((digitCount: number) => string) | undefined;
}

/** An answer that is given again to the same request under the same Idempotency-Key. */
export interface KeptAnswer {
  /** SHA-256 of path and body, in hexadecimal: another body under the same key is refused. */
  readonly requestHash: string;
  readonly requestId: string;
  readonly statusCode: number;
  /** `application/json`, or `text/event-stream` for one that was streamed. */
  readonly contentType: string;
  /** The whole body as it was sent. At most 1 MiB. */
  readonly body: string;
}

/** One request that ended, for metrics. Times are in ms from its beginning. */
export interface Observation {
  readonly requestId: string;
  /** The client's own id of the request; null where it has none. Printable ASCII, up to 512 characters. */
  readonly clientRequestId: string | null;
  readonly door: string;
  readonly model: string;
  readonly organisationId: string;
  readonly priority: Priority;
  /** Null where no replica took it. */
  readonly replicaId: string | null;
  readonly cardModel: string | null;
  /** How it ended; a refusal before anything was held has the fault's code. */
  readonly outcome: Outcome;
  readonly faultCode: string | null;
  readonly durationMs: number;
  /** Until the gateway had chosen a replica, a cold start included. */
  readonly routedMs: number | null;
  readonly firstTokenMs: number | null;
  readonly promptTokenCount: number;
  readonly cachedTokenCount: number;
  readonly completionTokenCount: number;
  /** Replicas that were asked. */
  readonly triedCount: number;
  /** Its place in a trace; null where requests are not traced. */
  readonly trace: TraceContext | null;
}
