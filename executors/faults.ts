import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of an executor, and every reason for which a workload fails by its hand. */
export type ExecutorFaultCode =
  | 'card-busy'
  | 'card-unknown'
  | 'executor-closed'
  | 'executor-folder-unusable'
  | 'start-failed'
  | 'workload-exists'
  | 'workload-exited'
  | 'workload-invalid'
  | 'workload-not-ready'
  | 'workload-unkillable'
  | 'workload-unknown';

const table: FaultTable<ExecutorFaultCode> = {
  'card-busy': 'later',
  'card-unknown': 'after-mend',
  'executor-closed': 'never',
  'executor-folder-unusable': 'after-mend',
  'start-failed': 'after-mend',
  'workload-exists': 'never',
  'workload-exited': 'later',
  'workload-invalid': 'never',
  'workload-not-ready': 'later',
  'workload-unkillable': 'after-mend',
  'workload-unknown': 'never',
};

/** A refusal of an executor. */
export type ExecutorFault = Fault<ExecutorFaultCode>;

/** Makes a fault of an executor. */
export const executorFault = faultMaker(table);
