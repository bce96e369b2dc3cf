import type { ColumnType, Generated } from 'kysely';

/** The tables as Kysely sees them. `bigint` columns come as bigint; timestamps as Date. */
export interface Tables {
  readonly organisation: OrganisationTable;
  readonly api_key: ApiKeyTable;
  readonly offer: OfferTable;
  readonly lease: LeaseTable;
  readonly ledger_account: LedgerAccountTable;
  readonly ledger_transfer: LedgerTransferTable;
  readonly ledger_posting: LedgerPostingTable;
  readonly inference_request: InferenceRequestTable;
  readonly key_month_use: KeyMonthUseTable;
  readonly kept_answer: KeptAnswerTable;
  readonly farm_snapshot: FarmSnapshotTable;
}

type CreatedAt = Generated<Date>;

interface LimitColumns {
  requests_per_minute: Generated<number | null>;
  tokens_per_minute: Generated<number | null>;
  monthly_cap_micro_usd: Generated<bigint | null>;
}

interface OrganisationTable extends LimitColumns {
  organisation_id: string;
  name: string;
  role: 'operator' | 'customer' | 'both';
  created_at: CreatedAt;
}

interface ApiKeyTable extends LimitColumns {
  api_key_id: string;
  organisation_id: string;
  secret_sha256: string;
  hint: string;
  created_at: CreatedAt;
  revoked_at: Date | null;
  label: Generated<string>;
  regions: Generated<readonly string[]>;
  operator_ids: Generated<readonly string[]>;
  isolation: Generated<'process' | 'container' | 'vm'>;
}

interface TermColumns {
  price_micro_usd_per_million_prompt_tokens: bigint;
  price_micro_usd_per_million_completion_tokens: bigint;
  fee_parts_per_million: bigint;
}

interface OfferTable extends TermColumns {
  offer_id: string;
  operator_id: string;
  model: string;
  created_at: CreatedAt;
}

interface LeaseTable extends TermColumns {
  lease_id: string;
  offer_id: string;
  operator_id: string;
  customer_id: string;
  model: string;
  created_at: CreatedAt;
  ended_at: Date | null;
}

interface LedgerAccountTable {
  account_id: string;
  kind: 'world' | 'credit' | 'held' | 'earned' | 'fee';
  owner_id: string;
  balance_micro_usd: Generated<bigint>;
}

interface LedgerTransferTable {
  transfer_id: string;
  kind: 'fund' | 'hold' | 'settle' | 'release';
  closes_transfer_id: string | null;
  posted_at: CreatedAt;
}

interface LedgerPostingTable {
  transfer_id: string;
  account_id: string;
  amount_micro_usd: bigint;
}

/** How a request ended. */
export type RequestOutcome = 'completed' | 'client-gone' | 'upstream-failed' | 'refused' | 'interrupted';

/** A meter row: written once when its request has ended, and never changed. */
interface InferenceRequestTable {
  request_id: string;
  api_key_id: string;
  lease_id: string;
  hold_transfer_id: string;
  priority: 'live' | 'batch';
  door: string;
  outcome: RequestOutcome;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  charge_micro_usd: bigint;
  fee_micro_usd: bigint;
  duration_ms: number;
  first_token_ms: number | null;
  replica_id: string | null;
  opened_at: CreatedAt;
  closed_at: Date;
}

interface KeyMonthUseTable {
  month: string;
  api_key_id: string;
  request_count: bigint;
  prompt_tokens: bigint;
  completion_tokens: bigint;
  charge_micro_usd: bigint;
}

interface KeptAnswerTable {
  organisation_id: string;
  idempotency_key: string;
  request_sha256: string;
  request_id: string;
  status_code: number;
  content_type: string;
  answer: Uint8Array;
  expires_at: Date;
}

interface FarmSnapshotTable {
  farm_id: string;
  operator_id: string;
  snapshot: ColumnType<unknown, string, string>;
  updated_at: CreatedAt;
}
