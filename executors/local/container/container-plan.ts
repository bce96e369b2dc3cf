import { createHash } from 'node:crypto';
import type { RunOrder } from '../runner.ts';
import type { CardAccess } from './card-access.ts';

/** A folder of the machine as a container sees it. */
export interface PlannedMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly isReadOnly: boolean;
}

/** What a container is attached to. `joined`: what the container of its gang's first rank is attached to. */
export type PlannedNetwork =
  | { readonly kind: 'none' }
  | { readonly kind: 'own'; readonly name: string; readonly nameServers: readonly string[] }
  | { readonly kind: 'joined'; readonly containerId: string; readonly pid: number };

/** A container as it is to be made, in no program's words. */
export interface ContainerPlan {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Inside; never root. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** Where its ids begin on the machine; null: inside and outside they are the same. */
  readonly idBase: number | null;
  readonly mounts: readonly PlannedMount[];
  /** A folder inside where it starts; absent: the image's own. */
  readonly workingFolder?: string;
  /** Of /tmp; absent: as much memory as it may use. */
  readonly diskBytes?: number;
  /** Of /dev/shm. */
  readonly sharedMemoryBytes: number;
  readonly memoryBytes?: number;
  readonly coreCount?: number;
  readonly processCountMax: number;
  readonly network: PlannedNetwork;
  readonly cards: CardAccess;
  /** Folders that the image declares as volumes: kept as they are, so that nothing is written to the machine's disk. */
  readonly imageVolumes: readonly string[];
  readonly hasOpenStdin: boolean;
  readonly logPath: string;
  readonly logBytesMax: number;
}

/** What is known of the machine and the image when a container is planned. */
export interface PlanFacts {
  readonly imageUser: string;
  readonly imageVolumes: readonly string[];
  readonly isMappingIds: boolean;
  readonly network: PlannedNetwork;
  readonly cards: CardAccess;
  readonly logPath: string;
}

/** By these labels containers and networks are found again. */
export const RUN_LABEL = 'rerig.run';
export const WORKLOAD_LABEL = 'rerig.workload';
export const RANK_LABEL = 'rerig.rank';

/** Past it the log begins again; what was read before stays read. */
export const LOG_BYTES_MAX = 16 * 1024 ** 2;
/** Enough for a data loader; far from what a machine can hold. */
const PROCESS_COUNT_MAX = 4096;
/** What Podman and Docker give where nothing is said. */
const SHARED_MEMORY_BYTES_MIN = 64 * 1024 ** 2;
/** Where an image names none, or root: what most images give to their first user. */
const PLAIN_USER = 1000;
/** Ids of one container: as many as 16 bits name. */
export const IDS_PER_CONTAINER = 65_536;
/** Above all that distributions and systemd give away, and below 2^31. Source: systemd's "Users, Groups, UIDs and GIDs". */
const ID_BASE_MIN = 1_000_000_000;
const ID_RANGE_COUNT = 16_000;

/** Plans the container of a run. */
export function planContainer(order: RunOrder, image: string, facts: PlanFacts): ContainerPlan {
  const { limits, command, workloadId, runId, rank, workingFolder } = order;
  const mounts = mountsOf(order);
  const starts = mounts.some(({ containerPath }) => isWithin(workingFolder, containerPath));
  return {
    image,
    command,
    // /tmp is the one folder that is surely there and surely its own.
    environment: { HOME: '/tmp', ...order.environment },
    labels: { [RUN_LABEL]: runId, [WORKLOAD_LABEL]: workloadId, [RANK_LABEL]: String(rank) },
    user: userOf(facts.imageUser),
    // A group outside can't be joined from ids that are mapped: Podman's storage maps groups as it does users, or not at all.
    idBase: facts.isMappingIds && facts.cards.groupIds.length === 0 ? idBaseOf(workloadId) : null,
    mounts,
    ...(starts ? { workingFolder } : {}),
    ...(limits.diskBytes === undefined ? {} : { diskBytes: limits.diskBytes }),
    sharedMemoryBytes: Math.max(SHARED_MEMORY_BYTES_MIN, Math.floor((limits.memoryBytes ?? 0) / 2)),
    ...(limits.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes }),
    ...(limits.coreCount === undefined ? {} : { coreCount: limits.coreCount }),
    processCountMax: limits.processCountMax ?? PROCESS_COUNT_MAX,
    network: facts.network,
    cards: facts.cards,
    imageVolumes: facts.imageVolumes,
    hasOpenStdin: !order.survivesUs,
    logPath: facts.logPath,
    logBytesMax: LOG_BYTES_MAX,
  };
}

/** Whose files a run writes, as the machine sees them; both 0 where nobody is asked to change. */
export function ownerOf({ user, idBase }: Pick<ContainerPlan, 'user' | 'idBase'>): { uid: number; gid: number } {
  return { uid: (idBase ?? 0) + user.uid, gid: (idBase ?? 0) + user.gid };
}

/**
 * Where a workload's ids begin: the same in each of its runs, so that a later one reads what an earlier one wrote, and
 * another than that of other workloads.
 */
export function idBaseOf(workloadId: string): number {
  const range = createHash('sha256').update(workloadId).digest().readUInt32BE(0) % ID_RANGE_COUNT;
  return ID_BASE_MIN + range * IDS_PER_CONTAINER;
}

/** A name would be looked up in the image, which may call root by any name: only a number is believed. */
function userOf(imageUser: string): ContainerPlan['user'] {
  const [, uid, gid = uid] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(imageUser) ?? [];
  const asId = (text: string | undefined) => {
    const id = Number(text ?? PLAIN_USER);
    return id > 0 && id < IDS_PER_CONTAINER - 1 ? id : PLAIN_USER;
  };
  return { uid: asId(uid), gid: asId(gid) };
}

/**
 * Its own folders, at the same paths as outside, since its environment names them; of them the notice is only read: we
 * write there, and what we write must not be turned elsewhere. Then what earlier runs wrote, then what was asked for.
 */
function mountsOf({ writableFolders, environment, confinement }: RunOrder): readonly PlannedMount[] {
  const noticeFolder = environment.RERIG_NOTICE_FOLDER;
  const own = writableFolders.map((folder) => ({
    hostPath: folder,
    containerPath: folder,
    isReadOnly: folder === noticeFolder,
  }));
  const earlier = (environment.RERIG_EARLIER_OUTPUT_FOLDERS ?? '')
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => ({ hostPath: folder, containerPath: folder, isReadOnly: true }));
  return [...own, ...earlier, ...(confinement.tier === 'container' ? confinement.mounts : [])];
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
