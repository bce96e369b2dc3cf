import { formatMicroUsd, type MicroUsd } from '../quantity.ts';
import { type Account, mayBeNegative } from './account.ts';
import type { Posting, Transfer } from './transfer.ts';

/** The stored rows that a check reads: accounts with the balance that the store keeps, and every transfer. */
export interface LedgerRows {
  readonly accounts: readonly (Account & { readonly balanceMicroUsd: MicroUsd })[];
  readonly transfers: readonly Transfer[];
}

/** Something wrong in stored rows: which row, and what about it. */
export interface LedgerError {
  readonly subject: string;
  readonly problem: string;
}

/**
 * Proves the ledger over its stored rows: every transfer sums to zero, every posting's account exists, every kept
 * balance is the sum of its postings, only the world is below zero, a hold closes at most once and entirely, nothing
 * closes what is not a hold, and all accounts together are zero. Gives every error found; none means it is right.
 */
export function checkLedger(rows: LedgerRows): readonly LedgerError[] {
  return [
    ...rows.transfers.flatMap(transferErrors),
    ...balanceErrors(rows),
    ...closingErrors(rows.transfers),
    ...totalErrors(rows),
  ];
}

function transferErrors(transfer: Transfer): readonly LedgerError[] {
  const errors: LedgerError[] = [];
  const sum = sumOf(transfer.postings);
  if (sum !== 0n) errors.push({ subject: transfer.transferId, problem: `its postings sum to ${formatMicroUsd(sum)}` });
  if (transfer.postings.length < 2)
    errors.push({ subject: transfer.transferId, problem: 'it has fewer than 2 postings' });
  const closes = transfer.kind === 'settle' || transfer.kind === 'release';
  if (closes !== (transfer.closesTransferId !== null)) {
    errors.push({
      subject: transfer.transferId,
      problem: `a ${transfer.kind} must ${closes ? '' : 'not '}close a hold`,
    });
  }
  return errors;
}

function balanceErrors({ accounts, transfers }: LedgerRows): readonly LedgerError[] {
  const derived = new Map<string, MicroUsd>(accounts.map((account) => [account.accountId, 0n]));
  const errors: LedgerError[] = [];
  for (const transfer of transfers) {
    for (const { accountId, amountMicroUsd } of transfer.postings) {
      const before = derived.get(accountId);
      if (before === undefined)
        errors.push({ subject: transfer.transferId, problem: `no account ${accountId} exists` });
      derived.set(accountId, (before ?? 0n) + amountMicroUsd);
    }
  }
  for (const { accountId, kind, balanceMicroUsd } of accounts) {
    const sum = derived.get(accountId) ?? 0n;
    if (sum !== balanceMicroUsd) {
      const problem = `its balance is ${formatMicroUsd(balanceMicroUsd)}, its postings sum to ${formatMicroUsd(sum)}`;
      errors.push({ subject: accountId, problem });
    }
    if (sum < 0n && !mayBeNegative(kind)) {
      errors.push({ subject: accountId, problem: `a ${kind} account is at ${formatMicroUsd(sum)}` });
    }
  }
  return errors;
}

function closingErrors(transfers: readonly Transfer[]): readonly LedgerError[] {
  const holds = new Map(transfers.filter(({ kind }) => kind === 'hold').map((hold) => [hold.transferId, hold]));
  const closedBy = new Map<string, string>();
  const errors: LedgerError[] = [];
  for (const transfer of transfers) {
    const holdId = transfer.closesTransferId;
    if (holdId === null) continue;
    const hold = holds.get(holdId);
    const other = closedBy.get(holdId);
    if (hold === undefined)
      errors.push({ subject: transfer.transferId, problem: `it closes ${holdId}, which is no hold` });
    if (other !== undefined)
      errors.push({ subject: holdId, problem: `${other} and ${transfer.transferId} both close it` });
    if (hold !== undefined && heldSum(hold.postings) + heldSum(transfer.postings) !== 0n) {
      errors.push({ subject: transfer.transferId, problem: `it does not close all of ${holdId}` });
    }
    closedBy.set(holdId, transfer.transferId);
  }
  return errors;
}

function totalErrors({ accounts }: LedgerRows): readonly LedgerError[] {
  const total = accounts.reduce((sum, account) => sum + account.balanceMicroUsd, 0n);
  return total === 0n
    ? []
    : [{ subject: 'all accounts', problem: `their balances sum to ${formatMicroUsd(total)}, not $0.00` }];
}

function heldSum(postings: readonly Posting[]): MicroUsd {
  return sumOf(postings.filter(({ accountId }) => accountId.startsWith('held:')));
}

function sumOf(postings: readonly Posting[]): MicroUsd {
  return postings.reduce((sum, { amountMicroUsd }) => sum + amountMicroUsd, 0n);
}
