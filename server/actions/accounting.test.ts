import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { fundTransfer } from '@rerig/domain/ledger';
import { freezeTerms, type Lease } from '@rerig/domain/market';
import type { Delivery } from '@rerig/gateway/gateway';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store/database.ts';
import { changeKey, changeOrganisation, findKey, type KnownKey } from '../store/keys.ts';
import { postTransfer, readAccounts } from '../store/ledger-rows.ts';
import { ensureLease, ensureOffer } from '../store/market.ts';
import { readClosedRequest } from '../store/meter-rows.ts';
import { ensureOrganisation } from '../store/organisations.ts';
import { Accounting } from './accounting.ts';
import { issueApiKey } from './api-keys.ts';
import { checkStoredLedger } from './check-ledger.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-accounting-'));
let store: Store;
let accounting: Accounting;
let key: KnownKey;
let leases: readonly Lease[];
let run = 0;
let customerId = '';
let count = 0;
const errors: unknown[] = [];

/** With these terms 20 + 40 tokens cost 9 micro-USD, and 100 + 100 tokens 25. */
const terms = {
  priceMicroUsdPerMillionPromptTokens: 50_000n,
  priceMicroUsdPerMillionCompletionTokens: 200_000n,
  feePartsPerMillion: 150_000n,
};
const bounds = { promptTokens: 100, completionTokens: 100 };

function delivered(promptTokens = 20, completionTokens = 40): Delivery {
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  return { outcome: 'completed', usage, durationMs: 12.4, firstTokenMs: 3.2, replicaId: 'replica-1' };
}

async function leaseAt(index = 0): Promise<Lease> {
  const lease = leases[index];
  return lease ?? expect.fail('there is no such lease');
}

async function admit(priority: 'live' | 'batch' = 'live', leaseIndex = 0, wanted = bounds) {
  count += 1;
  const requestId = `request-${count}`;
  const lease = await leaseAt(leaseIndex);
  const admission = { requestId, model: lease.model, bounds: wanted, priority };
  return { requestId, refused: await accounting.admit(key, lease, admission) };
}

async function balanceOf(kind: string, ownerId: string): Promise<bigint> {
  const accounts = await readAccounts(store.database);
  return accounts.find(({ accountId }) => accountId === `${kind}:${ownerId}`)?.balanceMicroUsd ?? 0n;
}

async function checked() {
  const report = await checkStoredLedger(dataFolder);
  return isFault(report) ? expect.fail(report.why) : report;
}

/** Opens the books as a start does. One that was open before and not closed is left as a crash would leave it. */
async function open(): Promise<void> {
  errors.length = 0;
  const opened = await Accounting.open(store, (error) => errors.push(error));
  accounting = opened.accounting;
}

beforeAll(async () => {
  const opened = await openStore(dataFolder);
  if (isFault(opened)) expect.fail(opened.why);
  store = opened;
}, 60_000);

beforeEach(async () => {
  run += 1;
  customerId = `customer-${run}`;
  await ensureOrganisation(store.database, { organisationId: customerId, name: customerId, role: 'customer' });
  const fund = fundTransfer(`fund:${run}`, customerId, 1000n);
  if (isFault(fund)) expect.fail(fund.why);
  await postTransfer(store.database, fund);
  const made: Lease[] = [];
  for (const [index, operatorId] of ['operator-a', 'operator-b'].entries()) {
    await ensureOrganisation(store.database, { organisationId: operatorId, name: operatorId, role: 'operator' });
    const offer = { offerId: `offer-${index}`, operatorId, model: `model-${index}`, terms };
    await ensureOffer(store.database, offer);
    const lease = freezeTerms(`lease-${run}-${index}`, customerId, offer);
    await ensureLease(store.database, lease);
    made.push(lease);
  }
  leases = made;
  await issueApiKey(store.database, customerId, `key-${run}`);
  key = (await findKey(store.database, { apiKeyId: `key-${run}` })) ?? expect.fail('the key is unknown');
  await open();
});

afterEach(async () => {
  await accounting.close();
  expect((await checked()).errors).toEqual([]);
});

afterAll(async () => {
  await store?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('a request', () => {
  it('is metered durably when it ends, and charged by its use with the fee split off', async () => {
    const earnedBefore = await balanceOf('earned', 'operator-a');
    const feeBefore = await balanceOf('fee', 'exchange');
    const { requestId, refused } = await admit();
    expect(refused).toBeNull();
    expect(accounting.heldFor(customerId).reservedMicroUsd).toBe(25n);
    expect(await accounting.settle(requestId, delivered())).toBeNull();
    expect(await readClosedRequest(store.database, requestId)).toMatchObject({
      status: 'settled',
      chargeMicroUsd: 9n,
      durationMs: 12,
      chargeTransferId: null,
    });
    await accounting.chargeAll();
    expect(await balanceOf('credit', customerId)).toBe(991n);
    expect(await balanceOf('held', customerId)).toBe(0n);
    expect((await balanceOf('earned', 'operator-a')) - earnedBefore).toBe(8n);
    expect((await balanceOf('fee', 'exchange')) - feeBefore).toBe(1n);
    expect(await readClosedRequest(store.database, requestId)).toMatchObject({ chargeTransferId: expect.any(String) });
  });

  it('is charged once, however often it is settled, from many sides at once', async () => {
    const { requestId } = await admit();
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) => accounting.settle(requestId, delivered(20, 40 + index))),
    );
    expect(results).toEqual(results.map(() => null));
    expect(await accounting.settle(requestId, delivered(90, 90))).toBeNull();
    await accounting.chargeAll();
    expect(await balanceOf('credit', customerId)).toBe(991n);
  });

  it('that used nothing is recorded and costs nothing, and one that used more than its bounds costs its bounds', async () => {
    const nothing = await admit();
    await accounting.settle(nothing.requestId, { ...delivered(0, 0), outcome: 'refused' });
    expect(await readClosedRequest(store.database, nothing.requestId)).toMatchObject({ status: 'released' });
    const lying = await admit();
    await accounting.settle(lying.requestId, delivered(20, 9_000_000_000_000_000));
    await accounting.chargeAll();
    expect(await balanceOf('credit', customerId)).toBe(975n);
  });

  it('of batch work costs half', async () => {
    const { requestId } = await admit('batch');
    expect(accounting.heldFor(customerId).reservedMicroUsd).toBe(13n);
    await accounting.settle(requestId, delivered());
    expect(await readClosedRequest(store.database, requestId)).toMatchObject({ chargeMicroUsd: 5n, priority: 'batch' });
  });

  it('is refused when the credit that is not reserved does not cover it, and never before', async () => {
    const admitted = await Promise.all(Array.from({ length: 45 }, (_, index) => admit('live', index % 2)));
    expect(admitted.filter(({ refused }) => refused === null)).toHaveLength(40);
    expect(admitted.find(({ refused }) => refused !== null)?.refused).toMatchObject({ code: 'insufficient_quota' });
    for (const { requestId, refused } of admitted.slice(0, 20)) {
      expect(refused).toBeNull();
      await accounting.settle(requestId, delivered());
    }
    // 20 × 9 are spent and 20 × 25 reserved of 1000: 320 are left for 12 more.
    const more = await Promise.all(Array.from({ length: 14 }, () => admit()));
    expect(more.filter(({ refused }) => refused === null)).toHaveLength(12);
  });

  it('of another lease of the customer finds the credit that the first does not need', async () => {
    const first = await admit('live', 0);
    const second = await admit('live', 1, { promptTokens: 0, completionTokens: 4875 });
    expect([first.refused, second.refused]).toEqual([null, null]);
    expect((await admit('live', 1, { promptTokens: 0, completionTokens: 5 })).refused).toMatchObject({
      code: 'insufficient_quota',
    });
    await accounting.settle(first.requestId, delivered());
    await accounting.settle(second.requestId, delivered());
    await accounting.chargeAll();
    expect(await balanceOf('credit', customerId)).toBe(982n);
  });

  it('that a crash left open is released at the next start, and one whose row stands is charged', async () => {
    const [ended] = [await admit(), await admit()];
    await accounting.settle(ended.requestId, delivered());
    const crashed = accounting;
    await open();
    expect(await balanceOf('credit', customerId)).toBe(991n);
    expect(await balanceOf('held', customerId)).toBe(0n);
    expect(await checked()).toMatchObject({ openHoldCount: 0, unchargedRequestCount: 0 });
    // The row of a request that the crashed process still had can join no block that is closed.
    const late = await crashed.settle('request-unknown', delivered());
    expect(late).toBeNull();
  });

  it('has what is idle given back within some seconds', async () => {
    const { requestId } = await admit();
    await accounting.settle(requestId, delivered());
    await expect.poll(() => balanceOf('held', customerId), { timeout: 10_000 }).toBe(0n);
    expect(await balanceOf('credit', customerId)).toBe(991n);
  });
});

describe('a cap of a month', () => {
  it.each(['key', 'organisation'] as const)(
    'of the %s is kept by what is reserved and what is spent',
    async (whose) => {
      const cap = { monthlyCapMicroUsd: 60n };
      if (whose === 'key') await changeKey(store.database, key.caller.apiKeyId, cap);
      else await changeOrganisation(store.database, customerId, cap);
      key = (await findKey(store.database, { apiKeyId: key.caller.apiKeyId })) ?? expect.fail('the key is unknown');
      const admitted = [await admit(), await admit(), await admit()];
      expect(admitted.map(({ refused }) => refused?.code ?? null)).toEqual([null, null, 'insufficient_quota']);
      for (const { requestId } of admitted.slice(0, 2)) await accounting.settle(requestId, delivered());
      const [third, fourth] = [await admit(), await admit()];
      expect(third.refused).toBeNull();
      expect(fourth.refused?.why).toContain(`${whose}'s cap of $0.00006 a month`);
      await accounting.settle(third.requestId, delivered());
      // 27 are spent: after a restart that is known, and 25 more are within the cap, but not 50.
      await accounting.close();
      await open();
      const after = [await admit(), await admit()];
      expect(after.map(({ refused }) => refused?.code ?? null)).toEqual([null, 'insufficient_quota']);
    },
  );
});

describe('the totals', () => {
  it('count what is metered at once, what is open, and stay the same over a restart', async () => {
    const before = accounting.activity();
    const [ended] = [await admit(), await admit()];
    await accounting.settle(ended.requestId, delivered());
    const during = accounting.activity();
    expect(during).toMatchObject({
      openRequestCount: 1,
      requestCount: before.requestCount + 1,
      completionTokens: before.completionTokens + 40,
      chargedMicroUsd: before.chargedMicroUsd + 9n,
    });
    await open();
    expect(accounting.activity()).toEqual({ ...during, openRequestCount: 0 });
  });
});
