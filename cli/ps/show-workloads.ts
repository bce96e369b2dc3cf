import { workloadListSchema } from '@rerig/api/agent';
import { FaultError, isFault } from '@rerig/domain/fault';
import { isFinal } from '@rerig/domain/workloads';
import { cardNames } from '../door/card-names.ts';
import { askDoor } from '../door/door-client.ts';
import { reachAgent } from '../door/reach-agent.ts';
import { columnCount } from '../terminal.ts';
import { renderWorkloads } from './render-workloads.ts';

/** Prints the workloads of a data folder's agent: those that are on their way, or all that are known. */
export async function showWorkloads(dataFolder: string, isAll: boolean, isJson: boolean): Promise<void> {
  const reached = await reachAgent(dataFolder);
  if (isFault(reached)) throw new FaultError(reached);
  const listed = await askDoor(reached.socketPath, { path: '/workloads' }, workloadListSchema);
  if (isFault(listed)) throw new FaultError(listed);
  // What is lost may still run on its cards: it is shown until somebody has looked after it.
  const workloads = listed.workloads.filter(({ state }) => isAll || !isFinal(state) || state === 'lost');
  if (isJson) process.stdout.write(`${JSON.stringify({ workloads }, null, 2)}\n`);
  else {
    const style = { columnCount: columnCount(), nowMs: Date.now() };
    process.stdout.write(renderWorkloads(workloads, await cardNames(reached.socketPath), style));
  }
}
