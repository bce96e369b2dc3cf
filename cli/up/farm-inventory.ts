import { type Fault, isFault } from '@rerig/domain/fault';
import { exampleFarmFiles, readInventory } from '@rerig/domain/inventory';
import type { Exchange, FarmInventory } from '@rerig/server/server';
import { readRigFiles } from '../rig-files.ts';

/** Which inventory is asked for: files, the example, or what an earlier start had. */
export interface InventoryWish {
  readonly paths: readonly string[];
  readonly wantsExample: boolean;
}

/** The inventory that is shown, where it is from, and what of its files could not be read. */
export interface ChosenInventory {
  readonly inventory: FarmInventory;
  readonly origin: 'files' | 'kept' | 'example';
  readonly faults: readonly Fault[];
}

/**
 * Reads the files that are given; a Fault where nothing in them could be read, so that a farm is never replaced by
 * nothing. Null where none are given.
 */
export async function readGivenInventory({ paths }: InventoryWish): Promise<ChosenInventory | Fault | null> {
  if (paths.length === 0) return null;
  const { farm, faults } = await readRigFiles(paths);
  const [fault] = faults;
  if (farm.rigs.length === 0 && fault !== undefined) return fault;
  return { inventory: { farmName: 'Your farm', isExample: false, rigs: farm.rigs }, origin: 'files', faults };
}

/** Chooses the inventory and stores it: the given one, else the one of an earlier start, else the example. */
export async function settleInventory(
  exchange: Exchange,
  given: ChosenInventory | null,
  { wantsExample }: InventoryWish,
): Promise<ChosenInventory> {
  const kept = given !== null || wantsExample ? null : await exchange.farm.loadInventory();
  if (kept !== null && !kept.isExample) return { inventory: kept, origin: 'kept', faults: [] };
  const chosen = given ?? exampleInventory();
  await exchange.farm.setInventory(chosen.inventory);
  return chosen;
}

function exampleInventory(): ChosenInventory {
  const { farm, faults } = readInventory(exampleFarmFiles);
  return {
    inventory: { farmName: 'Example farm', isExample: true, rigs: farm.rigs },
    origin: 'example',
    faults: faults.filter(isFault),
  };
}

/** Where the inventory is from, for a person. */
export function originText({ inventory, origin }: ChosenInventory): string {
  const rigCount = inventory.rigs.length;
  const rigs = `${rigCount} ${rigCount === 1 ? 'rig' : 'rigs'}`;
  switch (origin) {
    case 'files':
      return `Inventory read: ${rigs}`;
    case 'kept':
      return `Inventory kept from an earlier start: ${rigs} (others with --inventory FILE…)`;
    case 'example':
      return `Example farm of ${rigs}, made up (show yours with --inventory FILE…)`;
  }
}
