import { randomUUID } from 'node:crypto';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Caller, FileStore, LineAnswer, LineRequest } from '@rerig/gateway/gateway';
import type pg from 'pg';
import { keepLineLeases, type LeasedLine, leaseBatchLines } from '../store/batch-line-rows.ts';
import {
  type BatchAtWork,
  finishBatches,
  leaveBatchTurn,
  type RunningBatch,
  readRunningBatches,
  sweepBatches,
  takeBatchTurn,
} from '../store/batch-rows.ts';
import { BATCH_LIMIT_START, BATCH_RUNNING_MAX, batchRoom, nextLimitCount } from './batch-pace.ts';
import { runBatchLine } from './run-batch-line.ts';
import { orUnavailable } from './unavailable.ts';
import { validateBatch } from './validate-batch.ts';
import { writeBatchFiles } from './write-batch-files.ts';

/** What the loop works with. */
export interface BatchLoopParts {
  readonly pool: pg.Pool;
  readonly files: FileStore;
  /** Whose a key is; a Fault where it was revoked. */
  callerOf(apiKeyId: string): Promise<Caller | Fault>;
  /** Null where the caller may ask the model; else the Fault with which it is refused. */
  modelRefusal(caller: Caller, model: string): Promise<Fault | null>;
  /** Requests that a model's replicas answer at once, and the live ones that they have or will have. */
  load(caller: Caller, model: string): Promise<{ readonly slotCount: number; readonly liveCount: number } | Fault>;
  /** Asks for a replica on a card that is idle, and waits for it; a Fault where there is none. */
  awaitReplica(caller: Caller, model: string, signal: AbortSignal): Promise<Fault | null>;
  answer(request: LineRequest): Promise<LineAnswer>;
  /** Removes what other stores keep no longer. */
  sweep(): Promise<unknown>;
  /** Told of broken invariants. */
  onError(error: unknown): void;
  /** How long what this server does is left to it after its last sign, in ms. */
  readonly leaseMs?: number;
  /** How often it looks, in ms. */
  readonly tickMs?: number;
}

const TICK_MS = 1_000;
/** After a crash, what was under way is taken up again after this. Leases are renewed four times as often. */
const LEASE_MS = 60_000;
/** One line may take so long, its place in a replica's queue included. */
const LINE_LIMIT_MS = 10 * 60_000;
/** At the end, what is under way may take this long; then it is stopped, uncharged, and waits for the next start. */
const DRAIN_MS = 5_000;
const SWEEP_EVERY_MS = 10 * 60_000;
/** How long an ended batch is shown: as long as its files are kept. */
const BATCHES_KEPT_MS = 30 * 24 * 60 * 60_000;

type Stage = 'validate' | 'write';
type StageWork = (
  batch: BatchAtWork,
  turn: { readonly turnId: string; readonly leaseMs: number },
) => Promise<Fault | null>;

interface Running {
  readonly model: string;
  readonly leaseId: string;
  readonly ended: Promise<void>;
}

/**
 * Works on batches: validates their files, runs their lines into slots that live requests leave, and writes their
 * results. Any number of servers may do so on one database: each line and each stage is leased by one of them.
 */
export class BatchLoop {
  readonly #parts: BatchLoopParts;
  readonly #leaseMs: number;
  readonly #running = new Map<string, Running>();
  readonly #limits = new Map<string, number>();
  readonly #waking = new Set<string>();
  readonly #stages = new Map<Stage, Promise<void>>();
  readonly #closing = new AbortController();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #renewal: NodeJS.Timeout | null = null;
  #ticking: Promise<void> | null = null;
  #isAskedAgain = false;
  #isClosed = false;
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: BatchLoopParts) {
    this.#parts = parts;
    this.#leaseMs = parts.leaseMs ?? LEASE_MS;
  }

  /** Begins to work. */
  start(): void {
    this.#timer = setInterval(() => this.kick(), this.#parts.tickMs ?? TICK_MS).unref();
    this.#renewal = setInterval(() => void this.#renew(), this.#leaseMs / 4).unref();
    this.kick();
  }

  /** Lines of a model on their way now. */
  runningCountOf(model: string): number {
    let count = 0;
    for (const running of this.#running.values()) if (running.model === model) count += 1;
    return count;
  }

  /** Looks at once whether there is something to do. */
  kick(): void {
    if (this.#isClosed) return;
    if (this.#ticking !== null) {
      this.#isAskedAgain = true;
      return;
    }
    this.#ticking = this.#tick().finally(() => {
      this.#ticking = null;
      if (!this.#isAskedAgain) return;
      this.#isAskedAgain = false;
      setImmediate(() => this.kick());
    });
  }

  /** Takes nothing more; what is under way ends, or is stopped and put back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.abort();
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#ticking;
    await Promise.all(this.#stages.values());
    const drained = Promise.all([...this.#running.values()].map(({ ended }) => ended));
    const stop = setTimeout(() => this.#stopping.abort(), DRAIN_MS);
    await drained;
    clearTimeout(stop);
    this.#stopping.abort();
    if (this.#renewal !== null) clearInterval(this.#renewal);
  }

  async #tick(): Promise<void> {
    const signal = this.#closing.signal;
    this.#begin('validate', (batch, turn) => validateBatch(batch, { ...this.#parts, ...turn, signal }));
    await this.#guarded(() => finishBatches(this.#parts.pool));
    this.#begin('write', (batch, turn) => writeBatchFiles(batch, { ...this.#parts, ...turn }));
    await this.#guarded(() => this.#dispatch());
    await this.#guarded(() => this.#sweep());
  }

  /** A database that is away is asked again at the next tick; anything else is told and the loop goes on. */
  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await orUnavailable(work);
    } catch (error) {
      this.#parts.onError(error);
    }
  }

  /** Begins a stage of one batch, beside the lines of others, where none is under way. */
  #begin(stage: Stage, work: StageWork): void {
    if (this.#stages.has(stage)) return;
    const ended = this.#guarded(() => this.#stage(stage, work)).then(() => {
      this.#stages.delete(stage);
    });
    this.#stages.set(stage, ended);
  }

  async #stage(stage: Stage, work: StageWork): Promise<void> {
    const turn = { turnId: randomUUID(), leaseMs: this.#leaseMs };
    const batch = await takeBatchTurn(this.#parts.pool, stage, turn);
    if (batch === null) return;
    const fault = await work(batch, turn);
    // What was refused for now keeps its turn until the lease ends: others come first.
    if (fault !== null && !this.#isClosed) return;
    await leaveBatchTurn(this.#parts.pool, turn.turnId);
    // Once the stage has left its place.
    setImmediate(() => this.kick());
  }

  async #dispatch(): Promise<void> {
    const batches = await readRunningBatches(this.#parts.pool);
    const models = new Set(batches.flatMap((batch) => batch.models));
    for (const model of models)
      await this.#dispatchModel(
        model,
        batches.filter((batch) => batch.models.includes(model)),
      );
  }

  /** Shares the room of a model among the batches that ask it, so that a long one holds no short one up. */
  async #dispatchModel(model: string, batches: readonly RunningBatch[]): Promise<void> {
    let leftCount = batches.length;
    for (const batch of batches) {
      if (this.#isClosed) return;
      const caller = await this.#parts.callerOf(batch.apiKeyId);
      const roomCount = isFault(caller) ? BATCH_LIMIT_START : await this.#room(caller, model);
      const lineCount = Math.min(Math.ceil(roomCount / leftCount), BATCH_RUNNING_MAX - this.#running.size);
      leftCount -= 1;
      if (lineCount <= 0) continue;
      const lease = { leaseId: randomUUID(), leaseMs: this.#leaseMs, lineCount };
      const lines = await leaseBatchLines(this.#parts.pool, { batchId: batch.batchId, model }, lease);
      for (const line of lines) this.#run(line, model, batch.endpoint, caller);
    }
  }

  async #room(caller: Caller, model: string): Promise<number> {
    const load = await this.#parts.load(caller, model);
    if (isFault(load)) return 0;
    if (load.slotCount === 0) {
      this.#wake(caller, model);
      return 0;
    }
    const batchCount = this.runningCountOf(model);
    return batchRoom({ ...load, batchCount, limitCount: this.#limits.get(model) ?? BATCH_LIMIT_START });
  }

  #wake(caller: Caller, model: string): void {
    if (this.#waking.has(model)) return;
    this.#waking.add(model);
    // A Fault says that no card is idle now: it is asked again at the next tick.
    void this.#guarded(() => this.#parts.awaitReplica(caller, model, this.#stopping.signal)).then(() => {
      this.#waking.delete(model);
      this.kick();
    });
  }

  #run(line: LeasedLine, model: string, endpoint: string, caller: Caller | Fault): void {
    const key = `${line.batchId}-${line.lineNumber}`;
    // Its lease was lost while the database was away, and the line is still on its way here: it ends by itself.
    if (this.#running.has(key)) return;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LINE_LIMIT_MS)]);
    const { pool } = this.#parts;
    const answer = (request: LineRequest) => this.#parts.answer(request);
    const ended = this.#guarded(async () => {
      const ending = await runBatchLine(line, { pool, endpoint, signal, caller, answer });
      const limitCount = this.#limits.get(model) ?? BATCH_LIMIT_START;
      if (ending === 'answered' || ending === 'busy') this.#limits.set(model, nextLimitCount(limitCount, ending));
    }).then(() => {
      this.#running.delete(key);
      this.kick();
    });
    this.#running.set(key, { model, leaseId: line.leaseId, ended });
  }

  async #renew(): Promise<void> {
    const leaseIds = [...new Set([...this.#running.values()].map(({ leaseId }) => leaseId))];
    if (leaseIds.length > 0) await this.#guarded(() => keepLineLeases(this.#parts.pool, leaseIds, this.#leaseMs));
  }

  async #sweep(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#sweptAtMs < SWEEP_EVERY_MS) return;
    this.#sweptAtMs = nowMs;
    await sweepBatches(this.#parts.pool, BATCHES_KEPT_MS);
    await this.#parts.sweep();
  }
}
