import { hardwareLadder } from './bars.ts';
import type { GradedFleetEntry } from './graded.ts';
import { type BarShare, barShare, weightingNames } from './shares.ts';

/** What others said of the share that can be converted. */
export interface FleetClaim {
  readonly claimId: string;
  /** `the press, 2023`. */
  readonly by: string;
  readonly lowPercent: number;
  readonly highPercent: number;
  readonly source: string;
}

/** A claim and the bars by VRAM and tensor cores that give it. */
export interface ClaimReading {
  readonly claim: FleetClaim;
  /** Whose share lies in the claim by both weightings. */
  readonly within: readonly BarShare[];
  /** Where none does: the strictest bar that gives more by both weightings, and the loosest that gives less. */
  readonly looser?: BarShare;
  readonly stricter?: BarShare;
}

/** What was claimed in 2023, when the question was new. */
export const fleetClaims: readonly FleetClaim[] = [
  {
    claimId: 'press-2023',
    by: 'the press, 2023',
    lowPercent: 20,
    highPercent: 20,
    source: '“about 20 % of the chips can be converted”, as collected in November 2026; the article is not named there',
  },
  {
    claimId: 'miners-2023',
    by: 'miners, 2023',
    lowPercent: 5,
    highPercent: 15,
    source:
      'Bitpro, a dealer in mining cards: bitproit.com/gpu-miners-pivot-ai, on D. Pan’s report for Bloomberg, May 2023',
  },
];

/** Holds claims against the ladder of VRAM with tensor cores. */
export function readClaims(fleet: readonly GradedFleetEntry[]): readonly ClaimReading[] {
  const ladder = hardwareLadder.map((bar) => barShare(fleet, bar));
  return fleetClaims.map((claim) => readClaim(claim, ladder));
}

function readClaim(claim: FleetClaim, ladder: readonly BarShare[]): ClaimReading {
  const isEach = ({ byWeighting }: BarShare, holds: (midPercent: number) => boolean) =>
    weightingNames.every((name) => holds(byWeighting[name].midPercent));
  const within = ladder.filter((bar) => isEach(bar, (mid) => mid >= claim.lowPercent && mid <= claim.highPercent));
  if (within.length > 0) return { claim, within };
  const looser = ladder.findLast((bar) => isEach(bar, (mid) => mid > claim.highPercent));
  const stricter = ladder.find((bar) => isEach(bar, (mid) => mid < claim.lowPercent));
  return {
    ...{ claim, within },
    ...(looser === undefined ? {} : { looser }),
    ...(stricter === undefined ? {} : { stricter }),
  };
}
