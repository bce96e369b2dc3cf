import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

/** The channel on which the database tells of changed organisations, keys and leases. */
const CHANNEL = 'rerig_directory';
const RECONNECT_PAUSE_MS = 250;
const CONNECT_LIMIT_MS = 5_000;

/**
 * Hears of changed organisations, keys and leases on a connection of its own. `onChange` is called at each, and where
 * the connection is lost; `isListening` says whether what is remembered can be believed.
 */
export class DirectoryChanges {
  readonly #config: pg.ClientConfig;
  readonly #onChange: () => void;
  readonly #closed = new AbortController();
  #client: pg.Client | null = null;
  #isListening = false;

  constructor(config: pg.ClientConfig, onChange: () => void) {
    this.#config = config;
    this.#onChange = onChange;
    void this.#keepListening();
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#client?.end();
  }

  async #keepListening(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      const client = new pg.Client({ ...this.#config, connectionTimeoutMillis: CONNECT_LIMIT_MS });
      const lost = Promise.withResolvers<void>();
      client.on('error', () => lost.resolve());
      client.on('end', () => lost.resolve());
      client.on('notification', () => this.#onChange());
      try {
        await client.connect();
        this.#client = client;
        await client.query(`listen ${CHANNEL}`);
        this.#isListening = !this.#closed.signal.aborted;
        // What changed before it listened is not told.
        this.#onChange();
        if (this.#closed.signal.aborted) await client.end();
        await lost.promise;
      } catch {
        // The database is away: what is remembered is dropped, and it is tried again after the pause.
        client.end().catch(() => undefined);
      }
      this.#isListening = false;
      this.#client = null;
      this.#onChange();
      // Ended early by close, which is no failure.
      await wait(RECONNECT_PAUSE_MS, undefined, { signal: this.#closed.signal, ref: false }).catch(() => undefined);
    }
  }
}
