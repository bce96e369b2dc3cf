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
  | 'ledger-empty'
  | 'ledger-wrong'
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
  'ledger-empty': 'after-mend',
  'ledger-wrong': 'never',
  stopped: 'later',
};

/** Makes a fault of the command line. */
export const cliFault = faultMaker(table);
