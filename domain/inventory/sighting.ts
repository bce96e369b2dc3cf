import type { Host, ObservedCard } from './farm.ts';
import type { InventoryFault } from './faults.ts';

/** Every format that is read. A new one gets its name here, its parser in a file of its own and a line in `formats.ts`. */
export type FormatName =
  | 'hiveos-hello'
  | 'hiveos-stats'
  | 'hiveos-api'
  | 'hiveos-detect'
  | 'hiveos-gpu-stats'
  | 'hiveos-oc-log'
  | 'nvidia-smi-xml'
  | 'nvidia-smi-csv'
  | 'nvidia-smi-table'
  | 'nvidia-smi-query'
  | 'nvidia-smi-list'
  | 'rocm-smi-json'
  | 'amd-smi-json'
  | 'lspci'
  | 'kernel-log'
  | 'trex'
  | 'lolminer'
  | 'teamredminer'
  | 'gminer'
  | 'nbminer'
  | 'claymore'
  | 'srbminer'
  | 'bminer'
  | 'excavator'
  | 'sgminer'
  | 'ccminer'
  | 'xmrig'
  | 'nanominer'
  | 'ewbf'
  | 'opencl-benchmark'
  | 'llama-bench'
  | 'llama-log'
  | 'rerig-csv'
  | 'linux-proc'
  | 'lsblk'
  | 'report-table'
  | 'rerig-probe';

/** What one source said of one rig at one moment. Every format is parsed to sightings; sightings are merged to rigs. */
export interface RigSighting {
  readonly format: FormatName;
  /** The file's name, or the address of a live source. */
  readonly source: string;
  /**
   * What tells which rig it is; sightings with the same key are merged, and it becomes the rig's id: `hive-4`, else by
   * `rigOfName` or `rigOfFile`: `rig07`.
   */
  readonly rigKey: string;
  /** For people: `rig 4`. */
  readonly rigName: string;
  /** When it was written, in its own words and time zone. */
  readonly sentAt?: string;
  readonly host: Host;
  readonly cards: readonly SightedCard[];
  /** Whether it lists all cards of the rig that its tool can see, so that an older list of the same tool is out of date. */
  readonly isWholeList?: boolean;
  /** How many cards of its kind it says that the rig has, which may be more than it lists. */
  readonly claimedCardCount?: number;
  /** The rig's own order of GPUs, where this source tells it. */
  readonly slots?: readonly Slot[];
  /** Readings in the rig's own order of GPUs, where another source tells that order. */
  readonly slotReadings?: readonly SlotReadings[];
}

/** An entry of a rig's own list of GPUs: integrated graphics are listed with the cards, and are none. */
export interface Slot {
  readonly busId?: string;
  readonly isCard: boolean;
}

/** One kind of reading of all entries of a rig's own list of GPUs. */
export interface SlotReadings {
  readonly field: 'temperatureCelsius' | 'fanPercent' | 'powerWatts';
  readonly values: readonly (number | undefined)[];
}

/** A card as one source saw it. Without a bus id it is told by its place in the source's own order. */
export type SightedCard = Omit<ObservedCard, 'cardId'> & { readonly position: number };

/** What a format made of a text: undefined where the text is not of this format. */
export interface FormatRead {
  readonly sightings: readonly RigSighting[];
  readonly faults: readonly InventoryFault[];
}
