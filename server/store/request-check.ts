import type { LedgerError } from '@rerig/domain/ledger';
import { formatMicroUsd } from '@rerig/domain/quantity';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** What a check of the meter rows found beside errors: how many are not charged yet. */
export interface MeterCheck {
  readonly errors: readonly LedgerError[];
  readonly unchargedRequestCount: number;
}

/**
 * Proves the meter rows against the ledger: the charges of a block's rows are what closing it paid, fees and all, or no
 * more than it holds while it is open; each row is of its key's and its lease's customer; and what is summed by key and
 * month is the sum of the charged rows.
 */
export async function checkMeterRows(snapshot: Database): Promise<MeterCheck> {
  const blocks = await blockErrors(snapshot);
  const strangers = await strangerErrors(snapshot);
  const months = await monthErrors(snapshot);
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from inference_request as request where not exists (
      select from ledger_transfer as closing where closing.closes_transfer_id = request.hold_transfer_id)`.execute(
    snapshot,
  );
  return { errors: [...blocks, ...strangers, ...months], unchargedRequestCount: Number(rows[0]?.count ?? 0n) };
}

async function blockErrors(snapshot: Database): Promise<readonly LedgerError[]> {
  const { rows } = await sql<{
    hold_id: string;
    is_closed: boolean;
    charge: bigint;
    fee: bigint;
    held: bigint | null;
    paid: bigint;
    paid_fee: bigint;
  }>`
    with metered as (
      select hold_transfer_id as hold_id, sum(charge_micro_usd)::bigint as charge, sum(fee_micro_usd)::bigint as fee
      from inference_request group by 1
    ), block as (
      select coalesce(metered.hold_id, hold.transfer_id) as hold_id, coalesce(charge, 0) as charge, coalesce(fee, 0) as fee
      from metered full join (select transfer_id from ledger_transfer where kind = 'hold') as hold
        on hold.transfer_id = metered.hold_id
    ), compared as (
      select block.hold_id, block.charge, block.fee, closing.transfer_id is not null as is_closed,
        (select amount_micro_usd from ledger_posting where transfer_id = block.hold_id and account_id like 'held:%') as held,
        coalesce((select sum(amount_micro_usd) from ledger_posting where transfer_id = closing.transfer_id
          and (account_id like 'earned:%' or account_id like 'fee:%')), 0)::bigint as paid,
        coalesce((select sum(amount_micro_usd) from ledger_posting where transfer_id = closing.transfer_id
          and account_id like 'fee:%'), 0)::bigint as paid_fee
      from block left join ledger_transfer as closing on closing.closes_transfer_id = block.hold_id
    )
    select * from compared where held is null or (is_closed and (charge <> paid or fee <> paid_fee)) or charge > held
    order by hold_id`.execute(snapshot);
  return rows.map(({ hold_id, is_closed, charge, fee, held, paid, paid_fee }) => ({
    subject: hold_id,
    problem: is_closed
      ? `its requests were metered at ${formatMicroUsd(charge)} with a fee of ${formatMicroUsd(fee)}, and it was closed for ${formatMicroUsd(paid)} with a fee of ${formatMicroUsd(paid_fee)}`
      : `its requests were metered at ${formatMicroUsd(charge)}, and ${held === null ? 'nothing' : formatMicroUsd(held)} is held`,
  }));
}

async function strangerErrors(snapshot: Database): Promise<readonly LedgerError[]> {
  const { rows } = await sql<{ request_id: string }>`
    select request.request_id from inference_request as request
    left join lease using (lease_id) left join api_key on api_key.api_key_id = request.api_key_id
    where not exists (select from ledger_posting as held where held.transfer_id = request.hold_transfer_id
        and held.account_id = 'held:' || lease.customer_id)
      or api_key.organisation_id is distinct from lease.customer_id`.execute(snapshot);
  return rows.map(({ request_id }) => ({
    subject: request_id,
    problem: 'its key, its lease and its hold are not of one customer',
  }));
}

async function monthErrors(snapshot: Database): Promise<readonly LedgerError[]> {
  const { rows } = await sql<{ api_key_id: string; month: string; charge: bigint; booked: bigint }>`
    with charged as (
      select api_key_id, date_trunc('month', closed_at at time zone 'UTC')::date as month, count(*) as requests,
        sum(prompt_tokens)::bigint as prompt, sum(completion_tokens)::bigint as completion,
        sum(charge_micro_usd)::bigint as charge
      from inference_request as request where exists (
        select from ledger_transfer as closing where closing.closes_transfer_id = request.hold_transfer_id)
      group by 1, 2
    )
    select api_key_id, month::text, coalesce(charged.charge, 0) as charge, coalesce(booked.charge_micro_usd, 0) as booked
    from charged full join key_month_use as booked using (api_key_id, month)
    where (charged.requests, charged.prompt, charged.completion, charged.charge) is distinct from
      (booked.request_count, booked.prompt_tokens, booked.completion_tokens, booked.charge_micro_usd)`.execute(
    snapshot,
  );
  return rows.map(({ api_key_id, month, charge, booked }) => ({
    subject: `${api_key_id} in ${month.slice(0, 7)}`,
    problem: `its requests were charged ${formatMicroUsd(charge)}, and ${formatMicroUsd(booked)} is booked for the month, or their counts differ`,
  }));
}
