import { type Fault, isFault } from '@rerig/domain/fault';
import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { type Cluster, startCluster } from './cluster.ts';
import { type StoreFaultCode, storeFault } from './faults.ts';
import * as skeleton from './migrations/0001-skeleton.ts';
import * as metering from './migrations/0002-metering.ts';
import * as batches from './migrations/0003-batches.ts';
import type { Tables } from './tables.ts';

/** The database as the actions see it. */
export type Database = Kysely<Tables>;

/** An open store: the database, the cluster below it, and how to close both. */
export interface Store {
  readonly database: Database;
  /** The connections below the database, for statements that are prepared once and run thousands of times a second. */
  readonly pool: pg.Pool;
  readonly cluster: Cluster;
  /** Closes the connections, and the cluster too where this process started it or found it left by a crash. */
  close(): Promise<void>;
}

/** Most connections of one server process; the cluster accepts 60. */
const CONNECTIONS_MAX = 12;
const CONNECT_LIMIT_MS = 10_000;
const STATEMENT_LIMIT_MS = 15_000;
/** A database that says nothing at all is given up after this. */
const ANSWER_LIMIT_MS = 20_000;
/** The advisory lock that one server process holds on its cluster (any constant will do). */
const SERVER_LOCK = 7_374_747;
const LOCK_LIMIT_MS = 5_000;
const POLL_MS = 50;

/**
 * Opens the private store in `dataFolder` for a server: starts the cluster, takes its lock (so that two servers never
 * recover each other's work), and migrates. Refused with `store-in-use` while another server has it.
 */
export async function openStore(dataFolder: string): Promise<Store | Fault<StoreFaultCode>> {
  const cluster = await startCluster(dataFolder);
  if (isFault(cluster)) return cluster;
  const pool = makePool(cluster);
  const lock = await takeLock(pool, dataFolder);
  if (isFault(lock)) {
    await pool.end();
    return lock;
  }
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const refused = await migrate(database);
  const close = async () => {
    lock.release();
    await database.destroy();
    await cluster.stop();
  };
  if (refused !== null) {
    await close();
    return refused;
  }
  return { database, pool, cluster, close };
}

/**
 * Opens the store beside a server that may be running: it has migrated what it runs on; without one, this does. Stops
 * the cluster again only if it started it.
 */
export async function openStoreBeside(dataFolder: string): Promise<Store | Fault<StoreFaultCode>> {
  const cluster = await startCluster(dataFolder);
  if (isFault(cluster)) return cluster;
  const pool = makePool(cluster);
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const close = async () => {
    await database.destroy();
    if (!cluster.wasRunning) await cluster.stop();
  };
  const refused = await migrateAlone(pool, database);
  if (refused === null) return { database, pool, cluster, close };
  await close();
  return refused;
}

function makePool(cluster: Cluster): pg.Pool {
  const pool = new pg.Pool({
    ...cluster.address,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
    query_timeout: ANSWER_LIMIT_MS,
    application_name: 'rerig',
    types: { getTypeParser },
  });
  // A server that stops ends idle connections; without a listener that would end our process too.
  pool.on('error', () => undefined);
  // So would one that breaks while it is lent out and between two statements: its next statement says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** PostgreSQL's `bigint` (oid 20) is read as bigint, never as a rounded number. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === 20 && format !== 'binary' ? (text: string) => BigInt(text) : pg.types.getTypeParser(oid, format);

async function takeLock(pool: pg.Pool, dataFolder: string): Promise<pg.PoolClient | Fault<StoreFaultCode>> {
  const client = await pool.connect();
  const deadline = Date.now() + LOCK_LIMIT_MS;
  // After a crash of ours the old backend needs a moment to notice that its client is gone.
  while (Date.now() < deadline) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [SERVER_LOCK]);
    if (rows[0]?.taken === true) return client;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  client.release();
  return storeFault('store-in-use', {
    what: 'Rerig could not start.',
    why: `Another rerig server already runs on ${dataFolder}.`,
    mend: 'Stop it (Ctrl-C where it runs), or give another folder with --data DIR.',
  });
}

/** Migrates where no server has the store; one that has it has done so. */
async function migrateAlone(pool: pg.Pool, database: Database): Promise<Fault<StoreFaultCode> | null> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [SERVER_LOCK]);
    if (rows[0]?.taken !== true) return null;
    const refused = await migrate(database);
    await client.query('select pg_advisory_unlock($1)', [SERVER_LOCK]);
    return refused;
  } finally {
    client.release();
  }
}

async function migrate(database: Database): Promise<Fault<StoreFaultCode> | null> {
  const provider = {
    getMigrations: async () => ({ '0001-skeleton': skeleton, '0002-metering': metering, '0003-batches': batches }),
  };
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest();
  if (error === undefined) return null;
  return storeFault('store-start-failed', {
    what: 'The database could not be brought up to date.',
    why: error instanceof Error ? error.message : String(error),
    mend: 'Nothing was changed. If the data was made by a newer Rerig, start that one.',
  });
}
