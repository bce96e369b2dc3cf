import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import {
  checkLedger,
  fundTransfer,
  holdTransfer,
  releaseTransfer,
  settleTransfer,
  type Transfer,
} from '@rerig/domain/ledger';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from './database.ts';
import { postTransfer, readAccounts, readLedger } from './ledger-rows.ts';
import { ensureOrganisation } from './organisations.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-ledger-'));
let store: Store;
let run = 0;
let customerId = '';

function valid(transfer: Transfer | { readonly kind: 'fault' }): Transfer {
  if (isFault(transfer) || transfer.kind === 'fault') expect.fail('a transfer was refused');
  return transfer;
}

async function balances(): Promise<Record<string, bigint>> {
  const accounts = await readAccounts(store.database);
  return Object.fromEntries(accounts.map(({ accountId, balanceMicroUsd }) => [accountId, balanceMicroUsd]));
}

beforeAll(async () => {
  const opened = await openStore(dataFolder);
  if (isFault(opened)) expect.fail(`${opened.what} ${opened.why}`);
  store = opened;
  await ensureOrganisation(store.database, { organisationId: 'op', name: 'Operator', role: 'operator' });
});

afterAll(async () => {
  await store?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

beforeEach(async () => {
  run += 1;
  customerId = `cust${run}`;
  await ensureOrganisation(store.database, { organisationId: customerId, name: 'Customer', role: 'customer' });
  await postTransfer(store.database, valid(fundTransfer(`fund:${run}`, customerId, 1_000n)));
});

describe('the ledger in PostgreSQL', () => {
  it('keeps balances through fund, hold, settle and release, and checks as right', async () => {
    const first = valid(holdTransfer(`hold:${run}a`, customerId, 600n));
    const second = valid(holdTransfer(`hold:${run}b`, customerId, 300n));
    for (const transfer of [first, second]) expect(await postTransfer(store.database, transfer)).toBe('posted');
    const split = { customerId, shares: [{ operatorId: 'op', operatorMicroUsd: 85n }], feeMicroUsd: 15n };
    await postTransfer(store.database, valid(settleTransfer(`settle:${run}a`, first, split)));
    await postTransfer(store.database, valid(releaseTransfer(`release:${run}b`, second, customerId)));
    const standing = await balances();
    expect([standing[`credit:${customerId}`], standing[`held:${customerId}`]]).toEqual([900n, 0n]);
    expect(checkLedger(await readLedger(store.database))).toEqual([]);
  });

  it('changes nothing when a transfer is posted twice, and refuses another under its id', async () => {
    const hold = valid(holdTransfer(`hold:${run}`, customerId, 10n));
    expect(await postTransfer(store.database, hold)).toBe('posted');
    expect(await postTransfer(store.database, hold)).toBe('already-posted');
    const other = valid(holdTransfer(`hold:${run}`, customerId, 11n));
    expect(await postTransfer(store.database, other)).toMatchObject({ code: 'ledger-transfer-conflict' });
    expect((await balances())[`held:${customerId}`]).toBe(10n);
  });

  it('closes a hold once, whichever of settle and release comes second', async () => {
    const hold = valid(holdTransfer(`hold:${run}`, customerId, 10n));
    await postTransfer(store.database, hold);
    await postTransfer(store.database, valid(releaseTransfer(`release:${run}`, hold, customerId)));
    const split = { customerId, shares: [{ operatorId: 'op', operatorMicroUsd: 5n }], feeMicroUsd: 0n };
    const late = await postTransfer(store.database, valid(settleTransfer(`settle:${run}`, hold, split)));
    expect(late).toMatchObject({ code: 'ledger-hold-closed', retry: 'never' });
  });

  it('refuses to hold more than the credit, also from 20 sides at once', async () => {
    const holds = Array.from({ length: 20 }, (_, index) =>
      valid(holdTransfer(`hold:${run}:${index}`, customerId, 150n)),
    );
    const results = await Promise.all(holds.map((hold) => postTransfer(store.database, hold)));
    expect(results.filter((result) => result === 'posted')).toHaveLength(6);
    for (const result of results) if (isFault(result)) expect(result.code).toBe('ledger-insufficient-credit');
    expect((await balances())[`credit:${customerId}`]).toBe(100n);
    expect(checkLedger(await readLedger(store.database))).toEqual([]);
  });

  it('refuses a transfer on an account that does not exist', async () => {
    const transfer = valid(fundTransfer(`fund:nobody${run}`, 'nobody', 10n));
    expect(await postTransfer(store.database, transfer)).toMatchObject({ code: 'ledger-account-unknown' });
  });
});

describe('the database itself refuses', () => {
  const wrong = (id: string, kind: string, closes: string | null, lines: string) => sql`
    with t as (insert into ledger_transfer (transfer_id, kind, closes_transfer_id)
      values (${id}, ${kind}, ${closes}) returning transfer_id)
    insert into ledger_posting select transfer_id, line.* from t, (values ${sql.raw(lines)}) as line`;

  it('a transfer that does not sum to zero, or has no postings', async () => {
    const unbalanced = wrong(
      `bad:${run}`,
      'fund',
      null,
      `('world:exchange', -5::bigint), ('credit:${customerId}', 6::bigint)`,
    );
    await expect(unbalanced.execute(store.database)).rejects.toMatchObject({ constraint: 'ledger_transfer_is_whole' });
    const empty = sql`insert into ledger_transfer (transfer_id, kind) values ('empty', 'fund')`;
    await expect(empty.execute(store.database)).rejects.toMatchObject({ constraint: 'ledger_transfer_is_whole' });
  });

  it('a closing that takes less than was held', async () => {
    const hold = valid(holdTransfer(`hold:${run}`, customerId, 10n));
    await postTransfer(store.database, hold);
    const part = `('held:${customerId}', -4::bigint), ('credit:${customerId}', 4::bigint)`;
    const partial = wrong(`release:${run}`, 'release', `hold:${run}`, part);
    await expect(partial.execute(store.database)).rejects.toMatchObject({ constraint: 'ledger_closes_whole_hold' });
  });

  it('a posting added to a transfer that was posted before', async () => {
    const late = sql`insert into ledger_posting values (${`fund:${run}`}, 'fee:exchange', 1)`;
    await expect(late.execute(store.database)).rejects.toMatchObject({ constraint: 'ledger_late_posting' });
  });

  it.each([
    ['update ledger_posting set amount_micro_usd = 1', 'ledger_is_immutable'],
    ['delete from ledger_posting', 'ledger_is_immutable'],
    ["update ledger_transfer set kind = 'fund'", 'ledger_is_immutable'],
    ['truncate ledger_transfer cascade', 'ledger_is_immutable'],
    ['update ledger_account set balance_micro_usd = 7', 'ledger_balance_by_posting_only'],
    ['delete from ledger_account', 'ledger_is_immutable'],
    ["insert into ledger_account values ('earned:x', 'earned', 'x', 5)", 'ledger_account_starts_empty'],
  ])('"%s"', async (statement, constraint) => {
    await expect(sql.raw(statement).execute(store.database)).rejects.toMatchObject({ constraint });
    expect(checkLedger(await readLedger(store.database))).toEqual([]);
  });
});
