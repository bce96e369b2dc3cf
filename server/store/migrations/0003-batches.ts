import { type Kysely, sql } from 'kysely';

/** Files in pieces, batches and their lines, and kept responses. */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of [...files, ...batches, ...responses]) await sql.raw(statement).execute(db);
}

const files = [
  // A file is seen once it is whole; one that is not, and that nothing was added to lately, is an orphan.
  `create table stored_file (
    file_id text primary key,
    organisation_id text not null references organisation,
    purpose text not null check (purpose in ('batch', 'batch_output')),
    filename text not null,
    byte_count bigint not null default 0 check (byte_count >= 0),
    sha256 text check (length(sha256) = 64),
    created_at timestamptz not null default now(),
    touched_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  'create index stored_file_by_organisation on stored_file (organisation_id, created_at, file_id)',
  `create table stored_file_chunk (
    file_id text not null references stored_file on delete cascade,
    chunk_index integer not null check (chunk_index >= 0),
    content bytea not null check (octet_length(content) between 1 and 1048576),
    primary key (file_id, chunk_index)
  )`,
  // Chunks are read whole: compressing them would cost more than the disk that it saves.
  'alter table stored_file_chunk alter column content set storage external',
];

const batches = [
  `create table batch (
    batch_id text primary key,
    organisation_id text not null references organisation,
    api_key_id text not null references api_key,
    endpoint text not null,
    input_file_id text not null,
    metadata text,
    status text not null default 'validating' check (status in
      ('validating', 'failed', 'in_progress', 'finalizing', 'completed', 'expired', 'cancelling', 'cancelled')),
    errors text not null default '[]',
    models text[] not null default '{}',
    output_file_id text,
    error_file_id text,
    line_count integer not null default 0,
    completed_count integer not null default 0,
    failed_count integer not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    in_progress_at timestamptz,
    finalizing_at timestamptz,
    completed_at timestamptz,
    failed_at timestamptz,
    expired_at timestamptz,
    cancelling_at timestamptz,
    cancelled_at timestamptz,
    turn_id text,
    turn_until timestamptz,
    constraint batch_counts check (completed_count >= 0 and failed_count >= 0 and completed_count + failed_count <= line_count)
  )`,
  'create index batch_by_organisation on batch (organisation_id, created_at, batch_id)',
  `create index batch_at_work on batch (created_at) where status in ('validating', 'in_progress', 'finalizing', 'cancelling')`,
  `create table batch_line (
    batch_id text not null references batch on delete cascade,
    line_number integer not null check (line_number >= 1),
    custom_id text not null,
    model text,
    body text,
    status text not null check (status in ('waiting', 'running', 'completed', 'failed')),
    round_count integer not null default 0,
    failure_count integer not null default 0,
    lease_id text,
    lease_until timestamptz,
    not_before timestamptz not null default now(),
    result text,
    primary key (batch_id, line_number),
    constraint batch_line_custom_id unique (batch_id, custom_id),
    constraint batch_line_has_what_it_needs check ((status in ('completed', 'failed')) = (result is not null)),
    constraint batch_line_leased check ((status = 'running') = (lease_id is not null))
  )`,
  `create index batch_line_open on batch_line (batch_id, model, line_number) where status in ('waiting', 'running')`,
];

const responses = [
  `create table stored_response (
    response_id text primary key,
    organisation_id text not null references organisation,
    previous_response_id text,
    response text not null,
    input text not null,
    byte_count integer not null check (byte_count >= 0),
    created_at timestamptz not null default now()
  )`,
  'create index stored_response_by_organisation on stored_response (organisation_id, created_at)',
  'create index stored_response_by_age on stored_response (created_at)',
];
