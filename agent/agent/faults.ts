import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of an agent, and every reason for which it gives up a replica. */
export type AgentFaultCode =
  | 'agent-closed'
  | 'agent-folder-unusable'
  | 'model-file-missing'
  | 'replica-announcement-unreadable'
  | 'replica-card-unknown'
  | 'replica-ended'
  | 'replica-exists'
  | 'replica-given-up'
  | 'replica-invalid'
  | 'replica-route-unfit'
  | 'replica-unknown'
  | 'socket-path-too-long';

const table: FaultTable<AgentFaultCode> = {
  'agent-closed': 'never',
  'agent-folder-unusable': 'after-mend',
  'model-file-missing': 'after-mend',
  'replica-announcement-unreadable': 'after-mend',
  'replica-card-unknown': 'after-mend',
  'replica-ended': 'later',
  'replica-exists': 'never',
  'replica-given-up': 'later',
  'replica-invalid': 'never',
  'replica-route-unfit': 'never',
  'replica-unknown': 'never',
  'socket-path-too-long': 'after-mend',
};

/** A refusal of an agent. */
export type AgentFault = Fault<AgentFaultCode>;

/** Makes a fault of an agent. */
export const agentFault = faultMaker(table);
