/** Runs workloads as processes of this machine: the operator's own work, not a stranger's. Linux. */
export type { EndedOrphan } from './local/end-orphans.ts';
export { type LocalExecutor, type LocalExecutorOptions, openLocalExecutor } from './local/open-local-executor.ts';
