import type { RankPlace } from '../port.ts';

/** What a rank is told, beside where its master is. */
export interface GangMember {
  readonly workloadId: string;
  /** Of all ranks, by rank. */
  readonly places: readonly RankPlace[];
  readonly rank: number;
}

/** Where the ranks meet: an address of rank 0's rig that each rig reaches, and a port that is free there. */
export interface Rendezvous {
  readonly masterAddress: string;
  readonly masterPort: number;
}

/**
 * The variables by which a rank finds the others, as `torchrun` sets them: PyTorch, Accelerate, DeepSpeed and others read
 * them. LOCAL_RANK counts the ranks of a rig, GROUP_RANK the rigs in the order of their first rank.
 */
export function rankEnvironment(
  { workloadId, places, rank }: GangMember,
  { masterAddress, masterPort }: Rendezvous,
): Readonly<Record<string, string>> {
  const rigIds = [...new Set(places.map(({ rigId }) => rigId))];
  const rigId = places[rank]?.rigId ?? '';
  const onRig = places.filter((place) => place.rigId === rigId).map((place) => place.rank);
  return {
    MASTER_ADDR: masterAddress,
    MASTER_PORT: `${masterPort}`,
    RANK: `${rank}`,
    LOCAL_RANK: `${onRig.indexOf(rank)}`,
    GROUP_RANK: `${rigIds.indexOf(rigId)}`,
    WORLD_SIZE: `${places.length}`,
    LOCAL_WORLD_SIZE: `${onRig.length}`,
    RERIG_WORKLOAD_ID: workloadId,
  };
}

/**
 * Cards that a rank sees, in the order in which CUDA and ROCm count them: those of all ranks of the gang on its rig, by
 * rank. Programs choose theirs by LOCAL_RANK, and NCCL reaches those beside it.
 */
export function cardsSeenBy(places: readonly RankPlace[], rank: number): readonly string[] {
  const rigId = places[rank]?.rigId;
  return places.filter((place) => place.rigId === rigId).flatMap((place) => place.cardIds);
}
