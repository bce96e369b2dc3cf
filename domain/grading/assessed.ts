import type { CardMatch, Route } from '../cards.ts';
import type { ObservedCard, Rig } from '../inventory.ts';
import type { Bytes } from '../quantity.ts';
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { WorkloadFit } from './fit.ts';
import type { Grade } from './grade.ts';

/** A card's VRAM: as the driver `reported` it, or as its `model` was sold. */
export interface AssessedVram {
  readonly bytes: Bytes;
  readonly basis: 'reported' | 'model';
  /** What workloads may use of it, by which it was reckoned: the same, less what the driver reserves. */
  readonly usableBytes: Bytes;
}

/** A card and what it can do. */
export interface AssessedCard {
  readonly card: ObservedCard;
  /** Absent for a processor, which is no card of the catalogue. */
  readonly match?: CardMatch;
  /** Catalogue names that fit what was observed: one when known, several when ambiguous, none when unknown. */
  readonly modelNames: readonly string[];
  /** Null when too little is known to say. */
  readonly grade: Grade | null;
  /** Null exactly where the grade is. */
  readonly evidence: Evidence | null;
  readonly route: Route | null;
  readonly vram?: AssessedVram;
  /** Every reference workload, smallest first; empty where VRAM or route is not known. */
  readonly fits: readonly WorkloadFit[];
  /** The largest that fits, `8B Q4_K_M`; null where none fits or nothing is known. */
  readonly largestFit: string | null;
  readonly findings: readonly Finding[];
}

/** A rig and what its cards can do. */
export interface AssessedRig {
  readonly rig: Rig;
  readonly cards: readonly AssessedCard[];
  /** Of the rig as a whole: each limits all its cards. */
  readonly findings: readonly Finding[];
  readonly totals: Totals;
}

/** A farm and what its cards can do. */
export interface AssessedFarm {
  readonly rigs: readonly AssessedRig[];
  /** Of the farm as a whole: cards listed twice, old readings, mixed drivers. */
  readonly findings: readonly Finding[];
  readonly totals: Totals;
}

/** Sums over cards. */
export interface Totals {
  readonly rigCount: number;
  readonly cardCount: number;
  readonly cardCountByGrade: Readonly<Record<Grade | 'ungraded', number>>;
  /** Of the cards whose VRAM is known; a processor's share of RAM is none. */
  readonly vramBytes: Bytes;
  /** Measured power of the cards that report it. */
  readonly powerWatts: number;
  readonly powerReportingCardCount: number;
  readonly findingCountBySeverity: Readonly<Record<Finding['severity'], number>>;
}
