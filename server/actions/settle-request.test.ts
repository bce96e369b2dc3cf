import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import type { Lease } from '@rerig/domain/market';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store/database.ts';
import { readAccounts } from '../store/ledger-rows.ts';
import { readClosedRequest } from '../store/requests.ts';
import { admitRequest } from './admit-request.ts';
import { authenticate, issueApiKey } from './api-keys.ts';
import { checkStoredLedger } from './check-ledger.ts';
import { demoCustomerId, ensureDemoTenants } from './demo-tenants.ts';
import { recoverInterrupted } from './recover-interrupted.ts';
import { type Delivered, settleRequest } from './settle-request.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-settle-'));
let store: Store;
let lease: Lease;
let caller: { readonly apiKeyId: string; readonly organisationId: string };
let count = 0;

const bounds = { promptTokens: 100, completionTokens: 100 };
const delivered: Delivered = {
  outcome: 'completed',
  promptTokens: 20,
  completionTokens: 40,
  durationMs: 12.4,
  firstTokenMs: 3.2,
};

async function admitted(): Promise<string> {
  count += 1;
  const requestId = `request-${count}`;
  expect(await admitRequest(store.database, caller, lease, requestId, bounds)).toBeNull();
  return requestId;
}

async function balanceOf(accountId: string): Promise<bigint> {
  const accounts = await readAccounts(store.database);
  return accounts.find((account) => account.accountId === accountId)?.balanceMicroUsd ?? 0n;
}

async function ledgerErrors() {
  const report = await checkStoredLedger(dataFolder);
  return isFault(report) ? [report] : report.errors;
}

beforeAll(async () => {
  const opened = await openStore(dataFolder);
  if (isFault(opened)) expect.fail(opened.why);
  store = opened;
  const made = await ensureDemoTenants(store.database, 'tiny');
  if (isFault(made)) expect.fail(made.why);
  lease = made;
  caller = await issueApiKey(store.database, demoCustomerId, 'key-1');
});

afterAll(async () => {
  await store?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('a request', () => {
  it('is charged by its use, splits between operator and fee, and gives the rest of its hold back', async () => {
    const before = await Promise.all(['credit:demo-customer', 'earned:demo-operator', 'fee:exchange'].map(balanceOf));
    const requestId = await admitted();
    expect(await balanceOf('held:demo-customer')).toBe(25n);
    expect(await settleRequest(store.database, requestId, delivered)).toBeNull();
    const after = await Promise.all(['credit:demo-customer', 'earned:demo-operator', 'fee:exchange'].map(balanceOf));
    expect(after.map((balance, index) => balance - (before[index] ?? 0n))).toEqual([-9n, 8n, 1n]);
    expect(await balanceOf('held:demo-customer')).toBe(0n);
    expect(await readClosedRequest(store.database, requestId)).toMatchObject({
      status: 'settled',
      chargeMicroUsd: 9n,
      durationMs: 12,
    });
  });

  it('is charged once, however often and however differently it is settled, from many sides at once', async () => {
    const before = await balanceOf('credit:demo-customer');
    const requestId = await admitted();
    const tries = Array.from({ length: 8 }, (_, index) => ({ ...delivered, completionTokens: 40 + index }));
    const results = await Promise.all(tries.map((attempt) => settleRequest(store.database, requestId, attempt)));
    expect(results).toEqual(tries.map(() => null));
    const charge = (await readClosedRequest(store.database, requestId))?.chargeMicroUsd ?? 0n;
    expect(before - (await balanceOf('credit:demo-customer'))).toBe(charge);
    expect(await ledgerErrors()).toEqual([]);
  });

  it('that used nothing is released without a charge', async () => {
    const before = await balanceOf('credit:demo-customer');
    const requestId = await admitted();
    await settleRequest(store.database, requestId, {
      ...delivered,
      outcome: 'refused',
      promptTokens: 0,
      completionTokens: 0,
    });
    expect(await readClosedRequest(store.database, requestId)).toMatchObject({
      status: 'released',
      chargeMicroUsd: 0n,
    });
    expect(await balanceOf('credit:demo-customer')).toBe(before);
  });

  it('never costs more than was held for it', async () => {
    const before = await balanceOf('credit:demo-customer');
    const requestId = await admitted();
    await settleRequest(store.database, requestId, { ...delivered, completionTokens: 1_000_000 });
    expect(before - (await balanceOf('credit:demo-customer'))).toBe(25n);
    expect(await ledgerErrors()).toEqual([]);
  });

  it('is refused when its hold is above the credit', async () => {
    const refused = await admitRequest(store.database, caller, lease, 'too-dear', {
      promptTokens: 0,
      completionTokens: 1e9,
    });
    expect(refused).toMatchObject({ code: 'insufficient_quota', retry: 'after-mend' });
    expect(await ledgerErrors()).toEqual([]);
  });

  it('that a crash left open is released at the next start, once', async () => {
    const before = await balanceOf('credit:demo-customer');
    const requestId = await admitted();
    expect(await recoverInterrupted(store.database)).toBe(1);
    expect(await recoverInterrupted(store.database)).toBe(0);
    expect(await readClosedRequest(store.database, requestId)).toMatchObject({
      status: 'released',
      outcome: 'interrupted',
    });
    expect(await balanceOf('credit:demo-customer')).toBe(before);
  });

  it('leaves the ledger right in any order of admitting, settling and releasing', async () => {
    const action = fc.record({ use: fc.nat(200), order: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 6 }), async (actions) => {
        const open = await Promise.all(
          actions.map(async ({ use, order }) => ({ use, order, requestId: await admitted() })),
        );
        const inOrder = open.toSorted((left, right) => left.order - right.order);
        await Promise.all(
          inOrder.map(({ use, requestId }) =>
            settleRequest(store.database, requestId, { ...delivered, promptTokens: 0, completionTokens: use }),
          ),
        );
        expect(await ledgerErrors()).toEqual([]);
        expect(await balanceOf('held:demo-customer')).toBe(0n);
      }),
      { numRuns: 10 },
    );
  });
});

describe('an API key', () => {
  it('is known by its secret, stored as a hash alone, and no other secret is', async () => {
    const issued = await issueApiKey(store.database, demoCustomerId, 'key-2');
    expect(await authenticate(store.database, issued.secret)).toMatchObject({
      apiKeyId: 'key-2',
      organisationId: demoCustomerId,
    });
    const refused = await authenticate(store.database, `${issued.secret}x`);
    expect(refused).toMatchObject({ code: 'invalid_api_key' });
    const rows = await store.database.selectFrom('api_key').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(issued.secret);
  });

  it('is not shown in a refusal beyond its last 4 characters', async () => {
    const refused = await authenticate(store.database, 'rk-very-secret-value');
    expect(JSON.stringify(refused)).not.toContain('secret-value');
  });
});
