import { type InventoryFault, inventoryFault } from './faults.ts';
import { isJsonObject, type JsonObject, listOf, textOf } from './fields.ts';

/** A message of HiveOS's agent, told by its content; `source` says which file it is from. */
export interface HiveMessage {
  readonly method: 'hello' | 'stats';
  readonly hiveRigId: string;
  readonly params: JsonObject;
  readonly source: string;
}

/** How deep lists of lists of messages are looked into. */
const DEEPEST_LIST = 3;

/** Finds the messages in a JSON value: one, or a list of them. What is none becomes a fault that says what was expected. */
export function* findHiveMessages(
  fileName: string,
  value: unknown,
  depth = 0,
): Generator<HiveMessage | InventoryFault> {
  if (!Array.isArray(value) || depth >= DEEPEST_LIST) yield readHiveMessage(fileName, value);
  else for (const item of listOf(value)) yield* findHiveMessages(fileName, item, depth + 1);
}

function readHiveMessage(fileName: string, value: unknown): HiveMessage | InventoryFault {
  if (!isJsonObject(value)) return unknownMessage(fileName, `a value of type ${typeOf(value)}`);
  const { method, params } = value;
  if (method !== 'hello' && method !== 'stats') {
    const seen = textOf(method) === undefined ? 'has no "method"' : `has the method "${textOf(method)}"`;
    return unknownMessage(fileName, `an object that ${seen}`);
  }
  if (!isJsonObject(params)) return incomplete(fileName, method, 'it has no "params"');
  const hiveRigId = textOf(params.rig_id);
  if (hiveRigId === undefined) return incomplete(fileName, method, 'its "rig_id" is missing or blanked out');
  return { method, hiveRigId: hiveRigId.slice(0, 40), params, source: fileName };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list within lists' : typeof value;
}

function unknownMessage(fileName: string, seen: string): InventoryFault {
  return inventoryFault('inventory-unknown-message', {
    what: `${fileName} holds something that is no message of a rig.`,
    why: `Expected an object with "method" "hello" or "stats" as HiveOS’s agent sends it; there is ${seen}.`,
    mend: 'Give the agent’s own messages, or leave this file out.',
  });
}

function incomplete(fileName: string, method: string, reason: string): InventoryFault {
  return inventoryFault('inventory-message-incomplete', {
    what: `A "${method}" message in ${fileName} names no rig.`,
    why: `Rigs are told apart by "params.rig_id", and ${reason}.`,
    mend: 'Put the rig’s number back, any number that no other rig has.',
  });
}
