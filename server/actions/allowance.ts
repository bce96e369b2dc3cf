import { randomUUID } from 'node:crypto';
import { type Fault, isFault } from '@rerig/domain/fault';
import { planBlock } from '@rerig/domain/metering';
import { formatMicroUsd, greatestMicroUsd, leastMicroUsd, type MicroUsd } from '@rerig/domain/quantity';
import { gatewayFault } from '@rerig/gateway/gateway';
import { changeBlock, findChange } from '../store/blocks.ts';
import type { Database } from '../store/database.ts';
import type { RowBlock } from './meter-writer.ts';
import { orUnavailable } from './unavailable.ts';

interface Waiter {
  readonly boundMicroUsd: MicroUsd;
  readonly done: PromiseWithResolvers<Fault | null>;
}

/** What an allowance is made from. */
export interface AllowanceParts {
  readonly database: Database;
  readonly customerId: string;
  /** A block is open again: rows that wait for it can be written. */
  readonly onOpen: () => void;
  /** No block is open for now: rows that wait for one can't be written. `isAway`: as the database is. */
  readonly onFailure: (fault: Fault, isAway: boolean) => void;
}

/** A block holds ahead of use this many requests of the greatest bound lately, or the use of `AHEAD_MS`, if that is more. */
const AHEAD_REQUESTS = 64n;
const AHEAD_MS = 2_000;
/** Without a request for this long, what is held ahead of use goes back to the credit. */
const IDLE_MS = 2_000;
/** Most admissions that wait for a block at once. */
const WAITING_MAX = 10_000;

/**
 * One customer's money on hand: a block of it is held in the ledger ahead of use, and requests draw on it in memory.
 * What they reserved and what is metered but not charged is never above what is held. A block is charged and replaced
 * by the next in one transaction; admissions go on meanwhile where both cover them, and wait where they do not.
 */
export class Allowance implements RowBlock {
  readonly customerId: string;
  readonly #parts: AllowanceParts;
  #block: { readonly holdId: string; readonly amountMicroUsd: MicroUsd } | null = null;
  #reservedMicroUsd = 0n;
  #meteredMicroUsd = 0n;
  #waiting: Waiter[] = [];
  #change: Promise<void> | null = null;
  /** Of the block that the change under way opens: what is not promised to those who waited for it. */
  #decidedMicroUsd: MicroUsd | null = null;
  #promised: readonly { readonly waiter: Waiter; readonly isCovered: boolean }[] = [];
  /** A change whose end was not seen. Until it is known, nothing is drawn. */
  #unseen: { readonly closingHoldId: string | null; readonly openingHoldId: string } | null = null;
  #isDoubtful = false;
  #writingCount = 0;
  #onQuiet: (() => void) | null = null;
  #isReleasing = false;
  #lastReservedAtMs = Number.NEGATIVE_INFINITY;
  #openedAtMs = performance.now();
  #greatestMicroUsd = 0n;
  #greatestBeforeMicroUsd = 0n;

  constructor(parts: AllowanceParts) {
    this.#parts = parts;
    this.customerId = parts.customerId;
  }

  /** What is held, and what of it is spoken for. */
  get held() {
    const heldMicroUsd = this.#block?.amountMicroUsd ?? 0n;
    return { heldMicroUsd, reservedMicroUsd: this.#reservedMicroUsd, meteredMicroUsd: this.#meteredMicroUsd };
  }

  /** Whether nothing is held, reserved, or on its way. */
  get isEmpty(): boolean {
    const isQuiet = this.#change === null && this.#waiting.length === 0 && this.#unseen === null;
    return isQuiet && this.#block === null && this.#reservedMicroUsd === 0n;
  }

  get openHoldId(): string | null {
    return this.#change === null && this.#unseen === null ? (this.#block?.holdId ?? null) : null;
  }

  beginWrite(): void {
    this.#writingCount += 1;
  }

  endWrite(): void {
    this.#writingCount -= 1;
    if (this.#writingCount === 0) this.#onQuiet?.();
  }

  /** Reserves the most that a request can cost: at once where the block covers it (null), else once one does. */
  reserve(boundMicroUsd: MicroUsd): Promise<Fault | null> | null {
    this.#lastReservedAtMs = performance.now();
    if (boundMicroUsd > this.#greatestMicroUsd) this.#greatestMicroUsd = boundMicroUsd;
    if (this.#waiting.length === 0 && boundMicroUsd <= this.#roomMicroUsd()) {
      this.#reservedMicroUsd += boundMicroUsd;
      return null;
    }
    if (this.#waiting.length >= WAITING_MAX) return Promise.resolve(tooMany());
    const done = Promise.withResolvers<Fault | null>();
    this.#waiting.push({ boundMicroUsd, done });
    // What a change throws is told to all that wait for it.
    this.change().catch(() => undefined);
    return done.promise;
  }

  /** Gives back what was reserved for a request that costs nothing. */
  giveBack(boundMicroUsd: MicroUsd): void {
    this.#reservedMicroUsd -= boundMicroUsd;
  }

  /** What was reserved for a request has become its charge, whose row is durable. */
  meter(boundMicroUsd: MicroUsd, chargeMicroUsd: MicroUsd): void {
    this.#reservedMicroUsd -= boundMicroUsd;
    this.#meteredMicroUsd += chargeMicroUsd;
  }

  /** A row of the block may stand without being counted: its sum in the store is the truth. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /** Whether there is something to charge or to give back. */
  isDue(nowMs: number): boolean {
    if (this.#unseen !== null || this.#isDoubtful || this.#meteredMicroUsd > 0n) return true;
    const isIdle = nowMs - this.#lastReservedAtMs > IDLE_MS;
    return isIdle && this.#block !== null && this.#block.amountMicroUsd > this.#reservedMicroUsd;
  }

  /** Charges what is metered and gives back all that is not reserved. */
  async release(): Promise<void> {
    this.#isReleasing = true;
    // A change under way may have decided before: then another follows.
    try {
      await this.#change;
      await this.change();
    } finally {
      this.#isReleasing = false;
    }
  }

  /** Charges what is metered and opens the next block; one change at a time, which all that wait share. */
  change(): Promise<void> {
    this.#change ??= this.#changeWhileWaited().finally(() => {
      this.#change = null;
      this.#parts.onOpen();
    });
    return this.#change;
  }

  async #changeWhileWaited(): Promise<void> {
    do {
      try {
        const fault = await orUnavailable(() => this.#changeOnce());
        if (isFault(fault)) return this.#fail(fault);
      } catch (error) {
        for (const { done } of this.#takeWaiters()) done.reject(error);
        this.#parts.onFailure(broken(), false);
        throw error;
      }
    } while (this.#waiting.length > 0);
  }

  async #changeOnce(): Promise<void> {
    await this.#quiet();
    const { database } = this.#parts;
    const { customerId } = this;
    if (this.#unseen !== null) {
      const amountMicroUsd = await findChange(database, { customerId, ...this.#unseen });
      if (amountMicroUsd !== null) this.#opened(this.#unseen.openingHoldId, amountMicroUsd);
      this.#unseen = null;
    }
    const closingHoldId = this.#block?.holdId ?? null;
    if (closingHoldId === null && this.#waiting.length === 0) return;
    const ids = { closingHoldId, openingHoldId: `hold:block:${randomUUID()}` };
    this.#decidedMicroUsd = null;
    const decideMicroUsd = (creditMicroUsd: MicroUsd) => this.#decide(creditMicroUsd);
    try {
      const amountMicroUsd = await changeBlock(database, { customerId, ...ids, decideMicroUsd });
      this.#opened(ids.openingHoldId, amountMicroUsd);
    } catch (error) {
      this.#unseen = ids;
      throw error;
    } finally {
      this.#decidedMicroUsd = null;
    }
    const promised = this.#promised;
    this.#promised = [];
    for (const { waiter, isCovered } of promised) {
      if (isCovered) this.#reservedMicroUsd += waiter.boundMicroUsd;
      waiter.done.resolve(isCovered ? null : outOfCredit(waiter.boundMicroUsd));
    }
  }

  #decide(creditMicroUsd: MicroUsd): MicroUsd {
    const waiters = this.#waiting;
    this.#waiting = [];
    const plan = planBlock({
      creditMicroUsd,
      reservedMicroUsd: this.#reservedMicroUsd,
      waitingMicroUsd: waiters.map(({ boundMicroUsd }) => boundMicroUsd),
      headroomMicroUsd: this.#headroomMicroUsd(),
    });
    this.#promised = waiters.map((waiter, index) => ({ waiter, isCovered: plan.covered[index] === true }));
    const covered = this.#promised.filter(({ isCovered }) => isCovered);
    const promisedMicroUsd = covered.reduce((sum, { waiter }) => sum + waiter.boundMicroUsd, 0n);
    this.#decidedMicroUsd = plan.amountMicroUsd - promisedMicroUsd;
    return plan.amountMicroUsd;
  }

  #headroomMicroUsd(): MicroUsd {
    const nowMs = performance.now();
    if (this.#isReleasing || nowMs - this.#lastReservedAtMs > IDLE_MS) return 0n;
    const elapsedMs = BigInt(Math.max(1, Math.round(nowMs - this.#openedAtMs)));
    return greatestMicroUsd(
      AHEAD_REQUESTS * greatestMicroUsd(this.#greatestMicroUsd, this.#greatestBeforeMicroUsd),
      (this.#meteredMicroUsd * BigInt(AHEAD_MS)) / elapsedMs,
      this.#reservedMicroUsd,
    );
  }

  #opened(holdId: string, amountMicroUsd: MicroUsd): void {
    this.#block = amountMicroUsd > 0n ? { holdId, amountMicroUsd } : null;
    this.#meteredMicroUsd = 0n;
    this.#isDoubtful = false;
    this.#openedAtMs = performance.now();
    this.#greatestBeforeMicroUsd = this.#greatestMicroUsd;
    this.#greatestMicroUsd = 0n;
  }

  /** What can be drawn now. While the block is changed, both the old one and the next must cover it. */
  #roomMicroUsd(): MicroUsd {
    if (this.#block === null || this.#unseen !== null) return 0n;
    const room = this.#block.amountMicroUsd - this.#meteredMicroUsd - this.#reservedMicroUsd;
    if (this.#decidedMicroUsd === null) return room;
    return leastMicroUsd(room, this.#decidedMicroUsd - this.#reservedMicroUsd);
  }

  /** The rows that are on their way into the block must stand before it is charged. */
  #quiet(): Promise<void> {
    if (this.#writingCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onQuiet = () => {
        this.#onQuiet = null;
        resolve();
      };
    });
  }

  #fail(fault: Fault): void {
    for (const { done } of this.#takeWaiters()) done.resolve(fault);
    this.#parts.onFailure(fault, true);
  }

  #takeWaiters(): readonly Waiter[] {
    const waiters = [...this.#promised.map(({ waiter }) => waiter), ...this.#waiting];
    this.#promised = [];
    this.#waiting = [];
    return waiters;
  }
}

function outOfCredit(amountMicroUsd: MicroUsd): Fault {
  return gatewayFault('insufficient_quota', {
    what: 'The request was refused, and nothing was charged.',
    why: `It can cost up to ${formatMicroUsd(amountMicroUsd)}, more than the organisation's credit that is not held.`,
    mend: 'Add credit, ask for fewer tokens with max_tokens, or wait for requests under way to end.',
  });
}

function broken(): Fault {
  return gatewayFault('internal_error', {
    what: 'The request could not be accounted for.',
    why: "The organisation's books contradict what is metered.",
    mend: 'Run "rerig ledger check" and report what it finds. Nothing was charged.',
  });
}

function tooMany(): Fault {
  return gatewayFault('accounting_unavailable', {
    what: 'The request was not started.',
    why: `${WAITING_MAX} requests of the organisation wait to be accounted for already.`,
    mend: 'Send it again in some seconds. Nothing was charged.',
  });
}
