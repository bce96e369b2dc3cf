import { randomUUID } from 'node:crypto';
import type { BatchRequest } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import { type BatchStore, type Caller, gatewayFault } from '@rerig/gateway/gateway';
import type pg from 'pg';
import { applyBatchEvent, findBatch, insertBatch, listBatches } from '../store/batch-rows.ts';
import { orUnavailable } from './unavailable.ts';

/** In which a batch ends: the one window that there is. */
export const BATCH_WINDOW_MS = 24 * 60 * 60_000;
/** Most batches of an organisation that have not ended: some 5 million requests that wait. */
export const BATCHES_OPEN_MAX = 100;

/** Batches in the database. `onCreated` is told that there is something to do. */
export class StoredBatches implements BatchStore {
  readonly #pool: pg.Pool;
  readonly #onCreated: () => void;

  constructor(pool: pg.Pool, onCreated: () => void = () => undefined) {
    this.#pool = pool;
    this.#onCreated = onCreated;
  }

  async create(caller: Caller, request: BatchRequest) {
    const batch = {
      batchId: `batch_${randomUUID().replaceAll('-', '')}`,
      organisationId: caller.organisationId,
      apiKeyId: caller.apiKeyId,
      endpoint: request.endpoint,
      inputFileId: request.input_file_id,
      metadata: request.metadata === null || request.metadata === undefined ? null : JSON.stringify(request.metadata),
      windowMs: BATCH_WINDOW_MS,
    };
    const created = await orUnavailable(() => insertBatch(this.#pool, batch, BATCHES_OPEN_MAX));
    if (isFault(created)) return created;
    if (created === null) return tooMany();
    this.#onCreated();
    return created;
  }

  find(organisationId: string, batchId: string) {
    return orUnavailable(() => findBatch(this.#pool, organisationId, batchId));
  }

  list(organisationId: string, page: { readonly afterBatchId: string | null; readonly limitCount: number }) {
    return orUnavailable(() => listBatches(this.#pool, organisationId, page));
  }

  cancel(organisationId: string, batchId: string) {
    return orUnavailable(async () => {
      if ((await findBatch(this.#pool, organisationId, batchId)) === null) return null;
      await applyBatchEvent(this.#pool, batchId, 'cancel-asked');
      return findBatch(this.#pool, organisationId, batchId);
    });
  }
}

function tooMany() {
  return gatewayFault('too_many_batches', {
    what: 'The batch was refused.',
    why: `${BATCHES_OPEN_MAX} batches of the organisation have not ended.`,
    mend: 'Wait until one of them ends, or cancel one.',
  });
}
