import { type Fault, isFault } from '@rerig/domain/fault';
import { openStoreBeside } from '../store/database.ts';
import { FARM_ID, type FarmInventory, inventorySchema } from './farm-board.ts';

/**
 * The operator's inventory in the store of a data folder, beside a running server or without one; null where none was
 * stored, or the example alone. A Fault where the store can't be opened.
 */
export async function readFarmInventory(dataFolder: string): Promise<FarmInventory | null | Fault> {
  const store = await openStoreBeside(dataFolder);
  if (isFault(store)) return store;
  try {
    const rows = store.database.selectFrom('farm_snapshot').select('snapshot').where('farm_id', '=', FARM_ID);
    const kept = inventorySchema.safeParse((await rows.executeTakeFirst())?.snapshot);
    return kept.success && !kept.data.isExample ? kept.data : null;
  } finally {
    await store.close();
  }
}
