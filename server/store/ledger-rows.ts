import type { Fault } from '@rerig/domain/fault';
import {
  type Account,
  type LedgerFaultCode,
  type LedgerRows,
  ledgerFault,
  type Posting,
  type Transfer,
} from '@rerig/domain/ledger';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';

/** `posted`: the rows are new; `already-posted`: the same transfer stood there before, and nothing changed. */
export type PostResult = 'posted' | 'already-posted';

/**
 * Posts a transfer inside the caller's transaction, with one statement. Refused: too little credit, a hold that is
 * closed already, an account that does not exist, and an id that stands for another transfer.
 */
export async function postTransfer(
  transaction: Database,
  transfer: Transfer,
): Promise<PostResult | Fault<LedgerFaultCode>> {
  const accountIds = transfer.postings.map(({ accountId }) => accountId);
  const amounts = transfer.postings.map(({ amountMicroUsd }) => amountMicroUsd.toString());
  try {
    const { rows } = await sql<{ transfer_id: string }>`
      with posted as (
        insert into ledger_transfer (transfer_id, kind, closes_transfer_id)
        values (${transfer.transferId}, ${transfer.kind}, ${transfer.closesTransferId})
        on conflict (transfer_id) do nothing returning transfer_id
      )
      insert into ledger_posting (transfer_id, account_id, amount_micro_usd)
      select posted.transfer_id, line.account_id, line.amount
      from posted, unnest(${accountIds}::text[], ${amounts}::bigint[]) with ordinality as line (account_id, amount, position)
      order by line.position
      returning transfer_id`.execute(transaction);
    if (rows.length > 0) return 'posted';
  } catch (error) {
    return refusalOf(error, transfer);
  }
  const standing = await readTransfer(transaction, transfer.transferId);
  return standing !== null && sameTransfer(standing, transfer) ? 'already-posted' : conflictOf(transfer);
}

/** A transfer as it is stored, or null. */
export async function readTransfer(database: Database, transferId: string): Promise<Transfer | null> {
  const [transfer] = await readTransfers(database, transferId);
  return transfer ?? null;
}

/** Makes the accounts that do not exist yet. Accounts are never removed. */
export async function ensureAccounts(database: Database, accounts: readonly Account[]): Promise<void> {
  const rows = accounts.map(({ accountId, kind, ownerId }) => ({ account_id: accountId, kind, owner_id: ownerId }));
  await database
    .insertInto('ledger_account')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Every stored row of the ledger, for `checkLedger`; read it in a repeatable-read transaction beside a running server. */
export async function readLedger(snapshot: Database): Promise<LedgerRows> {
  return { accounts: await readAccounts(snapshot), transfers: await readTransfers(snapshot) };
}

/** All accounts with the balances that the database keeps. */
export async function readAccounts(database: Database): Promise<LedgerRows['accounts']> {
  const rows = await database.selectFrom('ledger_account').selectAll().orderBy('account_id').execute();
  return rows.map((row) => ({
    accountId: row.account_id,
    kind: row.kind,
    ownerId: row.owner_id,
    balanceMicroUsd: row.balance_micro_usd,
  }));
}

async function readTransfers(database: Database, onlyId?: string): Promise<readonly Transfer[]> {
  let query = database
    .selectFrom('ledger_transfer as transfer')
    .leftJoin('ledger_posting as posting', 'posting.transfer_id', 'transfer.transfer_id')
    .select(['transfer.transfer_id', 'transfer.kind', 'transfer.closes_transfer_id'])
    .select(['posting.account_id', 'posting.amount_micro_usd'])
    .orderBy('transfer.posted_at')
    .orderBy('transfer.transfer_id')
    .orderBy('posting.account_id');
  if (onlyId !== undefined) query = query.where('transfer.transfer_id', '=', onlyId);
  const transfers = new Map<string, Omit<Transfer, 'postings'> & { postings: Posting[] }>();
  for (const row of await query.execute()) {
    const transfer = transfers.get(row.transfer_id) ?? {
      transferId: row.transfer_id,
      kind: row.kind,
      closesTransferId: row.closes_transfer_id,
      postings: [],
    };
    transfers.set(row.transfer_id, transfer);
    if (row.account_id !== null && row.amount_micro_usd !== null) {
      transfer.postings.push({ accountId: row.account_id, amountMicroUsd: row.amount_micro_usd });
    }
  }
  return [...transfers.values()];
}

function sameTransfer(left: Transfer, right: Transfer): boolean {
  return (
    left.kind === right.kind &&
    left.closesTransferId === right.closesTransferId &&
    left.postings.length === right.postings.length &&
    left.postings.every((posting, index) => {
      const other = right.postings[index];
      return posting.accountId === other?.accountId && posting.amountMicroUsd === other.amountMicroUsd;
    })
  );
}

function refusalOf(error: unknown, transfer: Transfer): Fault<LedgerFaultCode> {
  const constraint = error instanceof pg.DatabaseError ? error.constraint : undefined;
  switch (constraint) {
    case 'ledger_account_not_negative':
      return ledgerFault('ledger-insufficient-credit', {
        what: `Transfer ${transfer.transferId} was refused.`,
        why: 'An account that it takes from holds too little.',
        mend: 'Add credit to the account.',
      });
    case 'ledger_hold_closes_once':
      return ledgerFault('ledger-hold-closed', {
        what: `Transfer ${transfer.transferId} was refused.`,
        why: `The hold ${transfer.closesTransferId} is closed already.`,
        mend: 'Nothing is to be done: the hold was settled or released before.',
      });
    case 'ledger_posting_account_id_fkey':
      return ledgerFault('ledger-account-unknown', {
        what: `Transfer ${transfer.transferId} was refused.`,
        why: `One of its accounts does not exist: ${transfer.postings.map(({ accountId }) => accountId).join(', ')}.`,
        mend: 'Make the accounts with their organisation first.',
      });
    default:
      throw error;
  }
}

function conflictOf(transfer: Transfer): Fault<LedgerFaultCode> {
  return ledgerFault('ledger-transfer-conflict', {
    what: `Transfer ${transfer.transferId} was refused.`,
    why: 'A different transfer stands under that id.',
    mend: 'Give each event an id of its own.',
  });
}
