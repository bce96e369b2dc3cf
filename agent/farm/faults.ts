import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal when a farm is made, joined or left. */
export type FarmFaultCode =
  | 'farm-missing'
  | 'farm-busy'
  | 'farm-folder-unusable'
  | 'farm-record-unreadable'
  | 'farm-not-root'
  | 'farm-other-there'
  | 'farm-packages-missing'
  | 'farm-install-failed'
  | 'farm-file-unwritable'
  | 'farm-part-failed'
  | 'farm-command-failed'
  | 'head-unreachable'
  | 'head-not-known'
  | 'head-answer-unusable'
  | 'token-invalid'
  | 'token-unknown'
  | 'token-used'
  | 'token-expired'
  | 'too-many-tries'
  | 'farm-request-invalid'
  | 'rig-known'
  | 'rig-unknown'
  | 'rig-busy'
  | 'rig-not-joined'
  | 'rig-joined'
  | 'farm-full';

const table: FaultTable<FarmFaultCode> = {
  'farm-missing': 'after-mend',
  'farm-busy': 'later',
  'farm-folder-unusable': 'after-mend',
  'farm-record-unreadable': 'after-mend',
  'farm-not-root': 'after-mend',
  'farm-other-there': 'after-mend',
  'farm-packages-missing': 'after-mend',
  'farm-install-failed': 'after-mend',
  'farm-file-unwritable': 'after-mend',
  'farm-part-failed': 'after-mend',
  'farm-command-failed': 'later',
  'head-unreachable': 'later',
  'head-not-known': 'after-mend',
  'head-answer-unusable': 'after-mend',
  'token-invalid': 'after-mend',
  'token-unknown': 'after-mend',
  'token-used': 'after-mend',
  'token-expired': 'after-mend',
  'too-many-tries': 'later',
  'farm-request-invalid': 'never',
  'rig-known': 'after-mend',
  'rig-unknown': 'after-mend',
  'rig-busy': 'later',
  'rig-not-joined': 'after-mend',
  'rig-joined': 'after-mend',
  'farm-full': 'after-mend',
};

/** A refusal when a farm is made, joined or left. */
export type FarmFault = Fault<FarmFaultCode>;

/** Makes a fault of a farm. */
export const farmFault = faultMaker(table);
