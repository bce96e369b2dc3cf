import { type Kysely, sql } from 'kysely';

/** Organisations, keys, market, requests and the ledger, whose rules hold in the database itself. */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of [...organisations, ...market, ...ledger, ...ledgerRules, ...requests, ...farms]) {
    await sql.raw(statement).execute(db);
  }
}

const organisations = [
  `create table organisation (
    organisation_id text primary key,
    name text not null,
    role text not null check (role in ('operator', 'customer', 'both')),
    created_at timestamptz not null default now()
  )`,
  // Only the SHA-256 of a key is kept: 256 random bits need no slow hash.
  `create table api_key (
    api_key_id text primary key,
    organisation_id text not null references organisation,
    secret_sha256 text not null unique check (length(secret_sha256) = 64),
    hint text not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
  )`,
];

const terms = `
    price_micro_usd_per_million_prompt_tokens bigint not null check (price_micro_usd_per_million_prompt_tokens >= 0),
    price_micro_usd_per_million_completion_tokens bigint not null check (price_micro_usd_per_million_completion_tokens >= 0),
    fee_parts_per_million bigint not null check (fee_parts_per_million between 0 and 1000000)`;

const market = [
  `create table offer (
    offer_id text primary key,
    operator_id text not null references organisation,
    model text not null,
    ${terms},
    created_at timestamptz not null default now()
  )`,
  `create table lease (
    lease_id text primary key,
    offer_id text not null references offer,
    operator_id text not null references organisation,
    customer_id text not null references organisation,
    model text not null,
    ${terms},
    created_at timestamptz not null default now(),
    ended_at timestamptz
  )`,
  'create unique index lease_open_for_model on lease (customer_id, model) where ended_at is null',
];

const ledger = [
  `create table ledger_account (
    account_id text primary key,
    kind text not null check (kind in ('world', 'credit', 'held', 'earned', 'fee')),
    owner_id text not null,
    balance_micro_usd bigint not null default 0,
    constraint ledger_account_id_is_kind_and_owner check (account_id = kind || ':' || owner_id),
    constraint ledger_account_not_negative check (kind = 'world' or balance_micro_usd >= 0)
  )`,
  `create table ledger_transfer (
    transfer_id text primary key,
    kind text not null check (kind in ('fund', 'hold', 'settle', 'release')),
    closes_transfer_id text references ledger_transfer,
    posted_at timestamptz not null default now(),
    constraint ledger_transfer_closing check ((kind in ('settle', 'release')) = (closes_transfer_id is not null)),
    constraint ledger_hold_closes_once unique (closes_transfer_id)
  )`,
  `create table ledger_posting (
    transfer_id text not null references ledger_transfer,
    account_id text not null references ledger_account,
    amount_micro_usd bigint not null check (amount_micro_usd <> 0),
    primary key (transfer_id, account_id)
  )`,
];

const ledgerRules = [
  // Balances are kept by the database alone, row by row, so that no program can forget one.
  `create function ledger_keep_balance() returns trigger language plpgsql as $$
  begin
    update ledger_account set balance_micro_usd = balance_micro_usd + new.amount_micro_usd where account_id = new.account_id;
    return null;
  end $$`,
  `create trigger ledger_keep_balance after insert on ledger_posting for each row execute function ledger_keep_balance()`,
  // At commit: every transfer sums to zero, and what closes a hold takes exactly what was held.
  `create function ledger_transfer_is_whole() returns trigger language plpgsql as $$
  declare
    total numeric;
    lines integer;
    remaining numeric;
    hold_kind text;
  begin
    select coalesce(sum(amount_micro_usd), 0), count(*) into total, lines from ledger_posting where transfer_id = new.transfer_id;
    if total <> 0 or lines < 2 then
      raise exception 'transfer % has % postings that sum to %', new.transfer_id, lines, total
        using errcode = 'check_violation', constraint = 'ledger_transfer_is_whole';
    end if;
    if new.closes_transfer_id is not null then
      select kind into hold_kind from ledger_transfer where transfer_id = new.closes_transfer_id;
      select coalesce(sum(amount_micro_usd), 0) into remaining from ledger_posting
        where transfer_id in (new.transfer_id, new.closes_transfer_id) and account_id like 'held:%';
      if hold_kind <> 'hold' or remaining <> 0 then
        raise exception 'transfer % does not close all of hold %', new.transfer_id, new.closes_transfer_id
          using errcode = 'check_violation', constraint = 'ledger_closes_whole_hold';
      end if;
    end if;
    return null;
  end $$`,
  `create constraint trigger ledger_transfer_is_whole after insert on ledger_transfer
    deferrable initially deferred for each row execute function ledger_transfer_is_whole()`,
  `create function ledger_late_posting() returns trigger language plpgsql as $$
  begin
    if not exists (select 1 from ledger_transfer where transfer_id = new.transfer_id and xmin::text::bigint = (txid_current() & 4294967295)) then
      raise exception 'transfer % is already posted', new.transfer_id
        using errcode = 'check_violation', constraint = 'ledger_late_posting';
    end if;
    return new;
  end $$`,
  `create trigger ledger_late_posting before insert on ledger_posting for each row execute function ledger_late_posting()`,
  `create function ledger_is_immutable() returns trigger language plpgsql as $$
  begin
    raise exception 'the ledger''s % can not be changed; post a transfer that reverses it', tg_table_name
      using errcode = 'check_violation', constraint = 'ledger_is_immutable';
  end $$`,
  ...['ledger_transfer', 'ledger_posting'].map(
    (table) => `create trigger ${table}_immutable before update or delete or truncate on ${table}
      for each statement execute function ledger_is_immutable()`,
  ),
  `create trigger ledger_account_kept before delete or truncate on ledger_account
    for each statement execute function ledger_is_immutable()`,
  // A balance changes only inside the posting trigger (depth 2 counted from the statement on ledger_posting).
  `create function ledger_balance_by_posting_only() returns trigger language plpgsql as $$
  begin
    if pg_trigger_depth() < 2 then
      raise exception 'the balance of % changes by postings only', old.account_id
        using errcode = 'check_violation', constraint = 'ledger_balance_by_posting_only';
    end if;
    return new;
  end $$`,
  `create trigger ledger_balance_by_posting_only before update on ledger_account
    for each row execute function ledger_balance_by_posting_only()`,
  `create function ledger_account_starts_empty() returns trigger language plpgsql as $$
  begin
    if new.balance_micro_usd <> 0 then
      raise exception 'account % must start at 0', new.account_id
        using errcode = 'check_violation', constraint = 'ledger_account_starts_empty';
    end if;
    return new;
  end $$`,
  `create trigger ledger_account_starts_empty before insert on ledger_account
    for each row execute function ledger_account_starts_empty()`,
];

const requests = [
  `create table inference_request (
    request_id text primary key,
    api_key_id text not null references api_key,
    lease_id text not null references lease,
    hold_transfer_id text not null unique references ledger_transfer,
    status text not null check (status in ('open', 'settled', 'released')),
    outcome text,
    prompt_tokens integer check (prompt_tokens >= 0),
    completion_tokens integer check (completion_tokens >= 0),
    charge_micro_usd bigint check (charge_micro_usd >= 0),
    duration_ms integer check (duration_ms >= 0),
    first_token_ms integer check (first_token_ms >= 0),
    opened_at timestamptz not null default now(),
    closed_at timestamptz,
    constraint inference_request_closed check ((status = 'open') = (closed_at is null)),
    constraint inference_request_metered check (
      status <> 'settled' or (prompt_tokens is not null and completion_tokens is not null and charge_micro_usd is not null)
    )
  )`,
  `create index inference_request_open on inference_request (opened_at) where status = 'open'`,
  'create index inference_request_by_lease on inference_request (lease_id, opened_at)',
];

const farms = [
  // The farm's inventory: one row, replaced whole when another is read.
  `create table farm_snapshot (
    farm_id text primary key,
    operator_id text not null references organisation,
    snapshot jsonb not null,
    updated_at timestamptz not null default now()
  )`,
];
