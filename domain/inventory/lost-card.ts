import { type InventoryFault, inventoryFault } from './faults.ts';

/** A card that its driver lists and cannot reach. */
export function lostCard(source: string, where: string): InventoryFault {
  return inventoryFault('inventory-card-lost', {
    what: `${source} says that the driver has lost the card ${where}.`,
    why: 'It fell off the bus: the riser, its power or the card itself failed, and nothing more is known of it.',
    mend: 'Restart the rig, then look at riser and power cable; if it stays away, try the card in another slot.',
  });
}
