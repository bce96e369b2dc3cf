/** Runs workloads as processes of this machine: the operator's own work, not a stranger's. Linux. */
export { takeFolder } from './local/folder-owner.ts';
export {
  type EndedOrphan,
  type LocalExecutor,
  type LocalExecutorOptions,
  openLocalExecutor,
} from './local/open-local-executor.ts';
export { identityOf, isRunning, type ProcessIdentity, signalProcess } from './local/process-identity.ts';
export { parseWorkloadMessage, type WorkloadMessage } from './local/workload-message.ts';
