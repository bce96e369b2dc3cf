import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of an agent's door itself; those of its executor pass through as they are. */
export type DoorFaultCode =
  | 'door-taken'
  | 'door-path-too-long'
  | 'door-folder-unusable'
  | 'door-request-invalid'
  | 'door-path-unknown'
  | 'door-crowded'
  | 'door-kept'
  | 'door-broken'
  | 'workload-unknown';

const table: FaultTable<DoorFaultCode> = {
  'door-taken': 'after-mend',
  'door-path-too-long': 'after-mend',
  'door-folder-unusable': 'after-mend',
  'door-request-invalid': 'never',
  'door-path-unknown': 'never',
  'door-crowded': 'later',
  'door-kept': 'after-mend',
  'door-broken': 'later',
  'workload-unknown': 'never',
};

/** A refusal of an agent's door. */
export type DoorFault = Fault<DoorFaultCode>;

/** Makes a fault of an agent's door. */
export const doorFault = faultMaker(table);
