import type { Fault } from '@rerig/domain/fault';
import { isFault } from '@rerig/domain/fault';
import type pg from 'pg';
import { insertMeterRows, type MeterRow } from '../store/meter-rows.ts';
import { orUnavailable } from './unavailable.ts';

/** The block of held money that rows join. Rows wait while it has none open, as it is being changed. */
export interface RowBlock {
  readonly openHoldId: string | null;
  /** Between the two, the block stays open. */
  beginWrite(): void;
  endWrite(): void;
}

/** A row on its way to the store. `onDurable` is called once it stands there. */
export interface MeterEntry {
  readonly row: Omit<MeterRow, 'holdTransferId'>;
  readonly block: RowBlock;
  readonly onDurable: () => void;
}

interface Queued extends MeterEntry {
  readonly done: PromiseWithResolvers<Fault | null>;
}

/** Most rows of one statement: 500 take the database some 10 ms. */
const BATCH_MAX = 500;
/**
 * A batch starts once this share of the open requests waits for it, or `PACE_MS` after the one before: fewer commits for
 * as many rows, while the others keep the processors busy.
 */
const WAITING_SHARE = 0.5;
const PACE_MS = 5;

/**
 * Writes meter rows, each once and durably: one statement is under way at a time, and all that ended meanwhile go with
 * the next. A database that is away gives a Fault for each row of the batch, which may be written again.
 */
export class MeterWriter {
  readonly #pool: pg.Pool;
  readonly #openCount: () => number;
  readonly #onFailure: (fault: Fault) => void;
  #queue: Queued[] = [];
  #isRunning = false;
  #lastStartedAtMs = 0;
  /** Ends the pause before a batch, while there is one. */
  #endPause: (() => void) | null = null;

  /** `openCount`: requests that have not ended, those whose rows wait here included. */
  constructor(pool: pg.Pool, openCount: () => number, onFailure: (fault: Fault) => void) {
    this.#pool = pool;
    this.#openCount = openCount;
    this.#onFailure = onFailure;
  }

  /** Resolves when the row is durable, or with the Fault for which it is not. */
  write(entry: MeterEntry): Promise<Fault | null> {
    const done = Promise.withResolvers<Fault | null>();
    this.#queue.push({ ...entry, done });
    if (this.#endPause === null) this.kick();
    else if (this.#isEnough()) this.#endPause();
    return done.promise;
  }

  /** Looks again for rows whose block is open. */
  kick(): void {
    if (this.#isRunning || this.#queue.length === 0) return;
    this.#isRunning = true;
    // What ends in the same turn of the loop goes together.
    setImmediate(() => void this.#run());
  }

  /** Gives up the rows that wait for this block: they may be written again. */
  refuse(block: RowBlock, fault: Fault): void {
    const refused = this.#queue.filter((entry) => entry.block === block);
    this.#queue = this.#queue.filter((entry) => entry.block !== block);
    for (const { done } of refused) done.resolve(fault);
  }

  async #run(): Promise<void> {
    for (;;) {
      const restMs = PACE_MS - (performance.now() - this.#lastStartedAtMs);
      if (restMs > 0 && this.#queue.length > 0 && !this.#isEnough()) await this.#pause(restMs);
      const batch = this.#takeBatch();
      if (batch.length === 0) break;
      this.#lastStartedAtMs = performance.now();
      await this.#writeBatch(batch);
    }
    this.#isRunning = false;
  }

  #isEnough(): boolean {
    return this.#queue.length >= this.#openCount() * WAITING_SHARE;
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#endPause = null;
        // What ends in the same turn of the loop goes together.
        setImmediate(resolve);
      };
      const timer = setTimeout(end, durationMs);
      this.#endPause = end;
    });
  }

  #takeBatch(): readonly (Queued & { readonly written: MeterRow })[] {
    const batch: (Queued & { readonly written: MeterRow })[] = [];
    const rest: Queued[] = [];
    for (const entry of this.#queue) {
      const holdTransferId = batch.length < BATCH_MAX ? entry.block.openHoldId : null;
      if (holdTransferId === null) rest.push(entry);
      else {
        entry.block.beginWrite();
        batch.push({ ...entry, written: { ...entry.row, holdTransferId } });
      }
    }
    this.#queue = rest;
    return batch;
  }

  async #writeBatch(batch: readonly (Queued & { readonly written: MeterRow })[]): Promise<void> {
    let outcome: { readonly fault: Fault | null } | { readonly error: unknown };
    try {
      const written = await orUnavailable(() =>
        insertMeterRows(
          this.#pool,
          batch.map((entry) => entry.written),
        ),
      );
      outcome = { fault: isFault(written) ? written : null };
    } catch (error) {
      outcome = { error };
    }
    if ('error' in outcome && batch.length > 1) {
      // One row that is refused must not take the others with it.
      const middle = batch.length >> 1;
      await this.#writeBatch(batch.slice(0, middle));
      await this.#writeBatch(batch.slice(middle));
      return;
    }
    if ('fault' in outcome && outcome.fault !== null) this.#onFailure(outcome.fault);
    for (const entry of batch) {
      if ('fault' in outcome && outcome.fault === null) entry.onDurable();
      entry.block.endWrite();
      if ('error' in outcome) entry.done.reject(outcome.error);
      else entry.done.resolve(outcome.fault);
    }
  }
}
