/** `info`: worth knowing; `warning`: it costs speed, money or hardware; `blocking`: no AI work until it is mended. */
export type Severity = 'info' | 'warning' | 'blocking';

/** What kind of work or purchase a mend is: a price book prices it by this. `none`: there is nothing to mend. */
export type MendKind =
  | 'buy-ram'
  | 'move-card'
  | 'new-riser'
  | 'new-host'
  | 'thermal-pads'
  | 'cleaning'
  | 'fan'
  | 'driver'
  | 'flash'
  | 'setting'
  | 'disk'
  | 'network'
  | 'power'
  | 'test'
  | 'reading'
  | 'replace-card'
  | 'none';

/**
 * What a mend costs: parts in US dollars and a person's time, for the one card or rig that the finding is about. Labour
 * is not in the dollars.
 */
export interface MendCost {
  readonly lowUsd: number;
  readonly highUsd: number;
  readonly labourMinutes: number;
  readonly source: string;
}

/** What a code means, whatever card or rig it is found on. */
export interface FindingMeaning {
  readonly title: string;
  readonly about: 'card' | 'rig' | 'farm';
  /** Those that it can have, the usual one first. */
  readonly severities: readonly [Severity, ...Severity[]];
  /** When it is found, with its threshold. */
  readonly when: string;
  /** What mends it, in a few words. */
  readonly mend: string;
  readonly mendKind: MendKind;
}
