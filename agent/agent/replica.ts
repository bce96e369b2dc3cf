import { replicaDoors, serverKinds } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import { decideRestart, isFinal, RESTART_WINDOW_MS, type WorkloadFailure } from '@rerig/domain/workloads';
import type { Executor, Workload, WorkloadSpec } from '@rerig/executors/port';
import { z } from 'zod';
import type { AgentClock } from './agent-options.ts';
import { type AgentFault, agentFault } from './faults.ts';
import type { News } from './outbox.ts';

type ReplicaNews = Omit<
  Extract<News, { readonly kind: 'replica-state' }>,
  'kind' | 'replicaId' | 'cardId' | 'moreCardIds'
>;

/** What a replica needs of its agent. */
export interface ReplicaSurroundings {
  readonly executor: Executor;
  readonly clock: AgentClock;
  /** Tells what has become of the replica. */
  readonly tell: (news: ReplicaNews) => void;
  /** A new workload id for each start. */
  readonly makeWorkloadId: () => string;
}

/** More than are ever counted before a replica is given up. */
const FAILURES_KEPT = 20;

/** What a model server says of itself when it is ready. */
const announcementSchema = z.object({
  listen: z.string().min(1).max(300),
  model: z.string().min(1).max(300),
  contextTokens: z.int().min(1),
  parallelCount: z.int().min(1),
  doors: z.array(z.enum(replicaDoors)).readonly().exactOptional(),
  tokensPerSecond: z.number().min(0).exactOptional(),
  loadMs: z.number().min(0).exactOptional(),
  serverKind: z.enum(serverKinds).exactOptional(),
  upstreamModel: z.string().min(1).max(300).exactOptional(),
  pathPrefix: z.string().max(300).exactOptional(),
});

/** One replica, kept running: each start of it is a workload of its own. */
export class Replica {
  readonly #plan: Omit<WorkloadSpec, 'workloadId'>;
  readonly #around: ReplicaSurroundings;
  #failures: readonly WorkloadFailure[] = [];
  #workloadId: string | undefined;
  #wasEverReady = false;
  #readyAtMs: number | null = null;
  #isStopAsked = false;
  #isOver = false;
  #starting: Promise<Fault | null> | undefined;
  #cancelRestart: (() => void) | undefined;

  constructor(plan: Omit<WorkloadSpec, 'workloadId'>, around: ReplicaSurroundings) {
    this.#plan = plan;
    this.#around = around;
  }

  /** Whether nothing runs and nothing will: it was stopped, given up or lost. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Starts it for the first time. A Fault, and no news, where its executor refuses it. */
  async start(): Promise<Fault | null> {
    const fault = await this.#startWorkload();
    if (fault !== null) this.#isOver = true;
    return fault;
  }

  /** Stops it for good; resolves once its workload has ended. */
  async stop(): Promise<void> {
    this.#isStopAsked = true;
    await this.#starting;
    if (this.#isOver) return;
    if (this.#cancelRestart !== undefined) {
      this.#cancelRestart();
      this.#finish({ state: 'stopped' });
    } else if (this.#workloadId !== undefined) {
      await this.#around.executor.stop(this.#workloadId);
    }
  }

  /** Takes word of a workload; that of another one, or of an earlier start, is not for it. */
  hear(workload: Workload): void {
    if (workload.workloadId !== this.#workloadId || this.#isOver) return;
    if (isFinal(workload.state)) this.#hearEnd(workload);
    else if (workload.state === 'ready') this.#hearReady(workload);
    else this.#around.tell({ state: workload.state });
  }

  #hearReady({ workloadId, announced }: Workload): void {
    const announcement = announcementSchema.safeParse(announced);
    if (announcement.success) {
      this.#wasEverReady = true;
      this.#readyAtMs = this.#around.clock.nowMs();
      this.#around.tell({ state: 'ready', ...announcement.data });
      return;
    }
    this.#workloadId = undefined;
    this.#finish({ state: 'failed', fault: unreadable(announcement.error) });
    // It answers nobody: its end needs no telling.
    void this.#around.executor.stop(workloadId);
  }

  #hearEnd({ workloadId, state, fault }: Workload): void {
    const news = fault === undefined ? {} : { fault };
    if (state === 'lost') this.#finish({ state: 'lost', ...news });
    else if (this.#isStopAsked) this.#finish({ state: 'stopped' });
    else this.#hearFailure(fault ?? endedFault(workloadId));
  }

  #hearFailure(fault: Fault): void {
    const { clock, tell } = this.#around;
    const nowMs = clock.nowMs();
    this.#workloadId = undefined;
    const readyForMs = this.#readyAtMs === null ? 0 : Math.max(1, nowMs - this.#readyAtMs);
    this.#readyAtMs = null;
    const recent = this.#failures.filter(({ atMs }) => nowMs - atMs < RESTART_WINDOW_MS).slice(-FAILURES_KEPT);
    this.#failures = [...recent, { atMs: nowMs, readyForMs }];
    const decision = decideRestart(this.#failures, nowMs);
    // What never ran here will not by waiting alone; what ran before may have had bad luck.
    if (!this.#wasEverReady && fault.retry !== 'later') this.#finish({ state: 'failed', fault });
    else if (decision.kind === 'give-up') {
      this.#finish({ state: 'failed', fault: givenUpFault(decision.failureCount, fault) });
    } else {
      tell({ state: 'queued', fault });
      this.#cancelRestart = clock.after(decision.waitMs, () => {
        this.#cancelRestart = undefined;
        void this.#restart();
      });
    }
  }

  async #restart(): Promise<void> {
    const fault = await this.#startWorkload();
    if (fault === null) return;
    if (this.#isStopAsked) this.#finish({ state: 'stopped' });
    else this.#hearFailure(fault);
  }

  async #startWorkload(): Promise<Fault | null> {
    // Known before the start, as word of the workload may come before its answer.
    const workloadId = this.#around.makeWorkloadId();
    this.#workloadId = workloadId;
    this.#starting = this.#around.executor
      .start({ ...this.#plan, workloadId })
      .then((started) => (isFault(started) ? started : null));
    const fault = await this.#starting;
    this.#starting = undefined;
    return fault;
  }

  #finish(news: ReplicaNews): void {
    this.#isOver = true;
    this.#cancelRestart = undefined;
    this.#around.tell(news);
  }
}

function unreadable(error: z.ZodError): AgentFault {
  return agentFault('replica-announcement-unreadable', {
    what: 'The replica’s model server is not understood.',
    why: `What it says of itself is not as agreed: ${z.prettifyError(error).replaceAll('\n', ' ').slice(0, 500)}.`,
    mend: 'Use the model server of the same version as the agent.',
  });
}

function endedFault(workloadId: string): AgentFault {
  return agentFault('replica-ended', {
    what: 'The replica has ended by itself.',
    why: `Its workload ${workloadId} ended without an error, and nobody had asked for it.`,
    mend: 'Nothing: it is started again.',
  });
}

function givenUpFault(failureCount: number, last: Fault): AgentFault {
  return agentFault('replica-given-up', {
    what: 'The replica is given up.',
    why: `It failed ${failureCount} times within ${RESTART_WINDOW_MS / 60_000} minutes. The last time: ${last.what} ${last.why}`,
    mend: last.mend,
  });
}
