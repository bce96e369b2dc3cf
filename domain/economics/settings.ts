/** What the operator says of this reckoning. What is absent comes from the price book. */
export interface OperatorSettings {
  /** The day of the reckoning, `2026-11-25`: domain has no clock. */
  readonly today: string;
  /** Days over which options are compared, 1 to 3650. */
  readonly horizonDays: number;
  /** US dollars for a kilowatt-hour as billed: one figure, or 24 for the hours from midnight. */
  readonly electricityUsdPerKwh?: number | readonly number[];
  /** Wall power over what the rigs take: 1.0 is no cooling. */
  readonly coolingRatio?: number;
  /** Of a rig without its cards, shared by its cards. */
  readonly hostPowerWatts?: number;
  /** 0 to 100: share of the hours in which each earns. */
  readonly utilisationPercent?: {
    readonly serve?: number;
    readonly rent?: number;
    readonly batch?: number;
  };
  /** 0 to 100, of what the customer pays. */
  readonly feePercent?: {
    readonly tokens?: number;
    readonly rental?: number;
    readonly pool?: number;
    readonly resale?: number;
  };
  readonly vat?: VatSettings;
  /** Who may run on the cards; a stranger’s code never runs at `process`, so that nothing is rented by the hour then. */
  readonly isolation: 'process' | 'container' | 'vm';
  /** Options that the operator will not take. */
  readonly excludedOptions: readonly ('serve' | 'rent' | 'batch' | 'mine' | 'sell' | 'recycle')[];
}

/** How value-added tax bears on the operator. */
export interface VatSettings {
  /** 0 to 50. */
  readonly percent: number;
  /** Whether the operator gets back what is paid on electricity, and owes it on what is sold second-hand. */
  readonly isRegistered: boolean;
  /** Whether the tariff above has it in. */
  readonly isInTariff: boolean;
}

/** The settings of an operator who has said nothing: a year, containers, every option open. */
export function defaultSettings(today: string): OperatorSettings {
  return { today, horizonDays: 365, isolation: 'container', excludedOptions: [] };
}
