/** The exchange's program: HTTP, actions and the store, opened as one. */

export { issueApiKey } from './actions/api-keys.ts';
export { checkStoredLedger, type LedgerReport } from './actions/check-ledger.ts';
export { demoCustomerId, demoOperatorId, ensureDemoTenants } from './actions/demo-tenants.ts';
export { freeBytesOf } from './actions/disk-guard.ts';
export type { FarmInventory } from './actions/farm-board.ts';
export { type ExchangeAccount, readExchangeAccounts, readRequestReceipt } from './actions/read-books.ts';
export type { ReplicaReport } from './actions/replicas.ts';
export { type Exchange, type ExchangeOptions, openExchange } from './exchange.ts';
