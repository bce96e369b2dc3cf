import { type FaultTable, faultMaker } from '../fault.ts';

/** Every refusal of the ledger. */
export type LedgerFaultCode =
  | 'ledger-amount-not-positive'
  | 'ledger-insufficient-credit'
  | 'ledger-hold-closed'
  | 'ledger-not-a-hold'
  | 'ledger-settle-exceeds-hold'
  | 'ledger-split-unequal'
  | 'ledger-transfer-conflict'
  | 'ledger-account-unknown';

const table: FaultTable<LedgerFaultCode> = {
  'ledger-amount-not-positive': 'never',
  'ledger-insufficient-credit': 'after-mend',
  'ledger-hold-closed': 'never',
  'ledger-not-a-hold': 'never',
  'ledger-settle-exceeds-hold': 'never',
  'ledger-split-unequal': 'never',
  'ledger-transfer-conflict': 'never',
  'ledger-account-unknown': 'after-mend',
};

/** Makes a ledger fault; the table answers "is it worth retrying?" for each code. */
export const ledgerFault = faultMaker(table);
