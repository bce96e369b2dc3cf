import { type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the command line itself. */
export type CliFaultCode =
  | 'disk-full'
  | 'data-folder-unusable'
  | 'port-invalid'
  | 'inventory-unreadable'
  | 'report-unwritable'
  | 'report-exists'
  | 'card-not-found'
  | 'currency-unknown'
  | 'model-missing'
  | 'model-named-twice'
  | 'replica-not-ready'
  | 'demonstration-failed'
  | 'no-card'
  | 'rig-not-found'
  | 'ledger-empty'
  | 'ledger-wrong'
  | 'agent-unreachable'
  | 'agent-not-started'
  | 'job-file-wrong'
  | 'job-incomplete'
  | 'environment-unreadable'
  | 'workload-ambiguous'
  | 'workload-unknown'
  | 'cards-of-farm'
  | 'stopped';

const table: FaultTable<CliFaultCode> = {
  'disk-full': 'after-mend',
  'data-folder-unusable': 'after-mend',
  'port-invalid': 'after-mend',
  'inventory-unreadable': 'after-mend',
  'report-unwritable': 'after-mend',
  'report-exists': 'after-mend',
  'card-not-found': 'after-mend',
  'currency-unknown': 'after-mend',
  'model-missing': 'after-mend',
  'model-named-twice': 'after-mend',
  'replica-not-ready': 'after-mend',
  'demonstration-failed': 'later',
  'no-card': 'after-mend',
  'rig-not-found': 'after-mend',
  'ledger-empty': 'after-mend',
  'ledger-wrong': 'never',
  'agent-unreachable': 'later',
  'agent-not-started': 'after-mend',
  'job-file-wrong': 'after-mend',
  'job-incomplete': 'after-mend',
  'environment-unreadable': 'after-mend',
  'workload-ambiguous': 'after-mend',
  'workload-unknown': 'never',
  'cards-of-farm': 'after-mend',
  stopped: 'later',
};

/** Makes a fault of the command line. */
export const cliFault = faultMaker(table);
