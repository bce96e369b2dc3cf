import { z } from 'zod';
import type { RankPlace, Workload, WorkloadSpec } from '../port.ts';

/** Why the executor itself ends a workload, which then has failed by it. */
export type OwnEnd = 'not-ready' | 'overtime';

/** All that is known of one workload under Slurm; kept on disk, so that another start of the executor goes on with it. */
export interface JobRecord {
  readonly spec: WorkloadSpec;
  /** By it the workload's script is known when it reports. */
  readonly token: string;
  /** In which submissions it came, for what is listed in order. */
  readonly enteredAtMs: number;
  readonly workload: Workload;
  /** Slurm's id; null until its submission was answered. */
  readonly jobId: number | null;
  /** Where it is expected to be placed, until it is. */
  readonly expected: readonly RankPlace[];
  /** Runs that ended in an error and were started again. */
  readonly retryCount: number;
  /** Of the present run; absent until then. */
  readonly placedAtMs?: number;
  readonly activeAtMs?: number;
  readonly stopAskedAtMs?: number;
  readonly ownEnd?: OwnEnd;
  /** When it was told of its preemption, and when it ends. Of the present run. */
  readonly noticeEndsAt?: string;
  /** Exit codes that the ranks of the present run told, in the order in which they ended. */
  readonly ends: readonly { readonly rank: number; readonly exitCode: number; readonly cardIds?: readonly string[] }[];
  /** The fault that it named itself in the present run. */
  readonly ownFault?: Workload['fault'];
  /** Whether its rig was found lost in the present run. */
  readonly lostRigId?: string;
  /** Why, where it was not by its silence: it takes no runs. */
  readonly lostWhy?: 'folder';
}

const place = z.object({ rank: z.int(), rigId: z.string(), cardIds: z.array(z.string()) });

/** What is checked of a record that is read: the executor wrote it, and a half-written or foreign file has none of these. */
const recordWire = z.looseObject({
  spec: z.looseObject({ workloadId: z.string(), command: z.array(z.string()), stopWithinMs: z.number() }),
  token: z.string(),
  enteredAtMs: z.number(),
  workload: z.looseObject({ workloadId: z.string(), state: z.string(), places: z.array(place) }),
  jobId: z.int().nullable(),
  expected: z.array(place),
  retryCount: z.int(),
  ends: z.array(z.object({ rank: z.int(), exitCode: z.int(), cardIds: z.array(z.string()).optional() })),
});

/** Reads a record from its text; null for what is none. */
export function parseJobRecord(text: string): JobRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    return recordWire.safeParse(value).success ? (value as JobRecord) : null;
  } catch {
    // No JSON: a write was cut off before it was renamed into place, or somebody else's file.
    return null;
  }
}
