import { type BatchResult, openAiErrorSchema } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Caller, LineAnswer, LineRequest } from '@rerig/gateway/gateway';
import type pg from 'pg';
import {
  beginNextRound,
  finishBatchLine,
  type LeasedLine,
  putLineBack,
  readMeteredOutcome,
} from '../store/batch-line-rows.ts';
import { waitBeforeRoundMs } from './batch-pace.ts';
import { resultIdOf } from './validate-batch.ts';

/** What running a line needs beside it. */
export interface LineParts {
  readonly pool: pg.Pool;
  readonly endpoint: string;
  readonly signal: AbortSignal;
  readonly caller: Caller | Fault;
  answer(request: LineRequest): Promise<LineAnswer>;
}

/** Rounds of a line in which something failed, before it is given up. Where replicas are only busy, it waits on. */
const FAILURES_MAX = 5;

/** How it went: for the pace of the next ones. */
export type LineEnding = 'answered' | 'busy' | 'failed' | 'stopped';

/** The id of a line's request in one of its rounds. A round that a crash left open has the same one again. */
export function lineRequestId(batchId: string, lineNumber: number, roundCount: number): string {
  return `${batchId}-${lineNumber}-${roundCount}`;
}

/**
 * Runs one leased line: asks its door and stores what came, durably, before the line counts as done. It is charged by the
 * door when the answer is whole, once for its request id: where a crash comes between the charge and the store, the same
 * id is asked again and its second answer is free. What can't be answered now waits for another round.
 */
export async function runBatchLine(line: LeasedLine, parts: LineParts): Promise<LineEnding> {
  const { pool, caller } = parts;
  if (isFault(caller)) {
    if (caller.retry === 'later') return wait(line, parts, false);
    const error = { code: caller.code, message: `${caller.what} ${caller.why} ${caller.mend}` };
    await store(line, parts, 'failed', { response: null, error });
    return 'failed';
  }
  let roundCount = line.roundCount;
  if (line.wasLeftRunning) {
    const outcome = await readMeteredOutcome(pool, lineRequestId(line.batchId, line.lineNumber, roundCount));
    // That round is closed without an answer, and its id with it.
    if (outcome !== null && outcome !== 'completed') {
      await beginNextRound(pool, line);
      roundCount += 1;
    }
  }
  const requestId = lineRequestId(line.batchId, line.lineNumber, roundCount);
  const body: unknown = JSON.parse(line.body);
  const { endpoint, signal } = parts;
  const answer = await parts.answer({ caller, endpoint, body, requestId, signal });
  if (answer.statusCode === 200) {
    const response = { status_code: 200, request_id: requestId, body: answer.body };
    await store(line, parts, 'completed', { response, error: null });
    return 'answered';
  }
  if (signal.aborted && !isTimeUp(signal)) {
    await putLineBack(pool, line, { waitMs: 0, isFailure: false });
    return 'stopped';
  }
  return afterRefusal(line, parts, answer, requestId);
}

async function afterRefusal(
  line: LeasedLine,
  parts: LineParts,
  answer: LineAnswer,
  requestId: string,
): Promise<LineEnding> {
  const refusal = openAiErrorSchema.safeParse(answer.body).data?.error;
  const isBusy = answer.statusCode === 503 || refusal?.code === 'rate_limit_exceeded';
  if (isBusy) return wait(line, parts, false);
  // Credit that is held for requests under way comes back when they end, so that it may be enough later.
  const mayPass =
    parts.signal.aborted ||
    refusal?.rerig?.retry === 'later' ||
    refusal?.code === 'insufficient_quota' ||
    answer.statusCode >= 500;
  if (mayPass && line.failureCount + 1 < FAILURES_MAX) return wait(line, parts, true);
  const response = { status_code: answer.statusCode, request_id: requestId, body: answer.body };
  const error = {
    code: refusal?.code ?? 'request_failed',
    message: `Line ${line.lineNumber}: ${refusal?.message ?? ''}`,
  };
  await store(line, parts, 'failed', { response, error });
  return 'failed';
}

function isTimeUp({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

async function wait(line: LeasedLine, { pool }: LineParts, isFailure: boolean): Promise<LineEnding> {
  await putLineBack(pool, line, { waitMs: waitBeforeRoundMs(line.roundCount, Math.random()), isFailure });
  return isFailure ? 'failed' : 'busy';
}

async function store(
  line: LeasedLine,
  { pool }: LineParts,
  status: 'completed' | 'failed',
  came: Pick<BatchResult, 'response' | 'error'>,
): Promise<void> {
  const result: BatchResult = {
    id: resultIdOf(line.batchId, line.lineNumber),
    custom_id: line.customId,
    line: line.lineNumber,
    ...came,
  };
  // A lease that was lost is another's now, and so is the result: it was asked under the same id, and charged once.
  await finishBatchLine(pool, line, status, JSON.stringify(result));
}
