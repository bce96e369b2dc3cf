import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { fundTransfer } from '@rerig/domain/ledger';
import { freezeTerms, type Lease } from '@rerig/domain/market';
import type { Delivery } from '@rerig/gateway/gateway';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStore, type Store } from '../store/database.ts';
import { findKey, type KnownKey } from '../store/keys.ts';
import { postTransfer, readAccounts } from '../store/ledger-rows.ts';
import { ensureLease, ensureOffer } from '../store/market.ts';
import { ensureOrganisation } from '../store/organisations.ts';
import { Accounting } from './accounting.ts';
import { issueApiKey } from './api-keys.ts';
import { checkStoredLedger } from './check-ledger.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-allowance-'));
const FUNDED_MICRO_USD = 3000n;
const SETTLE_WITHIN_MS = 10_000;
const SETTLE_PAUSE_MS = 50;
/** More than the store holds. */
const CONNECTIONS_MAX = 16;
/** One micro-USD a token, of which a seventh is the fee: amounts are counts. */
const terms = {
  priceMicroUsdPerMillionPromptTokens: 1_000_000n,
  priceMicroUsdPerMillionCompletionTokens: 1_000_000n,
  feePartsPerMillion: 142_857n,
};
let store: Store;
let runCount = 0;

beforeAll(async () => {
  const opened = await openStore(dataFolder);
  if (isFault(opened)) expect.fail(opened.why);
  store = opened;
}, 60_000);

afterAll(async () => {
  await store?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

async function newCustomer(): Promise<{ readonly key: KnownKey; readonly leases: readonly Lease[] }> {
  runCount += 1;
  const customerId = `customer-${runCount}`;
  await ensureOrganisation(store.database, { organisationId: customerId, name: customerId, role: 'customer' });
  const fund = fundTransfer(`fund:${runCount}`, customerId, FUNDED_MICRO_USD);
  if (isFault(fund)) expect.fail(fund.why);
  await postTransfer(store.database, fund);
  const leases: Lease[] = [];
  for (const operatorId of ['operator-a', 'operator-b']) {
    await ensureOrganisation(store.database, { organisationId: operatorId, name: operatorId, role: 'operator' });
    const offer = { offerId: `offer-${operatorId}`, operatorId, model: operatorId, terms };
    await ensureOffer(store.database, offer);
    const lease = freezeTerms(`lease-${runCount}-${operatorId}`, customerId, offer);
    await ensureLease(store.database, lease);
    leases.push(lease);
  }
  await issueApiKey(store.database, customerId, `key-${runCount}`);
  const key = await findKey(store.database, { apiKeyId: `key-${runCount}` });
  return { key: key ?? expect.fail('the key is unknown'), leases };
}

/** Ends connections of the store as a failing database does, but the one that holds the server's lock. */
async function breakConnections(): Promise<void> {
  const ended = sql`select pg_terminate_backend(pid) from pg_stat_activity as activity
    where application_name = 'rerig' and pid <> pg_backend_pid()
      and not exists (select from pg_locks where pg_locks.pid = activity.pid and locktype = 'advisory' and objid = 7374747)`;
  // It may be given a connection that was broken before.
  await vi.waitFor(() => ended.execute(store.database), { timeout: SETTLE_WITHIN_MS, interval: SETTLE_PAUSE_MS });
}

/** Waits until each connection that the store may hold answers: a start of the exchange opens new ones. */
async function soundConnections(): Promise<void> {
  await vi.waitFor(
    () => Promise.all(Array.from({ length: CONNECTIONS_MAX }, () => sql`select 1`.execute(store.database))),
    { timeout: SETTLE_WITHIN_MS, interval: SETTLE_PAUSE_MS },
  );
}

/** One start of the books, from its opening to a crash, with what its clients were told. */
class Life {
  readonly accounting: Accounting;
  readonly #key: KnownKey;
  readonly #leases: readonly Lease[];
  readonly #told: Map<string, bigint>;
  readonly #open: { readonly requestId: string; readonly bound: number }[] = [];
  readonly #admitting = new Set<Promise<void>>();
  readonly #settling = new Set<Promise<void>>();

  constructor(
    accounting: Accounting,
    customer: { readonly key: KnownKey; readonly leases: readonly Lease[] },
    told: Map<string, bigint>,
  ) {
    this.accounting = accounting;
    this.#key = customer.key;
    this.#leases = customer.leases;
    this.#told = told;
  }

  admit(requestId: string, bound: number, leaseIndex: number): void {
    const lease = this.#leases[leaseIndex] ?? expect.fail('there is no such lease');
    const bounds = { promptTokens: 0, completionTokens: bound };
    const work = async () => {
      const admission = { requestId, model: lease.model, bounds, priority: 'live' as const };
      const refused = await this.accounting.admit(this.#key, lease, admission);
      if (refused === null) this.#open.push({ requestId, bound });
      else expect(['insufficient_quota', 'accounting_unavailable']).toContain(refused.code);
      this.check();
    };
    track(this.#admitting, work());
  }

  /** Settles an open request as a door does: again and again while the books can't take it. */
  settle(permille: number): void {
    const request = this.#open.shift();
    if (request === undefined) return;
    const { requestId, bound } = request;
    const used = Math.floor((bound * permille) / 1000);
    const usage = { prompt_tokens: 0, completion_tokens: used, total_tokens: used };
    const delivery: Delivery = { outcome: 'completed', usage, durationMs: 1, firstTokenMs: null, replicaId: null };
    const work = async () => {
      await vi.waitFor(async () => expect(await this.accounting.settle(requestId, delivery)).toBeNull(), {
        timeout: SETTLE_WITHIN_MS,
        interval: SETTLE_PAUSE_MS,
      });
      this.#told.set(requestId, BigInt(used));
      this.check();
    };
    track(this.#settling, work());
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#admitting, ...this.#settling]);
  }

  check(): void {
    const { heldMicroUsd, reservedMicroUsd, meteredMicroUsd } = this.accounting.heldFor(
      this.#key.caller.organisationId,
    );
    expect(reservedMicroUsd >= 0n && meteredMicroUsd >= 0n).toBe(true);
    expect(reservedMicroUsd + meteredMicroUsd <= heldMicroUsd).toBe(true);
  }
}

function track(set: Set<Promise<void>>, work: Promise<void>): void {
  set.add(work);
}

/** A charge that meets a broken connection fails, and is made by the next. */
async function chargeOrFail(accounting: Accounting): Promise<void> {
  await accounting.chargeAll().catch((error: unknown) => expect(error).toBeInstanceOf(Error));
}

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('admit'), amount: fc.integer({ min: 1, max: 700 }) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('settle'), amount: fc.integer({ min: 0, max: 1000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('charge'), amount: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait'), amount: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break'), amount: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash'), amount: fc.constant(0) }) },
);

describe('the allowance', () => {
  it('never has more drawn than is held, and loses nothing that was acknowledged, whatever comes, fails or crashes', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        await soundConnections();
        const customer = await newCustomer();
        const customerId = customer.key.caller.organisationId;
        const told = new Map<string, bigint>();
        const begin = async () => {
          await soundConnections();
          // A life that has crashed finds its blocks closed: what it says of that is expected.
          const { accounting } = await Accounting.open(store, () => undefined);
          return new Life(accounting, customer, told);
        };
        let life = await begin();
        for (const [index, { kind, amount }] of steps.entries()) {
          if (kind === 'admit') life.admit(`r-${runCount}-${index}`, amount, index % 2);
          else if (kind === 'settle') life.settle(amount);
          else if (kind === 'charge') await chargeOrFail(life.accounting);
          else if (kind === 'wait') await life.ended();
          else if (kind === 'break') await breakConnections();
          else {
            await life.ended();
            life = await begin();
          }
        }
        await life.ended();
        // The last life crashes too: the next start must bring all in order.
        await begin();
        await soundConnections();
        await proveBooks(customerId, told);
      }),
      { numRuns: 15 },
    );
  });
});

async function proveBooks(customerId: string, told: ReadonlyMap<string, bigint>): Promise<void> {
  const report = await checkStoredLedger(dataFolder);
  if (isFault(report)) expect.fail(report.why);
  expect(report.errors).toEqual([]);
  const accounts = new Map((await readAccounts(store.database)).map((row) => [row.accountId, row.balanceMicroUsd]));
  const rows = await store.database
    .selectFrom('inference_request')
    .innerJoin('lease', 'lease.lease_id', 'inference_request.lease_id')
    .select(['request_id', 'charge_micro_usd'])
    .where('customer_id', '=', customerId)
    .execute();
  const charges = new Map(rows.map((row) => [row.request_id, row.charge_micro_usd]));
  for (const [requestId, charge] of told) expect(charges.get(requestId)).toBe(charge);
  const charged = [...charges.values()].reduce((sum, charge) => sum + charge, 0n);
  expect(accounts.get(`credit:${customerId}`)).toBe(FUNDED_MICRO_USD - charged);
  expect(accounts.get(`held:${customerId}`)).toBe(0n);
}
