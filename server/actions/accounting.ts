import { type Fault, InvariantError, isFault } from '@rerig/domain/fault';
import type { Lease } from '@rerig/domain/market';
import { chargeFor, chargeWithin, mostCostMicroUsd } from '@rerig/domain/metering';
import type { MicroUsd } from '@rerig/domain/quantity';
import type { Admission, Delivery } from '@rerig/gateway/gateway';
import { sql } from 'kysely';
import { closeOpenHolds } from '../store/blocks.ts';
import type { Store } from '../store/database.ts';
import type { KnownKey } from '../store/keys.ts';
import { type RequestTotals, readChargedTotals, readMonthCharges } from '../store/month-use.ts';
import { Allowance } from './allowance.ts';
import { type MeterEntry, MeterWriter } from './meter-writer.ts';
import { capRefusal, monthOf, Spending } from './spending.ts';
import { orUnavailable } from './unavailable.ts';

/** A request that was admitted and has not ended. */
interface OpenRequest {
  readonly admission: Admission;
  readonly lease: Lease;
  readonly allowance: Allowance;
  readonly spent: { readonly key: Spending; readonly organisation: Spending };
  readonly apiKeyId: string;
  readonly boundMicroUsd: MicroUsd;
  readonly openedAtMs: number;
  /** While its row is being written. */
  writing: Promise<Fault | null> | null;
  /** When its row was last not written. */
  failedAtMs: number | null;
}

/** Totals of the exchange, those metered since the last charge included. */
export interface Activity extends RequestTotals {
  readonly openRequestCount: number;
}

/** Customers whose blocks are changed at once by the charging loop. */
const CHARGED_AT_ONCE = 4;
const CHARGE_EVERY_MS = 1_000;
/** How often a database that is away is asked whether it is back. */
const PROBE_EVERY_MS = 250;
/** A request whose row could not be written is given up after this: its door tries for some 15 s. */
const GIVE_UP_MS = 60_000;
/** Most spendings that are remembered; past it, those that are charged are dropped and read again. */
const SPENDINGS_MAX = 50_000;

/**
 * What requests cost: each is admitted within credit and caps, metered durably when it ends, and charged with others
 * of its customer within some seconds. In memory is what is reserved; in the store, all that was ever metered.
 */
export class Accounting {
  readonly #store: Pick<Store, 'database' | 'pool'>;
  readonly #writer: MeterWriter;
  readonly #open = new Map<string, OpenRequest>();
  readonly #allowances = new Map<string, Allowance>();
  readonly #spendings = new Map<string, Spending>();
  readonly #loading = new Map<string, Promise<Fault | null>>();
  readonly #onError: (error: unknown) => void;
  readonly #chargeTimer: NodeJS.Timeout;
  #fault: Fault | null = null;
  #isClosed = false;
  #probeTimer: NodeJS.Timeout | null = null;
  #charging: Promise<void> | null = null;
  #totals: RequestTotals;

  private constructor(
    store: Pick<Store, 'database' | 'pool'>,
    totals: RequestTotals,
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#onError = onError;
    this.#totals = totals;
    this.#writer = new MeterWriter(
      store.pool,
      () => this.#open.size,
      (fault) => this.#failed(fault),
    );
    this.#chargeTimer = setInterval(() => void this.#chargeDue(), CHARGE_EVERY_MS);
    this.#chargeTimer.unref();
  }

  /**
   * Opens the books under the server's lock: what a crash left metered is charged, and every hold that it left open is
   * closed. `closedHoldCount` says how many. `onError` is told of broken invariants outside any request.
   */
  static async open(
    store: Pick<Store, 'database' | 'pool'>,
    onError: (error: unknown) => void,
  ): Promise<{ readonly accounting: Accounting; readonly closedHoldCount: number }> {
    const closedHoldCount = await closeOpenHolds(store.database);
    const accounting = new Accounting(store, await readChargedTotals(store.database), onError);
    return { accounting, closedHoldCount };
  }

  /** Admits a request of `key` under `lease`, or says why not. Nothing is written for it yet. */
  async admit(key: KnownKey, lease: Lease, admission: Admission): Promise<Fault | null> {
    if (this.#fault !== null) return this.#fault;
    if (this.#open.has(admission.requestId)) throw new InvariantError(`request ${admission.requestId} is open already`);
    const { apiKeyId, organisationId } = key.caller;
    const spent = this.#spent(apiKeyId, organisationId) ?? (await this.#loadSpent(apiKeyId, organisationId));
    if (isFault(spent)) return spent;
    const boundMicroUsd = mostCostMicroUsd(admission.bounds, lease.terms, admission.priority);
    const openedAtMs = Date.now();
    const overCap = capRefusal(key.caps, spent, monthOf(openedAtMs), boundMicroUsd);
    if (overCap !== null) return overCap;
    spent.key.reserve(boundMicroUsd);
    spent.organisation.reserve(boundMicroUsd);
    const allowance = this.#allowanceOf(lease.customerId);
    const request = { admission, lease, allowance, spent, apiKeyId, boundMicroUsd, openedAtMs };
    this.#open.set(admission.requestId, { ...request, writing: null, failedAtMs: null });
    const waited = allowance.reserve(boundMicroUsd);
    if (waited === null) return null;
    let refused: Fault | null = null;
    try {
      refused = await waited;
    } catch (error) {
      this.#forget(admission.requestId, spent, boundMicroUsd);
      throw error;
    }
    if (refused !== null) this.#forget(admission.requestId, spent, boundMicroUsd);
    return refused;
  }

  /** Meters a request's end, durably. Null: its row stands, by this call or another. A Fault: it may be called again. */
  async settle(requestId: string, delivery: Delivery): Promise<Fault | null> {
    const request = this.#open.get(requestId);
    if (request === undefined) return null;
    request.writing ??= this.#writer.write(this.#entry(request, delivery)).finally(() => {
      request.writing = null;
    });
    const refused = await request.writing;
    if (refused !== null) {
      request.failedAtMs = performance.now();
      // Whether its row stands is not known: only the store's sum of the block tells.
      request.allowance.doubt();
    }
    return refused;
  }

  /** Totals of all that was ever metered, and how many requests are open now. */
  activity(): Activity {
    return { ...this.#totals, openRequestCount: this.#open.size };
  }

  /** What is held for a customer, and what of it is spoken for, in micro-USD. */
  heldFor(customerId: string) {
    return this.#allowances.get(customerId)?.held ?? { heldMicroUsd: 0n, reservedMicroUsd: 0n, meteredMicroUsd: 0n };
  }

  /** Charges all that is metered, and gives back all that is held and not reserved. */
  async chargeAll(): Promise<void> {
    await this.#charging;
    await Promise.all([...this.#allowances.values()].map((allowance) => allowance.release()));
  }

  /** Charges what is metered and stops. Rows that are being written are waited for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#chargeTimer);
    if (this.#probeTimer !== null) clearTimeout(this.#probeTimer);
    await Promise.allSettled([...this.#open.values()].map(({ writing }) => writing));
    if (this.#fault === null) await this.chargeAll();
  }

  #entry(request: OpenRequest, delivery: Delivery): MeterEntry {
    const { admission, lease, boundMicroUsd, openedAtMs, apiKeyId, allowance } = request;
    const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = delivery.usage;
    const full = chargeFor({ promptTokens, completionTokens }, lease.terms, admission.priority);
    const { chargeMicroUsd, feeMicroUsd } = chargeWithin(full, boundMicroUsd, lease.terms);
    const closedAtMs = Date.now();
    const row = {
      requestId: admission.requestId,
      apiKeyId,
      leaseId: lease.leaseId,
      priority: admission.priority,
      door: admission.door ?? 'chat',
      outcome: delivery.outcome,
      promptTokens,
      completionTokens,
      cachedTokens: delivery.usage.prompt_tokens_details?.cached_tokens ?? 0,
      chargeMicroUsd,
      feeMicroUsd,
      durationMs: delivery.durationMs,
      firstTokenMs: delivery.firstTokenMs,
      replicaId: delivery.replicaId,
      openedAtMs,
      closedAtMs,
    };
    return { row, block: allowance, onDurable: () => this.#metered(request, row) };
  }

  #metered(request: OpenRequest, row: MeterEntry['row']): void {
    const { spent, boundMicroUsd, allowance } = request;
    this.#open.delete(row.requestId);
    allowance.meter(boundMicroUsd, row.chargeMicroUsd);
    const month = monthOf(row.closedAtMs);
    spent.key.spend(month, boundMicroUsd, row.chargeMicroUsd);
    spent.organisation.spend(month, boundMicroUsd, row.chargeMicroUsd);
    this.#totals = {
      requestCount: this.#totals.requestCount + 1,
      promptTokens: this.#totals.promptTokens + row.promptTokens,
      completionTokens: this.#totals.completionTokens + row.completionTokens,
      chargedMicroUsd: this.#totals.chargedMicroUsd + row.chargeMicroUsd,
    };
  }

  #forget(requestId: string, spent: OpenRequest['spent'], boundMicroUsd: MicroUsd): void {
    this.#open.delete(requestId);
    spent.key.giveBack(boundMicroUsd);
    spent.organisation.giveBack(boundMicroUsd);
  }

  #allowanceOf(customerId: string): Allowance {
    const standing = this.#allowances.get(customerId);
    if (standing !== undefined) return standing;
    const allowance: Allowance = new Allowance({
      database: this.#store.database,
      customerId,
      onOpen: () => this.#writer.kick(),
      onFailure: (fault, isAway) => {
        this.#writer.refuse(allowance, fault);
        if (isAway) this.#failed(fault);
      },
    });
    this.#allowances.set(customerId, allowance);
    return allowance;
  }

  #spent(apiKeyId: string, organisationId: string): OpenRequest['spent'] | null {
    const key = this.#spendings.get(`key:${apiKeyId}`);
    const organisation = this.#spendings.get(`organisation:${organisationId}`);
    return key === undefined || organisation === undefined ? null : { key, organisation };
  }

  /** Read once, before anything of the key is metered: from then on, what is remembered is all that is spent. */
  async #loadSpent(apiKeyId: string, organisationId: string): Promise<OpenRequest['spent'] | Fault> {
    const loading = this.#loading.get(organisationId) ?? Promise.resolve(null);
    const own = loading.then(() => this.#readSpent(apiKeyId, organisationId));
    this.#loading.set(organisationId, own);
    const refused = await own.finally(() => {
      if (this.#loading.get(organisationId) === own) this.#loading.delete(organisationId);
    });
    if (isFault(refused)) return refused;
    const spent = this.#spent(apiKeyId, organisationId);
    if (spent === null) throw new InvariantError(`what key ${apiKeyId} spent is not known`);
    return spent;
  }

  #readSpent(apiKeyId: string, organisationId: string): Promise<Fault | null> {
    return orUnavailable(async () => {
      if (this.#spent(apiKeyId, organisationId) !== null) return null;
      const month = monthOf(Date.now());
      const charges = await readMonthCharges(this.#store.database, apiKeyId, organisationId, month);
      const [ofKey, ofAll] = [`key:${apiKeyId}`, `organisation:${organisationId}`];
      if (!this.#spendings.has(ofKey))
        this.#spendings.set(ofKey, new Spending(organisationId, month, charges.keyMicroUsd));
      if (!this.#spendings.has(ofAll))
        this.#spendings.set(ofAll, new Spending(organisationId, month, charges.organisationMicroUsd));
      return null;
    });
  }

  #failed(fault: Fault): void {
    if (this.#fault === null && !this.#isClosed) this.#probe();
    this.#fault = fault;
  }

  #probe(): void {
    this.#probeTimer = setTimeout(async () => {
      const answer = await orUnavailable(() => sql`select 1`.execute(this.#store.database)).catch((error: unknown) => {
        this.#onError(error);
        return this.#fault;
      });
      if (isFault(answer)) return this.#probe();
      this.#fault = null;
      await this.#chargeDue();
    }, PROBE_EVERY_MS);
    this.#probeTimer.unref();
  }

  #chargeDue(): Promise<void> {
    this.#charging ??= this.#chargeOnce().finally(() => {
      this.#charging = null;
    });
    return this.#charging;
  }

  async #chargeOnce(): Promise<void> {
    if (this.#fault !== null) return;
    const nowMs = performance.now();
    const allowances = this.#allowances.entries();
    await Promise.all(Array.from({ length: CHARGED_AT_ONCE }, () => this.#chargeEach(allowances, nowMs)));
    // After the blocks are charged: a row that stands against expectation is in their sums.
    this.#giveUp(nowMs);
    if (this.#spendings.size > SPENDINGS_MAX) this.#dropSpendings();
  }

  async #chargeEach(allowances: Iterable<readonly [string, Allowance]>, nowMs: number): Promise<void> {
    for (const [customerId, allowance] of allowances) {
      try {
        if (allowance.isDue(nowMs)) await allowance.change();
        else if (allowance.isEmpty) this.#allowances.delete(customerId);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** Requests whose doors have given up settling: they are not charged, as their rows do not stand. */
  #giveUp(nowMs: number): void {
    for (const [requestId, { failedAtMs, writing, spent, boundMicroUsd, allowance }] of this.#open) {
      if (failedAtMs === null || writing !== null || nowMs - failedAtMs < GIVE_UP_MS) continue;
      this.#forget(requestId, spent, boundMicroUsd);
      allowance.giveBack(boundMicroUsd);
    }
  }

  /** Of customers without a block all is charged, and can be read again. */
  #dropSpendings(): void {
    for (const [id, { customerId, reservedMicroUsd }] of this.#spendings) {
      if (reservedMicroUsd === 0n && !this.#allowances.has(customerId)) this.#spendings.delete(id);
    }
  }
}
