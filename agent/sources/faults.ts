import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Everything that a live source may refuse. */
export type SourceFaultCode =
  | 'rig-list-wrong-line'
  | 'rig-list-empty'
  | 'ssh-missing'
  | 'rig-unreachable'
  | 'rig-refused'
  | 'rig-slow'
  | 'rig-talkative'
  | 'rig-tool-failed'
  | 'rig-without-tools'
  | 'hiveos-token-unusable'
  | 'hiveos-url-unusable'
  | 'hiveos-refused'
  | 'hiveos-unreachable'
  | 'hiveos-answer-unusable'
  | 'source-stopped';

const table: FaultTable<SourceFaultCode> = {
  'rig-list-wrong-line': 'after-mend',
  'rig-list-empty': 'after-mend',
  'ssh-missing': 'after-mend',
  'rig-unreachable': 'later',
  'rig-refused': 'after-mend',
  'rig-slow': 'later',
  'rig-talkative': 'after-mend',
  'rig-tool-failed': 'after-mend',
  'rig-without-tools': 'after-mend',
  'hiveos-token-unusable': 'after-mend',
  'hiveos-url-unusable': 'after-mend',
  'hiveos-refused': 'after-mend',
  'hiveos-unreachable': 'later',
  'hiveos-answer-unusable': 'after-mend',
  'source-stopped': 'later',
};

/** A refusal of a live source. */
export type SourceFault = Fault<SourceFaultCode>;

/** Makes a fault of a live source. */
export const sourceFault = faultMaker(table);
