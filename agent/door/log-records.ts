import type { LogRecord, WorkloadView } from '@rerig/api/agent';
import { isFault } from '@rerig/domain/fault';
import { isFinal } from '@rerig/domain/workloads';
import type { Executor } from '@rerig/executors/port';

/** How long a quiet log is left alone: from the first to the second, half as long again each time. */
const LOOK_MS_MIN = 30;
const LOOK_MS_MAX = 400;

/** Where a stream of a log comes from. */
export interface LogSource {
  readonly executor: Executor;
  /** The workload as it stands; undefined where it is no longer listed. */
  readonly view: () => WorkloadView | undefined;
  /** Resolves at the next change of the workload, after so many ms, or when the reader or the door ends. */
  readonly nextChange: (waitMs: number) => Promise<void>;
  readonly isOver: () => boolean;
}

/**
 * A log from a line on, and word of each change of its workload, as it comes. Without `isFollowing` it ends with what there
 * is; else with the workload, whose last state comes after its last line.
 */
export async function* logRecords(
  source: LogSource,
  workloadId: string,
  fromLine: number | undefined,
  isFollowing: boolean,
): AsyncGenerator<LogRecord> {
  let from = fromLine;
  let told = '';
  let lookMs = LOOK_MS_MIN;
  while (!source.isOver()) {
    // Asked for before anything is read, so that no change falls between.
    const changed = source.nextChange(lookMs);
    const view = source.view();
    const isEnd = view === undefined || isFinal(view.state);
    const news = view === undefined ? '' : JSON.stringify(view);
    if (view !== undefined && !isEnd && news !== told) yield { kind: 'workload', workload: view };
    let lineCount = 0;
    for (;;) {
      const part = await source.executor.logs(workloadId, from);
      if (isFault(part)) {
        yield { kind: 'broken', fault: part };
        return;
      }
      from = part.nextLine;
      if (part.lines.length === 0 && part.missedCount === 0) break;
      lineCount += part.lines.length;
      yield { kind: 'log', ...part };
    }
    if (isEnd || !isFollowing) {
      if (view !== undefined && news !== told) yield { kind: 'workload', workload: view };
      return;
    }
    lookMs = lineCount > 0 || news !== told ? LOOK_MS_MIN : Math.min(LOOK_MS_MAX, lookMs * 1.5);
    told = news;
    await changed;
  }
}
