import type { Bytes } from '../quantity.ts';

/** By what the cards of the fleet were counted. */
export type WeightingName = 'nanopool' | 'hiveos';

/** A figure by each weighting. */
export type ByWeighting<Value> = Readonly<Record<WeightingName, Value>>;

/** How far a figure is to be trusted; none of the fleet's is high. */
export type FleetTrust = 'low' | 'medium';

/** An amount of VRAM that a name was sold with. */
export interface FleetVram {
  readonly vramBytes: Bytes;
  /** How many of the cards of the name are taken to have it: 0 to 100, all of one name 100. */
  readonly ofNamePercent: number;
}

/** The amounts that a name was sold with: one at least. */
export type FleetVrams = readonly [FleetVram, ...FleetVram[]];

/** A name of the fleet and how much of the fleet it was. */
export interface FleetEntry {
  /** With its VRAM where the fleet has the name twice: `RTX 3080 12GB`. */
  readonly name: string;
  /** What rigs called themselves after it, with the other names that they called so: `3080`. */
  readonly term: string;
  /** Several where the name does not tell: the part that each has is a guess. */
  readonly vram: FleetVrams;
  /** Of all cards of the fleet, 0 to 100. */
  readonly sharePercent: ByWeighting<number>;
  readonly trust: FleetTrust;
}
