import type { MicroUsd } from '@rerig/domain/quantity';
import type { Database } from '../store/database.ts';
import { readAccounts } from '../store/ledger-rows.ts';
import { type ClosedRequest, readClosedRequest } from '../store/meter-rows.ts';

/** An account with its balance, for a statement. */
export interface ExchangeAccount {
  readonly accountId: string;
  readonly ownerId: string;
  readonly kind: string;
  readonly balanceMicroUsd: MicroUsd;
}

/** Every account of the exchange, by id. */
export function readExchangeAccounts(database: Database): Promise<readonly ExchangeAccount[]> {
  return readAccounts(database);
}

/** What a closed request was metered and charged, or null while it is open or unknown. */
export function readRequestReceipt(database: Database, requestId: string): Promise<ClosedRequest | null> {
  return readClosedRequest(database, requestId);
}
