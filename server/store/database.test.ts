import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, isFault } from '@rerig/domain/fault';
import {
  checkLedger,
  fundTransfer,
  holdTransfer,
  releaseTransfer,
  settleTransfer,
  type Transfer,
} from '@rerig/domain/ledger';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeOpenHolds } from './blocks.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type Database, openStore } from './database.ts';
import { postTransfer, readLedger } from './ledger-rows.ts';
import { readClosedRequest } from './meter-rows.ts';
import * as skeleton from './migrations/0001-skeleton.ts';
import { readChargedTotals } from './month-use.ts';
import { checkMeterRows } from './request-check.ts';
import type { Tables } from './tables.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-migrations-'));
let cluster: Cluster;

const TENANTS = [
  `insert into organisation (organisation_id, name, role) values ('c', 'C', 'customer'), ('o', 'O', 'operator')`,
  `insert into ledger_account (account_id, kind, owner_id) values ('world:exchange', 'world', 'exchange'),
    ('fee:exchange', 'fee', 'exchange'), ('credit:c', 'credit', 'c'), ('held:c', 'held', 'c'), ('earned:o', 'earned', 'o')`,
  `insert into api_key (api_key_id, organisation_id, secret_sha256, hint) values ('k', 'c', repeat('a', 64), 'aaaa')`,
  `insert into offer values ('f', 'o', 'm', 50000, 200000, 150000)`,
  `insert into lease values ('l', 'f', 'o', 'c', 'm', 50000, 200000, 150000)`,
];

/** One request settled for 9 micro-USD, one released, and one that a crash left open: each with a hold of its own. */
async function fillFirstSchema(old: Database): Promise<void> {
  const post = async (transfer: Transfer | Fault) => {
    if (isFault(transfer)) expect.fail(transfer.why);
    expect(await postTransfer(old, transfer)).toBe('posted');
    return transfer;
  };
  for (const statement of TENANTS) await sql.raw(statement).execute(old);
  await post(fundTransfer('fund:1', 'c', 1000n));
  for (const requestId of ['settled', 'released', 'open']) {
    const hold = await post(holdTransfer(`hold:${requestId}`, 'c', 25n));
    await sql`insert into inference_request (request_id, api_key_id, lease_id, hold_transfer_id, status)
      values (${requestId}, 'k', 'l', ${hold.transferId}, 'open')`.execute(old);
    const shares = [{ operatorId: 'o', operatorMicroUsd: 8n }];
    if (requestId === 'settled') {
      await post(settleTransfer('settle:settled', hold, { customerId: 'c', shares, feeMicroUsd: 1n }));
    }
    if (requestId === 'released') await post(releaseTransfer('release:released', hold, 'c'));
  }
  await sql`update inference_request set status = 'settled', outcome = 'completed', prompt_tokens = 20,
    completion_tokens = 40, charge_micro_usd = 9, duration_ms = 12, closed_at = now() where request_id = 'settled'`.execute(
    old,
  );
  await sql`update inference_request set status = 'released', outcome = 'refused', prompt_tokens = 0,
    completion_tokens = 0, charge_micro_usd = 0, duration_ms = 1, closed_at = now() where request_id = 'released'`.execute(
    old,
  );
}

beforeAll(async () => {
  const started = await startCluster(dataFolder);
  if (isFault(started)) expect.fail(started.why);
  cluster = started;
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('a data folder of the first schema', () => {
  it('opens, with its requests readable, its books right, and what a crash left open released', async () => {
    const old = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new pg.Pool(cluster.address) }) });
    const provider = { getMigrations: async () => ({ '0001-skeleton': skeleton }) };
    expect((await new Migrator({ db: old, provider }).migrateToLatest()).error).toBeUndefined();
    await fillFirstSchema(old);
    await old.destroy();

    const store = await openStore(dataFolder);
    if (isFault(store)) expect.fail(store.why);
    expect(await closeOpenHolds(store.database)).toBe(1);
    expect(await readClosedRequest(store.database, 'settled')).toMatchObject({
      status: 'settled',
      chargeMicroUsd: 9n,
      chargeTransferId: 'settle:settled',
    });
    expect(await readClosedRequest(store.database, 'open')).toMatchObject({
      status: 'released',
      outcome: 'interrupted',
    });
    expect(await readChargedTotals(store.database)).toMatchObject({ completionTokens: 40, chargedMicroUsd: 9n });
    const rows = await readLedger(store.database);
    expect(checkLedger(rows)).toEqual([]);
    expect(rows.accounts.find(({ accountId }) => accountId === 'credit:c')?.balanceMicroUsd).toBe(991n);
    expect(await checkMeterRows(store.database)).toEqual({ errors: [], unchargedRequestCount: 0 });
    await store.close();
  }, 60_000);
});
