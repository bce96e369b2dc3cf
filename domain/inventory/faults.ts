import { type Fault, type FaultTable, faultMaker } from '../fault.ts';

/** Every refusal of an inventory's reader. */
export type InventoryFaultCode =
  | 'inventory-empty'
  | 'inventory-too-large'
  | 'inventory-wrong-encoding'
  | 'inventory-not-json'
  | 'inventory-half-written'
  | 'inventory-unknown-message'
  | 'inventory-message-incomplete'
  | 'inventory-duplicate-bus';

const table: FaultTable<InventoryFaultCode> = {
  'inventory-empty': 'after-mend',
  'inventory-too-large': 'after-mend',
  'inventory-wrong-encoding': 'after-mend',
  'inventory-not-json': 'after-mend',
  'inventory-half-written': 'after-mend',
  'inventory-unknown-message': 'after-mend',
  'inventory-message-incomplete': 'after-mend',
  'inventory-duplicate-bus': 'after-mend',
};

/** A refusal of an inventory's reader. */
export type InventoryFault = Fault<InventoryFaultCode>;

/** Makes a fault of an inventory's reader. */
export const inventoryFault = faultMaker(table);
