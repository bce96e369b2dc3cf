import type { LedgerError } from '@rerig/domain/ledger';
import { formatMicroUsd } from '@rerig/domain/quantity';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Requests whose record and whose ledger rows disagree: charged twice, not at all, or by another amount. */
export async function findRequestErrors(database: Database): Promise<readonly LedgerError[]> {
  const { rows } = await sql<{
    request_id: string;
    status: string;
    charge: bigint | null;
    paid: bigint;
    closings: bigint;
  }>`
    select request.request_id, request.status, request.charge_micro_usd as charge,
      coalesce(sum(posting.amount_micro_usd) filter (where posting.account_id like 'earned:%' or posting.account_id like 'fee:%'), 0)::bigint as paid,
      count(distinct closing.transfer_id) as closings
    from inference_request as request
    left join ledger_transfer as closing on closing.closes_transfer_id = request.hold_transfer_id
    left join ledger_posting as posting on posting.transfer_id = closing.transfer_id
    group by request.request_id
    having count(distinct closing.transfer_id) <> (case when request.status = 'open' then 0 else 1 end)
      or coalesce(sum(posting.amount_micro_usd) filter (where posting.account_id like 'earned:%' or posting.account_id like 'fee:%'), 0)
        <> coalesce(request.charge_micro_usd, 0)`.execute(database);
  return rows.map(({ request_id, status, charge, paid, closings }) => ({
    subject: request_id,
    problem: `it is ${status} with a charge of ${formatMicroUsd(charge ?? 0n)}, and its hold was closed ${closings} times for ${formatMicroUsd(paid)}`,
  }));
}
