import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of an executor, and every reason for which a workload fails by its hand. */
export type ExecutorFaultCode =
  | 'card-busy'
  | 'card-unknown'
  | 'executor-closed'
  | 'executor-folder-unusable'
  | 'executor-unreachable'
  | 'farm-outdated'
  | 'image-missing'
  | 'no-card-fits'
  | 'rig-lost'
  | 'rig-unknown'
  | 'start-failed'
  | 'tier-missing'
  | 'workload-exists'
  | 'workload-exited'
  | 'workload-invalid'
  | 'workload-not-ready'
  | 'workload-over-limit'
  | 'workload-overtime'
  | 'workload-preempted'
  | 'workload-unkillable'
  | 'workload-unknown';

const table: FaultTable<ExecutorFaultCode> = {
  'card-busy': 'later',
  'card-unknown': 'after-mend',
  'executor-closed': 'never',
  'executor-folder-unusable': 'after-mend',
  'executor-unreachable': 'later',
  'farm-outdated': 'after-mend',
  'image-missing': 'after-mend',
  'no-card-fits': 'after-mend',
  'rig-lost': 'later',
  'rig-unknown': 'after-mend',
  'start-failed': 'after-mend',
  'tier-missing': 'after-mend',
  'workload-exists': 'never',
  'workload-exited': 'later',
  'workload-invalid': 'never',
  'workload-not-ready': 'later',
  'workload-over-limit': 'after-mend',
  'workload-overtime': 'never',
  'workload-preempted': 'later',
  'workload-unkillable': 'after-mend',
  'workload-unknown': 'never',
};

/** A refusal of an executor. */
export type ExecutorFault = Fault<ExecutorFaultCode>;

/** Makes a fault of an executor. */
export const executorFault = faultMaker(table);
