/** Double-entry accounts in whole micro-units: what may be posted, and the proof that what was posted is right. */
export {
  type Account,
  type AccountKind,
  accountId,
  mayBeNegative,
} from './ledger/account.ts';
export { checkLedger, type LedgerError, type LedgerRows } from './ledger/check.ts';
export { type LedgerFaultCode, ledgerFault } from './ledger/faults.ts';
export {
  fundTransfer,
  heldMicroUsd,
  holdTransfer,
  type OperatorShare,
  type Posting,
  releaseTransfer,
  type Settlement,
  settleTransfer,
  type Transfer,
  type TransferKind,
} from './ledger/transfer.ts';
