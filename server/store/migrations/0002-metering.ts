import { type Kysely, sql } from 'kysely';

/**
 * Meter rows that many to a block are charged together, what each key used by month, limits and caps of keys and
 * organisations, word of their changes, and kept answers of idempotent requests.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of [...meterRows, ...meterRules, ...monthUse, ...limits, ...changes, ...answers]) {
    await sql.raw(statement).execute(db);
  }
}

const meterRows = [
  // What a crash left open can't be proved to be delivered: it is metered as nothing, and its hold is released at the start.
  `update inference_request set status = 'released', outcome = 'interrupted', closed_at = now() where status = 'open'`,
  // References are checked by statement, not by row: by row they cost more than the insert itself.
  `alter table inference_request
    drop constraint inference_request_closed,
    drop constraint inference_request_metered,
    drop constraint inference_request_api_key_id_fkey,
    drop constraint inference_request_lease_id_fkey,
    drop constraint inference_request_hold_transfer_id_fkey,
    drop constraint inference_request_hold_transfer_id_key,
    drop column status,
    add column priority text not null default 'live' check (priority in ('live', 'batch')),
    add column door text not null default 'chat',
    add column cached_tokens integer not null default 0 check (cached_tokens >= 0),
    add column fee_micro_usd bigint not null default 0,
    add column replica_id text`,
  `update inference_request as request set
    outcome = coalesce(outcome, 'completed'), prompt_tokens = coalesce(prompt_tokens, 0),
    completion_tokens = coalesce(completion_tokens, 0), charge_micro_usd = coalesce(charge_micro_usd, 0),
    duration_ms = coalesce(duration_ms, 0),
    fee_micro_usd = coalesce((
      select posting.amount_micro_usd from ledger_transfer as closing
      join ledger_posting as posting on posting.transfer_id = closing.transfer_id and posting.account_id like 'fee:%'
      where closing.closes_transfer_id = request.hold_transfer_id), 0)`,
  `alter table inference_request
    alter column outcome set not null, alter column prompt_tokens set not null,
    alter column completion_tokens set not null, alter column charge_micro_usd set not null,
    alter column duration_ms set not null, alter column closed_at set not null,
    add constraint inference_request_fee_within_charge check (fee_micro_usd between 0 and charge_micro_usd)`,
  'drop index inference_request_by_lease',
  'create index inference_request_by_hold on inference_request (hold_transfer_id)',
];

const meterRules = [
  // A row joins an open block of its lease's customer, by a key of that customer. The lock keeps a block from being
  // closed between this look and the commit; what closes it takes the same lock alone.
  `create function inference_request_is_of_open_block() returns trigger language plpgsql as $$
  declare
    wrong text;
  begin
    perform pg_advisory_xact_lock_shared(7374748, hashtext(hold_transfer_id))
      from (select distinct hold_transfer_id from added) as block;
    select pair.hold_transfer_id into wrong
      from (select distinct hold_transfer_id, lease_id, api_key_id from added) as pair
      left join lease on lease.lease_id = pair.lease_id
      left join api_key on api_key.api_key_id = pair.api_key_id
      left join ledger_posting as held on held.transfer_id = pair.hold_transfer_id
        and held.account_id = 'held:' || lease.customer_id and held.amount_micro_usd > 0
      where held.transfer_id is null or api_key.organisation_id is distinct from lease.customer_id
        or exists (select from ledger_transfer as closing where closing.closes_transfer_id = pair.hold_transfer_id)
      limit 1;
    if wrong is not null then
      raise exception 'a meter row can not join the block %', wrong
        using errcode = 'check_violation', constraint = 'inference_request_is_of_open_block';
    end if;
    return null;
  end $$`,
  `create trigger inference_request_is_of_open_block after insert on inference_request
    referencing new table as added for each statement execute function inference_request_is_of_open_block()`,
  `create trigger inference_request_immutable before update or delete or truncate on inference_request
    for each statement execute function ledger_is_immutable()`,
];

const monthUse = [
  // Charged use by key and calendar month (UTC): caps and totals are read here, and not from every row.
  `create table key_month_use (
    month date not null,
    api_key_id text not null references api_key,
    request_count bigint not null check (request_count >= 0),
    prompt_tokens bigint not null check (prompt_tokens >= 0),
    completion_tokens bigint not null check (completion_tokens >= 0),
    charge_micro_usd bigint not null check (charge_micro_usd >= 0),
    primary key (api_key_id, month)
  )`,
  `insert into key_month_use
    select date_trunc('month', closed_at at time zone 'UTC')::date, api_key_id, count(*), sum(prompt_tokens),
      sum(completion_tokens), sum(charge_micro_usd)
    from inference_request as request
    where exists (select from ledger_transfer as closing where closing.closes_transfer_id = request.hold_transfer_id)
    group by 1, 2`,
];

const limitColumns = `
    add column requests_per_minute integer check (requests_per_minute >= 1),
    add column tokens_per_minute integer check (tokens_per_minute >= 1),
    add column monthly_cap_micro_usd bigint check (monthly_cap_micro_usd >= 0)`;

const limits = [
  `alter table organisation ${limitColumns}`,
  `alter table api_key ${limitColumns},
    add column label text not null default '',
    add column regions text[] not null default '{}',
    add column operator_ids text[] not null default '{}',
    add column isolation text not null default 'process' check (isolation in ('process', 'container', 'vm'))`,
  'create index api_key_by_organisation on api_key (organisation_id)',
];

const changes = [
  `create function tell_directory_change() returns trigger language plpgsql as $$
  begin
    perform pg_notify('rerig_directory', tg_table_name);
    return null;
  end $$`,
  ...['organisation', 'api_key', 'lease'].map(
    (table) => `create trigger ${table}_change_told after insert or update or delete on ${table}
      for each statement execute function tell_directory_change()`,
  ),
];

const answers = [
  `create table kept_answer (
    organisation_id text not null references organisation,
    idempotency_key text not null,
    request_sha256 text not null check (length(request_sha256) = 64),
    request_id text not null,
    status_code integer not null check (status_code between 200 and 599),
    content_type text not null,
    answer bytea not null check (octet_length(answer) <= 1048576),
    expires_at timestamptz not null,
    primary key (organisation_id, idempotency_key)
  )`,
  'create index kept_answer_by_expiry on kept_answer (expires_at)',
];
