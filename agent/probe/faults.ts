import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Everything that a probe could not read, or that is in the way of a card. */
export type ProbeFaultCode =
  | 'card-without-driver'
  | 'card-silent'
  | 'data-folder-unreadable'
  | 'machine-unreadable'
  | 'nvidia-smi-failed'
  | 'nvidia-smi-hangs'
  | 'nvidia-smi-missing';

const table: FaultTable<ProbeFaultCode> = {
  'card-without-driver': 'after-mend',
  'card-silent': 'after-mend',
  'data-folder-unreadable': 'after-mend',
  'machine-unreadable': 'after-mend',
  'nvidia-smi-failed': 'after-mend',
  'nvidia-smi-hangs': 'after-mend',
  'nvidia-smi-missing': 'after-mend',
};

/** An entry of a probe's report. */
export type ProbeFault = Fault<ProbeFaultCode>;

/** Makes a fault of the probe. */
export const probeFault = faultMaker(table);
