import type { OpenAiResponse, ResponseItem } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';

/** A response that is kept: what was asked in it, and what came. */
export interface StoredResponse {
  readonly response: OpenAiResponse;
  /** Its own items, without those of the responses before it. */
  readonly input: readonly ResponseItem[];
}

/**
 * Where responses are kept for their organisation, for a bounded time and a bounded amount. What belongs to another
 * organisation is not there. A Fault where the store does not answer now.
 */
export interface ResponseStore {
  keep(organisationId: string, stored: StoredResponse): Promise<Fault | null>;
  find(organisationId: string, responseId: string): Promise<StoredResponse | null | Fault>;
  /** A response and those before it, first one first; null where one of them is gone, or there are too many. */
  chain(organisationId: string, responseId: string): Promise<readonly StoredResponse[] | null | Fault>;
  /** Whether it was there. */
  remove(organisationId: string, responseId: string): Promise<boolean | Fault>;
}
