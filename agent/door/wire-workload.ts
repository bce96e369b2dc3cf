import type { WorkloadRequest, WorkloadView } from '@rerig/api/agent';
import type { Workload, WorkloadSpec } from '@rerig/executors/port';
import type { AskedBook } from './asked-book.ts';

/** A job is running as soon as it is started: nothing waits for a word of it. */
const READY_WITHIN_MS = 60_000;

/** A workload for the wire, with what the book knows of it. */
export function toWireWorkload(workload: Workload, book: AskedBook, nowMs: number): WorkloadView {
  const { workloadId, kind, priority, state, cardIds, places, restartCount, announced, exitCode, fault } = workload;
  const { stateSince = new Date(nowMs).toISOString(), command, submittedAt } = book.find(workloadId);
  const model = announced?.model;
  return {
    ...{ workloadId, kind, priority, state, stateSince, cardIds, places, restartCount },
    ...(submittedAt === undefined ? {} : { submittedAt }),
    ...(command === undefined ? {} : { command }),
    ...(typeof model === 'string' ? { model: model.slice(0, 300) } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** What an executor is told to start: a job, which goes on when the agent ends and is taken up by the next. */
export function fromWireRequest(request: WorkloadRequest): WorkloadSpec {
  return { ...request, kind: 'job', survivesExecutor: true, readyWithinMs: READY_WITHIN_MS };
}
