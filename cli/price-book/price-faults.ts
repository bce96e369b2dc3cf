import { type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the price commands. */
export type PriceFileFaultCode =
  | 'price-file-wrong'
  | 'price-file-unreadable'
  | 'prices-unwritable'
  | 'import-unreadable'
  | 'import-line-refused'
  | 'editor-failed'
  | 'source-unreachable'
  | 'source-changed'
  | 'source-unknown';

const table: FaultTable<PriceFileFaultCode> = {
  'price-file-wrong': 'after-mend',
  'price-file-unreadable': 'after-mend',
  'prices-unwritable': 'after-mend',
  'import-unreadable': 'after-mend',
  'import-line-refused': 'after-mend',
  'editor-failed': 'after-mend',
  'source-unreachable': 'later',
  'source-changed': 'later',
  'source-unknown': 'after-mend',
};

/** Makes a fault of the price commands. */
export const priceFileFault = faultMaker(table);
