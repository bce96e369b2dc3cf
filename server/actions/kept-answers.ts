import type { Fault } from '@rerig/domain/fault';
import { isFault } from '@rerig/domain/fault';
import { type AnswerRow, findAnswer, insertAnswer, purgeAnswers } from '../store/answer-rows.ts';
import type { Database } from '../store/database.ts';
import { orUnavailable } from './unavailable.ts';

const KEPT_MS = 24 * 3_600_000;
const PURGE_EVERY_MS = 10 * 60_000;
/** Longer answers are not kept: their request is answered anew. */
const BODY_BYTES_MAX = 1024 * 1024;

/** Answers of requests with an Idempotency-Key, kept for 24 hours by organisation. */
export class KeptAnswers {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#timer = setInterval(() => void this.purge(), PURGE_EVERY_MS);
    this.#timer.unref();
  }

  find(organisationId: string, idempotencyKey: string): Promise<AnswerRow | null | Fault> {
    return orUnavailable(() => findAnswer(this.#database, organisationId, idempotencyKey, new Date(this.#now())));
  }

  /** The first answer under a key stays. One above 1 MiB is not kept. */
  async keep(organisationId: string, idempotencyKey: string, answer: AnswerRow): Promise<Fault | null> {
    if (Buffer.byteLength(answer.body) > BODY_BYTES_MAX) return null;
    const nowMs = this.#now();
    const times = { now: new Date(nowMs), expiresAt: new Date(nowMs + KEPT_MS) };
    return orUnavailable(async () => {
      await insertAnswer(this.#database, organisationId, idempotencyKey, answer, times);
      return null;
    });
  }

  /** Removes what has expired; gives how many, 0 where the database is away: the next time finds them. */
  async purge(): Promise<number> {
    const purged = await orUnavailable(() => purgeAnswers(this.#database, new Date(this.#now())));
    return isFault(purged) ? 0 : purged;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
