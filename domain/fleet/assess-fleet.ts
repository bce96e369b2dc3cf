import { fleetBars } from './bars.ts';
import { type ClaimReading, readClaims } from './claims.ts';
import { fleetEntries } from './entries.ts';
import type { FleetEntry } from './entry.ts';
import { type GradedFleetEntry, gradeFleet } from './graded.ts';
import { type BarShare, barShare } from './shares.ts';

/** What share of a fleet converts under each bar. */
export interface AssessedFleet {
  /** In the order of `fleetBars`. */
  readonly bars: readonly BarShare[];
  readonly claims: readonly ClaimReading[];
  readonly entries: readonly GradedFleetEntry[];
}

/**
 * Puts a fleet, by default the Ethereum fleet of 2021, through the grading that any card goes through. Shares are of all
 * cards, those that the catalogue lacks included; a stricter bar never gives more.
 */
export function assessFleet(entries: readonly FleetEntry[] = fleetEntries): AssessedFleet {
  const graded = gradeFleet(entries);
  return { bars: fleetBars.map((bar) => barShare(graded, bar)), claims: readClaims(graded), entries: graded };
}
