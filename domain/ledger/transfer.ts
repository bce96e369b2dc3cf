import { type Fault, isFault } from '../fault.ts';
import { formatMicroUsd, type MicroUsd } from '../quantity.ts';
import { accountId } from './account.ts';
import { type LedgerFaultCode, ledgerFault } from './faults.ts';

/** `fund`: money comes in; `hold`: reserve before the work; `settle` and `release`: the two ways that a hold closes. */
export type TransferKind = 'fund' | 'hold' | 'settle' | 'release';

/** One line of a transfer: an amount added to (positive) or taken from (negative) an account. */
export interface Posting {
  readonly accountId: string;
  readonly amountMicroUsd: MicroUsd;
}

/**
 * An immutable transfer. Its postings sum to zero and stand in the order of their account ids, so that any two
 * transfers lock accounts in the same order. `transferId` is made where the event happened: posting it twice
 * changes nothing. `closesTransferId` names the hold that a settle or release closes; a hold closes once.
 */
export interface Transfer {
  readonly transferId: string;
  readonly kind: TransferKind;
  readonly closesTransferId: string | null;
  readonly postings: readonly Posting[];
}

type Refusal = Fault<LedgerFaultCode>;

/** Prepaid credit comes in: world → the customer's credit. */
export function fundTransfer(transferId: string, customerId: string, amountMicroUsd: MicroUsd): Transfer | Refusal {
  if (amountMicroUsd <= 0n) return amountNotPositive(transferId, amountMicroUsd);
  return makeTransfer(transferId, 'fund', null, [
    [accountId('world', 'exchange'), -amountMicroUsd],
    [accountId('credit', customerId), amountMicroUsd],
  ]);
}

/** Reserves money before the work: the customer's credit → held. */
export function holdTransfer(transferId: string, customerId: string, amountMicroUsd: MicroUsd): Transfer | Refusal {
  if (amountMicroUsd <= 0n) return amountNotPositive(transferId, amountMicroUsd);
  return makeTransfer(transferId, 'hold', null, [
    [accountId('credit', customerId), -amountMicroUsd],
    [accountId('held', customerId), amountMicroUsd],
  ]);
}

/** What one operator gets of a settled charge. */
export interface OperatorShare {
  readonly operatorId: string;
  readonly operatorMicroUsd: MicroUsd;
}

/** How a settled charge is shared: the operators' shares + `feeMicroUsd` is the charge. Each operator stands once. */
export interface Settlement {
  readonly customerId: string;
  readonly shares: readonly OperatorShare[];
  readonly feeMicroUsd: MicroUsd;
}

/**
 * Closes a hold by charging for what was delivered: held → operators and fee, and the rest back to credit.
 * Refuses a charge above the hold, a negative share, and a hold that is not one.
 */
export function settleTransfer(transferId: string, hold: Transfer, settlement: Settlement): Transfer | Refusal {
  const held = heldMicroUsd(hold);
  if (isFault(held)) return held;
  const { customerId, shares, feeMicroUsd } = settlement;
  const isBelowZero = feeMicroUsd < 0n || shares.some(({ operatorMicroUsd }) => operatorMicroUsd < 0n);
  const operatorCount = new Set(shares.map(({ operatorId }) => operatorId)).size;
  if (isBelowZero || operatorCount < shares.length) {
    return ledgerFault('ledger-split-unequal', {
      what: `Settling ${hold.transferId} was refused.`,
      why: isBelowZero ? 'A share of its split is below zero.' : 'An operator stands in its split twice.',
      mend: 'Split the charge into one share of zero or more for each operator, and the fee.',
    });
  }
  const charge = shares.reduce((sum, { operatorMicroUsd }) => sum + operatorMicroUsd, feeMicroUsd);
  if (charge > held) {
    return ledgerFault('ledger-settle-exceeds-hold', {
      what: `Settling ${hold.transferId} was refused.`,
      why: `The charge ${formatMicroUsd(charge)} is above the ${formatMicroUsd(held)} that was held.`,
      mend: 'Hold the most that the work can cost before it starts.',
    });
  }
  return makeTransfer(transferId, 'settle', hold.transferId, [
    [accountId('held', customerId), -held],
    ...shares.map(({ operatorId, operatorMicroUsd }) => [accountId('earned', operatorId), operatorMicroUsd] as const),
    [accountId('fee', 'exchange'), feeMicroUsd],
    [accountId('credit', customerId), held - charge],
  ]);
}

/** Closes a hold without a charge: held → credit, all of it. */
export function releaseTransfer(transferId: string, hold: Transfer, customerId: string): Transfer | Refusal {
  const held = heldMicroUsd(hold);
  if (isFault(held)) return held;
  return makeTransfer(transferId, 'release', hold.transferId, [
    [accountId('held', customerId), -held],
    [accountId('credit', customerId), held],
  ]);
}

/** The amount that a hold reserved, above zero; a fault where the transfer is no hold. */
export function heldMicroUsd(hold: Transfer): MicroUsd | Refusal {
  const posting = hold.postings.find((candidate) => candidate.accountId.startsWith('held:'));
  if (hold.kind === 'hold' && posting !== undefined && posting.amountMicroUsd > 0n) return posting.amountMicroUsd;
  return ledgerFault('ledger-not-a-hold', {
    what: `Transfer ${hold.transferId} can't be settled or released.`,
    why: `It is a ${hold.kind}, not a hold.`,
    mend: 'Name the hold that was made before the work.',
  });
}

function makeTransfer(
  transferId: string,
  kind: TransferKind,
  closesTransferId: string | null,
  lines: readonly (readonly [string, MicroUsd])[],
): Transfer {
  const postings = lines
    .filter(([, amountMicroUsd]) => amountMicroUsd !== 0n)
    .map(([id, amountMicroUsd]) => ({ accountId: id, amountMicroUsd }))
    .sort((left, right) => (left.accountId < right.accountId ? -1 : 1));
  return { transferId, kind, closesTransferId, postings };
}

function amountNotPositive(transferId: string, amountMicroUsd: MicroUsd): Refusal {
  return ledgerFault('ledger-amount-not-positive', {
    what: `Transfer ${transferId} was refused.`,
    why: `Its amount is ${formatMicroUsd(amountMicroUsd)}, and only amounts above zero move.`,
    mend: 'Give an amount above zero.',
  });
}
