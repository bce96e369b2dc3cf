import type { Caller } from '../ports.ts';

/** A request that a batch asks of a door for its customer. */
export interface LineRequest {
  readonly caller: Caller;
  readonly endpoint: string;
  /** As it stands in the file, and valid for the endpoint. */
  readonly body: unknown;
  /** Charged once, however often it is asked. */
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** What a door would have answered. */
export interface LineAnswer {
  readonly statusCode: number;
  readonly body: unknown;
}
