import type { BatchRequest, OpenAiBatch } from '@rerig/api/openai';
import type { Fault } from '@rerig/domain/fault';
import type { Caller } from '../ports.ts';

/** Where batches are kept for their organisation. What belongs to another organisation is not there. */
export interface BatchStore {
  /** Keeps a batch, whose lines are validated soon. A Fault where the organisation has too many under way. */
  create(caller: Caller, request: BatchRequest): Promise<OpenAiBatch | Fault>;
  find(organisationId: string, batchId: string): Promise<OpenAiBatch | null | Fault>;
  /** Newest first. */
  list(
    organisationId: string,
    page: { readonly afterBatchId: string | null; readonly limitCount: number },
  ): Promise<{ readonly batches: readonly OpenAiBatch[]; readonly hasMore: boolean } | Fault>;
  /** Starts nothing more of it. Gives the batch as it stands then, unchanged where it has ended; null: not there. */
  cancel(organisationId: string, batchId: string): Promise<OpenAiBatch | null | Fault>;
}
