import { type Fault, type FaultTable, faultMaker } from '../fault.ts';

/** Every refusal of an inventory's reader. */
export type InventoryFaultCode =
  | 'inventory-empty'
  | 'inventory-too-large'
  | 'inventory-wrong-encoding'
  | 'inventory-not-json'
  | 'inventory-half-written'
  | 'inventory-unknown-message'
  | 'inventory-unknown-format'
  | 'inventory-no-header'
  | 'inventory-section-incomplete'
  | 'inventory-implausible'
  | 'inventory-no-card'
  | 'inventory-measurement-refused'
  | 'inventory-unknown-column'
  | 'inventory-wrong-line'
  | 'inventory-too-many'
  | 'inventory-unplaced-cards'
  | 'inventory-card-lost'
  | 'inventory-driver-missing'
  | 'inventory-message-incomplete'
  | 'inventory-duplicate-bus';

const table: FaultTable<InventoryFaultCode> = {
  'inventory-empty': 'after-mend',
  'inventory-too-large': 'after-mend',
  'inventory-wrong-encoding': 'after-mend',
  'inventory-not-json': 'after-mend',
  'inventory-half-written': 'after-mend',
  'inventory-unknown-message': 'after-mend',
  'inventory-unknown-format': 'after-mend',
  'inventory-no-header': 'after-mend',
  'inventory-section-incomplete': 'after-mend',
  'inventory-implausible': 'after-mend',
  'inventory-no-card': 'after-mend',
  'inventory-measurement-refused': 'after-mend',
  'inventory-unknown-column': 'after-mend',
  'inventory-wrong-line': 'after-mend',
  'inventory-too-many': 'after-mend',
  'inventory-unplaced-cards': 'after-mend',
  'inventory-card-lost': 'after-mend',
  'inventory-driver-missing': 'after-mend',
  'inventory-message-incomplete': 'after-mend',
  'inventory-duplicate-bus': 'after-mend',
};

/** A refusal of an inventory's reader. */
export type InventoryFault = Fault<InventoryFaultCode>;

/** Makes a fault of an inventory's reader. */
export const inventoryFault = faultMaker(table);
