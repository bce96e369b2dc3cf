import { responseItemSchema, responseSchema } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import type { ResponseStore, StoredResponse } from '@rerig/gateway/gateway';
import type pg from 'pg';
import { z } from 'zod';
import {
  findResponse,
  insertResponse,
  type ResponseRow,
  readResponseChain,
  removeResponse,
  sweepResponses,
} from '../store/response-rows.ts';
import { orUnavailable } from './unavailable.ts';

/** How long a response is kept, as the vendor's API has it. */
export const RESPONSES_KEPT_MS = 30 * 24 * 60 * 60_000;
/** Most bytes of responses that an organisation keeps; the oldest go first. */
export const RESPONSES_BYTES_MAX = 1024 * 1024 * 1024;
/** Most responses that follow each other, and most bytes of them: past either, no context that is served holds them. */
const CHAIN_RESPONSES_MAX = 1_000;
const CHAIN_BYTES_MAX = 16 * 1024 * 1024;

/** Responses in the database, for 30 days. */
export class StoredResponses implements ResponseStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async keep(organisationId: string, { response, input }: StoredResponse) {
    const { previous_response_id: previous } = response;
    const row = {
      organisationId,
      responseId: response.id,
      previousResponseId: typeof previous === 'string' ? previous : null,
      response: JSON.stringify(response),
      input: JSON.stringify(input),
    };
    const kept = await orUnavailable(() => insertResponse(this.#pool, row));
    return isFault(kept) ? kept : null;
  }

  find(organisationId: string, responseId: string) {
    return orUnavailable(async () => {
      const row = await findResponse(this.#pool, organisationId, responseId);
      return row === null ? null : parseResponseRow(row);
    });
  }

  chain(organisationId: string, responseId: string) {
    const most = { responseCount: CHAIN_RESPONSES_MAX, totalBytes: CHAIN_BYTES_MAX };
    return orUnavailable(async () => {
      const rows = await readResponseChain(this.#pool, organisationId, responseId, most);
      return rows === null ? null : rows.map(parseResponseRow);
    });
  }

  remove(organisationId: string, responseId: string) {
    return orUnavailable(() => removeResponse(this.#pool, organisationId, responseId));
  }

  /** Removes what is too old, or too much. Gives how many. */
  sweep() {
    return orUnavailable(() =>
      sweepResponses(this.#pool, { ageMs: RESPONSES_KEPT_MS, totalBytes: RESPONSES_BYTES_MAX }),
    );
  }
}

function parseResponseRow(row: ResponseRow): StoredResponse {
  return {
    response: responseSchema.parse(JSON.parse(row.response)),
    input: z.array(responseItemSchema).parse(JSON.parse(row.input)),
  };
}
