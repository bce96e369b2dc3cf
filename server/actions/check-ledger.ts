import { type Fault, isFault } from '@rerig/domain/fault';
import { checkLedger, type LedgerError, type LedgerRows } from '@rerig/domain/ledger';
import { openStoreBeside } from '../store/database.ts';
import { readLedger } from '../store/ledger-rows.ts';
import { checkMeterRows } from '../store/request-check.ts';

/** What a check of the stored ledger found. `errors` empty: every law holds over every row. */
export interface LedgerReport {
  readonly errors: readonly LedgerError[];
  readonly accounts: LedgerRows['accounts'];
  readonly transferCount: number;
  readonly postingCount: number;
  readonly openHoldCount: number;
  /** Requests that are metered and not charged yet: they are charged within seconds, or at the next start. */
  readonly unchargedRequestCount: number;
}

/** Reads every row of the ledger in `dataFolder` and proves it; works beside a running server, or without one. */
export async function checkStoredLedger(dataFolder: string): Promise<LedgerReport | Fault> {
  const store = await openStoreBeside(dataFolder);
  if (isFault(store)) return store;
  try {
    // One snapshot for all, or a request that is settled between two reads would look wrong.
    const { rows, meter } = await store.database
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (snapshot) => ({
        rows: await readLedger(snapshot),
        meter: await checkMeterRows(snapshot),
      }));
    const closed = new Set(rows.transfers.map(({ closesTransferId }) => closesTransferId));
    const isOpenHold = ({ kind, transferId }: LedgerRows['transfers'][number]) =>
      kind === 'hold' && !closed.has(transferId);
    return {
      errors: [...checkLedger(rows), ...meter.errors],
      accounts: rows.accounts,
      transferCount: rows.transfers.length,
      postingCount: rows.transfers.reduce((sum, { postings }) => sum + postings.length, 0),
      openHoldCount: rows.transfers.filter(isOpenHold).length,
      unchargedRequestCount: meter.unchargedRequestCount,
    };
  } finally {
    await store.close();
  }
}
