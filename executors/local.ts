/** Runs workloads on this machine: the operator's own as processes, a stranger's as containers. Linux. */

export { takeFolder } from './local/folder-owner.ts';
export {
  type EndedOrphan,
  type LocalExecutor,
  type LocalExecutorOptions,
  openLocalExecutor,
} from './local/open-local-executor.ts';
export { identityOf, isRunning, type ProcessIdentity, signalProcess } from './local/process-identity.ts';
export { type Drained, readStanding, writeStanding } from './local/standing-record.ts';
export { parseWorkloadMessage, type WorkloadMessage } from './local/workload-message.ts';
