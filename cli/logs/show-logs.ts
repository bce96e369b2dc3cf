import { once } from 'node:events';
import type { LogRecord } from '@rerig/api/agent';
import { FaultError, isFault } from '@rerig/domain/fault';
import { followLog } from '../door/door-client.ts';
import { findWorkload } from '../door/find-workload.ts';
import { reachAgent } from '../door/reach-agent.ts';

/** Prints the log of a workload: what is kept of it, and where asked for what comes, until it has ended. */
export async function showLogs(
  asked: string,
  wish: { readonly dataFolder: string; readonly isFollowing: boolean; readonly isJson: boolean },
): Promise<void> {
  const reached = await reachAgent(wish.dataFolder);
  if (isFault(reached)) throw new FaultError(reached);
  const workload = await findWorkload(reached.socketPath, asked);
  if (isFault(workload)) throw new FaultError(workload);
  const { workloadId } = workload;
  // From the first line on: what is no longer kept of it is told.
  const asking = { workloadId, fromLine: 0, isFollowing: wish.isFollowing };
  for await (const record of followLog(reached.socketPath, asking)) {
    if (record.kind === 'fault') throw new FaultError(record);
    if (record.kind === 'broken') throw new FaultError(record.fault);
    if (wish.isJson) await write(`${JSON.stringify(record)}\n`);
    else await print(record);
  }
}

async function print(record: LogRecord): Promise<void> {
  if (record.kind !== 'log') return;
  if (record.missedCount > 0) process.stderr.write(`… ${record.missedCount} lines are no longer kept …\n`);
  if (record.lines.length > 0) await write(`${record.lines.join('\n')}\n`);
}

/** No faster than the reader takes it. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
