/** The exchange's program: HTTP, actions and the store, opened as one. */

export { issueApiKey } from './actions/api-keys.ts';
export type { AgentLink, ModelStanding } from './actions/autoscale.ts';
export { checkStoredLedger, type LedgerReport } from './actions/check-ledger.ts';
export { demoCustomerId, demoOperatorId, ensureDemoTenants } from './actions/demo-tenants.ts';
export { freeBytesOf } from './actions/disk-guard.ts';
export type { FarmInventory } from './actions/farm-board.ts';
export { type KeyBook, type KeyWish, withKeyBook } from './actions/manage-keys.ts';
export type { OfferedModel } from './actions/placement-snapshot.ts';
export { type ExchangeAccount, readExchangeAccounts, readRequestReceipt } from './actions/read-books.ts';
export { readFarmInventory } from './actions/read-farm-inventory.ts';
export type { ReplicaReport } from './actions/replica-report.ts';
export type { ModelTerms } from './actions/replicas.ts';
export { type Exchange, type ExchangeOptions, openExchange } from './exchange.ts';
export type { ConstraintChange, LimitChange, ListedKey } from './store/keys.ts';
