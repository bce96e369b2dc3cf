import type { Usage } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import type { Dispatcher } from 'undici';

/** Whose key a request came with. */
export interface Caller {
  readonly apiKeyId: string;
  readonly organisationId: string;
}

/** What a caller may ask for: a model under an open lease, and whether a replica serves it now. */
export interface ServedModel {
  readonly model: string;
  readonly ownedBy: string;
  readonly createdAtUnixSeconds: number;
}

/** A replica that a request can be sent to. The dispatcher reaches it, whatever lies between. */
export interface Replica {
  readonly replicaId: string;
  readonly model: string;
  readonly contextTokens: number;
  readonly dispatcher: Dispatcher;
  /** Tokens promised to it and not made yet: the load that routing looks at. */
  readonly outstandingTokens: number;
}

/** Bounds of a request, for the hold: the most that it can use. Whole tokens. */
export interface RequestBounds {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** How a request ended, for the record. */
export type Outcome = 'completed' | 'client-gone' | 'upstream-failed' | 'refused';

/** What a request used by the model server's own count, with times in ms from admission. */
export interface Delivery {
  readonly outcome: Outcome;
  readonly usage: Usage;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
}

/** What the gateway needs of the exchange. Every refusal is a Fault; each call is durable when it resolves. */
export interface GatewayPorts {
  authenticate(secret: string): Promise<Caller | Fault>;
  models(caller: Caller): Promise<readonly ServedModel[]>;
  /** Replicas of a model that the caller has a lease for; a Fault where there is no such model or lease. */
  replicas(caller: Caller, model: string): Promise<readonly Replica[] | Fault>;
  /** Holds the money for a request, before anything is sent. */
  admit(caller: Caller, requestId: string, model: string, bounds: RequestBounds): Promise<Fault | null>;
  /** Closes the request: charges for what was delivered and returns the rest of the hold. Called once or more. */
  settle(requestId: string, delivery: Delivery): Promise<Fault | null>;
  now(): number;
  makeRequestId(): string;
}
