import { type WorkloadRequest, type WorkloadView, workloadViewSchema } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import { askDoor } from './door-client.ts';
import { type ReachedAgent, reachAgent } from './reach-agent.ts';

/** A workload that is on its way, and the agent that has it. */
export interface StartedWorkload {
  readonly agent: ReachedAgent;
  readonly workload: WorkloadView;
}

/**
 * Has the agent of a data folder start a workload, which is started once: where the agent goes away before it has answered,
 * the next one is asked for the same id.
 */
export async function startWorkload(dataFolder: string, request: WorkloadRequest): Promise<StartedWorkload | Fault> {
  const agent = await reachAgent(dataFolder);
  if (isFault(agent)) return agent;
  const workload = await ask(agent, request);
  if (!isFault(workload)) return { agent, workload };
  if (workload.code !== 'agent-unreachable') return workload;
  const next = await reachAgent(dataFolder);
  if (isFault(next)) return next;
  const again = await ask(next, request);
  // The one that went away had started it.
  const path = `/workloads/${request.workloadId}`;
  const isThere = isFault(again) && again.code === 'workload-exists';
  const found = isThere ? await askDoor(next.socketPath, { path }, workloadViewSchema) : again;
  return isFault(found) ? found : { agent: next, workload: found };
}

function ask({ socketPath }: ReachedAgent, request: WorkloadRequest): Promise<WorkloadView | Fault> {
  return askDoor(socketPath, { method: 'POST', path: '/workloads', body: request }, workloadViewSchema);
}
