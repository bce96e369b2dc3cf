import type { Fault } from '@rerig/domain/fault';
import type { CardDemand, CardFeatures, WorkloadKind, WorkloadPriority, WorkloadState } from '@rerig/domain/workloads';

/** What a workload may use beside its cards. Absent: as much as there is. */
export interface WorkloadLimits {
  /** At least 16 MiB. Past it the workload is ended, and has failed. */
  readonly memoryBytes?: number;
  /** Of all its processes together: 0.1 and more. */
  readonly coreCount?: number;
  /** Processes and threads at once: at least 8. A fork beyond it fails. */
  readonly processCountMax?: number;
  /** What it may write beside its folders, of which its home is then none: at least 1 MiB. A write beyond it fails. */
  readonly diskBytes?: number;
}

/** A folder of the machine that a container sees. */
export interface WorkloadMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly isReadOnly: boolean;
}

/**
 * What stands between a workload and the machine. `process`: the operator's own work, in a sandbox of its own where the
 * machine has one (bubblewrap). `container`: a stranger's work: read-only root, no privileges, no way to the farm's LAN.
 */
export type Confinement =
  | {
      readonly tier: 'process';
      /** Absent: `where-present`. `none`: for programs that need the machine whole, such as a container engine's client. */
      readonly sandbox?: 'where-present' | 'none';
      /** Files and folders that it reads though the sandbox hides what they lie in, as /tmp or Rerig's own data folder. */
      readonly readablePaths?: readonly string[];
    }
  | {
      readonly tier: 'container';
      /** An image that the machine has, or whose registry it reaches: `docker.io/library/debian:12`. */
      readonly image: string;
      /** `none`: not even the internet. `internet`: out, but never to private addresses. */
      readonly network: 'none' | 'internet';
      readonly mounts: readonly WorkloadMount[];
    };

/** What is to run, on which cards, and for how long it is waited for. */
export interface WorkloadSpec {
  /** Made by the caller, new for each workload: 1 to 100 letters, digits, `.`, `_` and `-`. */
  readonly workloadId: string;
  /** `replica` says itself that it is ready; a `job` and a `fallback` are running as soon as they are started. */
  readonly kind: WorkloadKind;
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  /** Added to the little that every workload gets (PATH, HOME, …). What assigns cards and ranks is set by the executor, last. */
  readonly environment: Readonly<Record<string, string>>;
  /** The cards of each rank: all are held, or none. */
  readonly cards: CardDemand;
  /** Absent: 1. Several ranks are a gang: all start or none, over one rig or many, and each has cards as demanded. */
  readonly rankCount?: number;
  /** Absent: `guaranteed`. A lower one is ended for a higher one, and goes on after it. */
  readonly priority?: WorkloadPriority;
  /** Absent: `refuse`. What happens when its cards are held by others of no lower priority. */
  readonly whenBusy?: 'refuse' | 'queue';
  /** Absent: `process`. */
  readonly confinement?: Confinement;
  readonly limits?: WorkloadLimits;
  /** Absent: false: it is ended with the executor. True: it goes on, and the next start of the executor takes it up again. */
  readonly survivesExecutor?: boolean;
  /** From `running` or `ready` on, in each run: past it, it is ended and has failed. 1 s to 1 year; absent: none. */
  readonly timeLimitMs?: number;
  /**
   * How long before it is preempted it gets word of it (SIGTERM, a file, an HTTP answer): 0 to 10 min. Absent: 0. One that
   * ends before is not waited for.
   */
  readonly noticeMs?: number;
  /** How often it is started again after it has ended in an error by itself: 0 to 100; absent: 0. A lost rig, a drain and a preemption are not counted. */
  readonly restartCountMax?: number;
  /**
   * A folder for what it makes, which every rig of it reaches. Each run writes to a folder of its own below it, named by
   * the count of restarts, and reads those before: what was cut off and goes on can't overwrite its successor's work.
   */
  readonly outputFolder?: string;
  /** A replica: how long it may take until it says that it is ready: 1 ms to 24 h. Past it, it is ended and has failed. */
  readonly readyWithinMs: number;
  /** How long it gets to end by itself when stopped: 0 to 10 min. Past it, it is killed with all that it started. */
  readonly stopWithinMs: number;
  /** A folder that exists on each rig. */
  readonly workingFolder: string;
}

/** Where one rank runs. */
export interface RankPlace {
  readonly rank: number;
  readonly rigId: string;
  readonly cardIds: readonly string[];
}

/** A workload as it stands. */
export interface Workload {
  readonly workloadId: string;
  readonly kind: WorkloadKind;
  readonly priority: WorkloadPriority;
  /** What it holds, or has held to its end; empty while it waits, or where it asked for none. */
  readonly cardIds: readonly string[];
  /** By rank; empty while it waits. */
  readonly places: readonly RankPlace[];
  readonly state: WorkloadState;
  /** Runs before this one: the fence of what it writes. */
  readonly restartCount: number;
  /** What it said of itself when it became ready (`listen`, `model`, …): unchecked, for the caller to parse. */
  readonly announced?: Readonly<Record<string, unknown>>;
  /** Of its first rank that failed, else of rank 0; 128 + the signal where one ended it. Once it has ended and it is known. */
  readonly exitCode?: number;
  /** Why it failed, is lost, or waits again; its own words, where it gave some. */
  readonly fault?: Fault;
}

/** Word of a change. Each change has one, in order; the same workload as after the change. */
export interface WorkloadChange {
  /** Unique over all executors and starts of them: applying it twice can be told by it. */
  readonly changeId: string;
  readonly workload: Workload;
}

/** Ends a watch; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Whether work may be put on a card. `draining`: what runs ends by itself; `drained`: nothing runs, nothing starts. */
export type CardStanding = 'in-service' | 'draining' | 'drained' | 'lost';

/** A card, who runs on it (`null`: nobody), and what it can do. */
export interface CardCapacity {
  readonly cardId: string;
  readonly rigId: string;
  readonly workloadId: string | null;
  readonly standing: CardStanding;
  /** Why it is not in service, in the words of who drained it or of who found it lost. */
  readonly standingWhy?: string;
  readonly features: CardFeatures;
}

/** What is taken out of service, or brought back. */
export type DrainTarget =
  | { readonly kind: 'card'; readonly cardId: string }
  | { readonly kind: 'rig'; readonly rigId: string };

/** A part of a log. Lines are counted from 0 on over all runs; of several ranks, each begins with `RANK: `. */
export interface LogPart {
  readonly lines: readonly string[];
  /** Ask from here to go on. */
  readonly nextLine: number;
  /** Lines asked for that are no longer kept. */
  readonly missedCount: number;
}

/** What an executor can do. Callers ask this, never which adapter it is. */
export interface ExecutorCapabilities {
  /** Tiers that it can run here and now. A stranger's code never runs at `process`. */
  readonly tiers: readonly Confinement['tier'][];
  readonly kinds: readonly WorkloadKind[];
  /** Whether it takes a demand of exactly these cards; else only of cards by what they can do. */
  readonly canPinCards: boolean;
  /** Whether a workload may be ended for one of higher priority, and goes on after it. */
  readonly canPreempt: boolean;
  /** Whether workloads wait in a queue while their cards are held; else the start is refused. */
  readonly canQueue: boolean;
  /** Most ranks of a gang; 1 where it runs none. */
  readonly rankCountMax: number;
  /** Whether a single card can be drained; else only a whole rig. */
  readonly canDrainCards: boolean;
}

/** What starts workloads on cards: the only thing that does. Refusals are Faults; nothing throws but broken code. */
export interface Executor {
  readonly capabilities: ExecutorCapabilities;
  /**
   * Starts a workload and gives it as it stands then, `starting`, `running` or `queued`: what becomes of it is told to those
   * who watch. Refuses with a Fault, and without a trace, what can't start: `card-busy`, `card-unknown`, `no-card-fits`,
   * `workload-exists`, `workload-invalid`, `tier-missing`, `image-missing`, `start-failed`, `executor-closed`,
   * `executor-unreachable`.
   */
  start(spec: WorkloadSpec): Promise<Workload | Fault>;
  /**
   * Stops a workload and gives it once it has ended: within `stopWithinMs` and a few seconds. As often as one likes: one
   * that has ended already is given as it stands. A Fault, `workload-unknown`, for one that was never started here.
   * `withinMs` goes before the workload's own `stopWithinMs`: asked again with 0, what is still stopping is killed at once.
   */
  stop(workloadId: string, withinMs?: number): Promise<Workload | Fault>;
  /** All that hold cards or wait for some, and the last of those that have ended. */
  list(): Promise<readonly Workload[]>;
  /** Tells each change from now on. The listener must not throw. */
  watch(listener: (change: WorkloadChange) => void): Unsubscribe;
  /** What it wrote from a line on (absent: the last that are kept), oldest first: bounded. */
  logs(workloadId: string, fromLine?: number): Promise<LogPart | Fault>;
  /** Every card, in service or not, and who holds it. */
  cards(): Promise<readonly CardCapacity[]>;
  /** Takes a card or a rig out of service: what runs there goes on to its end, nothing else starts. Again: changes the reason. */
  drain(target: DrainTarget, why: string): Promise<Fault | null>;
  /** Brings a card or a rig back into service. Of one that is in service: does nothing. */
  resume(target: DrainTarget): Promise<Fault | null>;
  /** Stops every workload but those that survive it, then starts nothing more. As often as one likes. */
  close(): Promise<void>;
}
