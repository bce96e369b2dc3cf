import type { InventoryFile } from '@rerig/domain/inventory';
import type { SourceFault } from './faults.ts';

/** Where rigs are asked: over SSH, HiveOS's API. Its answers are files that `readInventory` reads. */
export interface RigSource {
  /** For people: `12 rigs over SSH`. */
  readonly name: string;
  /**
   * Asks every rig once. Never rejects: one that fails is a fault beside the others' answers. Aborting the signal ends
   * all that was begun, within a second, and what had been read by then is given.
   */
  read(signal: AbortSignal): Promise<SourceRead>;
}

/** What a source gave. */
export interface SourceRead {
  readonly files: readonly InventoryFile[];
  readonly faults: readonly SourceFault[];
}

/** How far a source is. */
export interface SourceProgress {
  readonly doneCount: number;
  /** Undefined where the source does not know yet how much there is. */
  readonly totalCount?: number;
  /** What was just done: `rig07`. */
  readonly what: string;
  readonly isFault: boolean;
}

/** Is told of each rig or page that was read. */
export type TellProgress = (progress: SourceProgress) => void;
