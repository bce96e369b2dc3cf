import { type Fault, InvariantError, isFault } from '@rerig/domain/fault';
import {
  accountId,
  heldMicroUsd,
  holdTransfer,
  type OperatorShare,
  releaseTransfer,
  settleTransfer,
  type Transfer,
} from '@rerig/domain/ledger';
import type { MicroUsd } from '@rerig/domain/quantity';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { postTransfer, readTransfer } from './ledger-rows.ts';

/** The class of advisory locks on blocks, which the trigger on meter rows takes shared. */
const BLOCK_LOCK = 7_374_748;

/** A change of a customer's block of held money: the old one is charged and closed, another is opened. */
export interface BlockChange {
  readonly customerId: string;
  /** The open block to close; null where there is none. */
  readonly closingHoldId: string | null;
  /** The id that the next block gets, where one is opened. */
  readonly openingHoldId: string;
  /** Told the credit that is held by nothing once the old block is closed; gives what the next one is to hold. */
  readonly decideMicroUsd: (creditMicroUsd: MicroUsd) => MicroUsd;
}

/**
 * Charges a customer's block with the sum of its meter rows, and opens the next, in one transaction: the rest of the
 * old block is credit that nothing else can take before the next one holds it. Gives the next block's amount, 0 where
 * none was opened. Throws what the database says; what is thrown at the commit leaves open whether it was done.
 */
export function changeBlock(database: Database, change: BlockChange): Promise<MicroUsd> {
  return database.transaction().execute(async (transaction) => {
    if (change.closingHoldId !== null) await closeBlock(transaction, change.closingHoldId, change.customerId);
    const amountMicroUsd = change.decideMicroUsd(await lockCredit(transaction, change.customerId));
    if (amountMicroUsd > 0n) {
      await post(transaction, holdTransfer(change.openingHoldId, change.customerId, amountMicroUsd));
    }
    return amountMicroUsd;
  });
}

/**
 * Whether a change whose end was not seen is done: the amount of the block that it opened, 0 for none, or null where
 * nothing of it was done. It waits for a transaction of that change that is still under way.
 */
export function findChange(database: Database, change: Omit<BlockChange, 'decideMicroUsd'>): Promise<MicroUsd | null> {
  return database.transaction().execute(async (transaction) => {
    await lockCredit(transaction, change.customerId);
    const opened = await readTransfer(transaction, change.openingHoldId);
    if (opened !== null) {
      const held = heldMicroUsd(opened);
      if (isFault(held)) throw new InvariantError(held.why);
      return held;
    }
    if (change.closingHoldId === null) return null;
    return (await isClosed(transaction, change.closingHoldId)) ? 0n : null;
  });
}

/** Closes every open hold of the ledger against its meter rows. For a start, under the server's lock. Gives how many. */
export async function closeOpenHolds(database: Database): Promise<number> {
  const { rows } = await sql<{ hold_id: string; customer_id: string }>`
    select hold.transfer_id as hold_id, substr(held.account_id, length('held:') + 1) as customer_id
    from ledger_transfer as hold
    join ledger_posting as held on held.transfer_id = hold.transfer_id and held.account_id like 'held:%'
    where hold.kind = 'hold'
      and not exists (select from ledger_transfer as closing where closing.closes_transfer_id = hold.transfer_id)
    order by hold.posted_at, hold.transfer_id`.execute(database);
  for (const { hold_id, customer_id } of rows) {
    await database.transaction().execute((transaction) => closeBlock(transaction, hold_id, customer_id));
  }
  return rows.length;
}

async function closeBlock(transaction: Database, holdId: string, customerId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${BLOCK_LOCK}, hashtext(${holdId}))`.execute(transaction);
  const hold = await readTransfer(transaction, holdId);
  if (hold === null) throw new InvariantError(`the block ${holdId} is not in the ledger`);
  // Another server could have closed it only without the store's lock.
  if (await isClosed(transaction, holdId)) throw new InvariantError(`the block ${holdId} is closed already`);
  const { shares, feeMicroUsd } = await bookUse(transaction, holdId);
  const charged = shares.reduce((sum, { operatorMicroUsd }) => sum + operatorMicroUsd, feeMicroUsd);
  const closing =
    charged > 0n
      ? settleTransfer(`settle:${holdId}`, hold, { customerId, shares, feeMicroUsd })
      : releaseTransfer(`release:${holdId}`, hold, customerId);
  await post(transaction, closing);
}

/** Adds a block's meter rows to what their keys used by month, and gives how its charge is shared. */
async function bookUse(transaction: Database, holdId: string) {
  const { rows } = await sql<{ operator_id: string; operator_share: bigint; fee: bigint }>`
    with used as materialized (
      select api_key_id, lease_id, date_trunc('month', closed_at at time zone 'UTC')::date as month, count(*) as requests,
        sum(prompt_tokens)::bigint as prompt, sum(completion_tokens)::bigint as completion,
        sum(charge_micro_usd)::bigint as charge, sum(fee_micro_usd)::bigint as fee
      from inference_request where hold_transfer_id = ${holdId} group by 1, 2, 3
    ), booked as (
      insert into key_month_use as total (month, api_key_id, request_count, prompt_tokens, completion_tokens, charge_micro_usd)
      select month, api_key_id, sum(requests), sum(prompt), sum(completion), sum(charge) from used group by 1, 2
      on conflict (api_key_id, month) do update set request_count = total.request_count + excluded.request_count,
        prompt_tokens = total.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = total.completion_tokens + excluded.completion_tokens,
        charge_micro_usd = total.charge_micro_usd + excluded.charge_micro_usd
    )
    select lease.operator_id, sum(used.charge - used.fee)::bigint as operator_share, sum(used.fee)::bigint as fee
    from used join lease using (lease_id) group by lease.operator_id order by lease.operator_id`.execute(transaction);
  const shares: readonly OperatorShare[] = rows.map(({ operator_id, operator_share }) => ({
    operatorId: operator_id,
    operatorMicroUsd: operator_share,
  }));
  return { shares, feeMicroUsd: rows.reduce((sum, { fee }) => sum + fee, 0n) };
}

async function lockCredit(transaction: Database, customerId: string): Promise<MicroUsd> {
  const row = await transaction
    .selectFrom('ledger_account')
    .select('balance_micro_usd')
    .where('account_id', '=', accountId('credit', customerId))
    .forUpdate()
    .executeTakeFirst();
  return row?.balance_micro_usd ?? 0n;
}

async function isClosed(transaction: Database, holdId: string): Promise<boolean> {
  const closing = await transaction
    .selectFrom('ledger_transfer')
    .select('transfer_id')
    .where('closes_transfer_id', '=', holdId)
    .executeTakeFirst();
  return closing !== undefined;
}

/** Locks and sums were taken in the same transaction: what the ledger refuses here is our mistake. */
async function post(transaction: Database, transfer: Transfer | Fault): Promise<void> {
  const posted = isFault(transfer) ? transfer : await postTransfer(transaction, transfer);
  if (isFault(posted)) throw new InvariantError(`${posted.what} ${posted.why}`);
}
