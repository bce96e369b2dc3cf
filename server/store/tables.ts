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
  readonly farm_snapshot: FarmSnapshotTable;
}

type CreatedAt = Generated<Date>;

interface OrganisationTable {
  organisation_id: string;
  name: string;
  role: 'operator' | 'customer' | 'both';
  created_at: CreatedAt;
}

interface ApiKeyTable {
  api_key_id: string;
  organisation_id: string;
  secret_sha256: string;
  hint: string;
  created_at: CreatedAt;
  revoked_at: Date | null;
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

interface InferenceRequestTable {
  request_id: string;
  api_key_id: string;
  lease_id: string;
  hold_transfer_id: string;
  status: 'open' | 'settled' | 'released';
  outcome: RequestOutcome | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  charge_micro_usd: bigint | null;
  duration_ms: number | null;
  first_token_ms: number | null;
  opened_at: CreatedAt;
  closed_at: Date | null;
}

interface FarmSnapshotTable {
  farm_id: string;
  operator_id: string;
  snapshot: ColumnType<unknown, string, string>;
  updated_at: CreatedAt;
}
