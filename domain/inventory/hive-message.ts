import { type InventoryFault, inventoryFault } from './faults.ts';
import { isJsonObject, type JsonObject, textOf } from './fields.ts';
import type { RigIdentity } from './rig-key.ts';

/** A message of HiveOS's agent; `source` says which file it is from. */
export interface HiveMessage extends RigIdentity {
  readonly params: JsonObject;
  readonly source: string;
}

/** Reads a message of one method; undefined for what is none, and a fault where it names no rig. */
export function readHiveMessage(
  value: unknown,
  method: 'hello' | 'stats',
  source: string,
): HiveMessage | InventoryFault | undefined {
  if (!isJsonObject(value) || value.method !== method) return undefined;
  const { params } = value;
  if (!isJsonObject(params)) return incomplete(source, method, 'it has no "params"');
  const hiveRigId = textOf(params.rig_id)?.slice(0, 40);
  if (hiveRigId === undefined) return incomplete(source, method, 'its "rig_id" is missing or blanked out');
  return { ...rigOfHive(hiveRigId), params, source };
}

/** A rig by the number or name that HiveOS gives it, in its agent's messages and in its API alike. */
export function rigOfHive(hiveRigId: string): RigIdentity {
  return { rigKey: `hive-${hiveRigId}`, rigName: `rig ${hiveRigId}` };
}

function incomplete(fileName: string, method: string, reason: string): InventoryFault {
  return inventoryFault('inventory-message-incomplete', {
    what: `A "${method}" message in ${fileName} names no rig.`,
    why: `Rigs are told apart by "params.rig_id", and ${reason}.`,
    mend: 'Put the rig’s number back, any number that no other rig has.',
  });
}
