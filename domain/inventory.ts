/** What a farm has: its rigs and cards, read from what rig tools print, or made by a live agent. */
export { vectorExtensionOf } from './inventory/cpu.ts';
export { exampleFarmFiles } from './inventory/example-farm.ts';
export type {
  Board,
  Contradiction,
  Cpu,
  Disk,
  Farm,
  Host,
  Measurement,
  ObservedCard,
  PowerLimit,
  Ram,
  Reading,
  Rig,
  Statement,
  VectorExtension,
} from './inventory/farm.ts';
export { type InventoryFault, type InventoryFaultCode, inventoryFault } from './inventory/faults.ts';
export { vectorExtensionOfFlags } from './inventory/linux-proc.ts';
export {
  activeShareOf,
  BANDWIDTH_TOLERANCE,
  type GenerationClaim,
  isPlausibleGeneration,
  tokensRefusal,
} from './inventory/plausible-tokens.ts';
export { type InventoryRead, readInventory, readSightings } from './inventory/read.ts';
export {
  type FileRead,
  type FileReport,
  type InventoryFile,
  LARGEST_FILE_CHARACTERS,
  readFile as readInventoryFile,
} from './inventory/read-file.ts';
export { rerigCsvTemplate } from './inventory/rerig-csv-columns.ts';
export type { FormatName, RigSighting, SightedCard } from './inventory/sighting.ts';
