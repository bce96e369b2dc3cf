import { type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the store. */
export type StoreFaultCode =
  | 'store-folder-unreachable'
  | 'store-folder-unwritable'
  | 'store-disk-full'
  | 'store-start-failed'
  | 'store-binaries-missing'
  | 'store-in-use'
  | 'store-organisation-unknown'
  | 'store-key-unknown'
  | 'store-unavailable';

const table: FaultTable<StoreFaultCode> = {
  'store-folder-unreachable': 'after-mend',
  'store-folder-unwritable': 'after-mend',
  'store-disk-full': 'after-mend',
  'store-start-failed': 'after-mend',
  'store-binaries-missing': 'after-mend',
  'store-in-use': 'after-mend',
  'store-organisation-unknown': 'after-mend',
  'store-key-unknown': 'after-mend',
  'store-unavailable': 'later',
};

/** Makes a store fault. */
export const storeFault = faultMaker(table);
