import { join } from 'node:path';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import { type CardFeatures, holdsCards, workloadKinds } from '@rerig/domain/workloads';
import { Dispatcher } from '../dispatcher.ts';
import type { JournalEntry } from '../journal.ts';
import type { Confinement, Executor } from '../port.ts';
import { ContainerTier, hasContainers } from './container-tier.ts';
import { openDriverCaches } from './driver-caches.ts';
import { FolderJournal } from './folder-journal.ts';
import { takeFolder } from './folder-owner.ts';
import { openLastingNoticeDoor } from './lasting-notice-door.ts';
import { LocalLauncher } from './local-launcher.ts';
import { plainFeatures } from './plain-features.ts';
import { ProcessRunner } from './process-runner.ts';
import type { Runner } from './runner.ts';
import { findSandbox } from './sandbox.ts';
import { readStanding, writeStanding } from './standing-record.ts';

/** What a local executor is made of. */
export interface LocalExecutorOptions {
  readonly rigId: string;
  /** The cards of this machine, as probed; those of kind `cpu` too. */
  readonly cards: readonly ObservedCard[];
  /** What graded cards can do, by card id; of a card without an entry, no more is known than what was probed. */
  readonly features?: ReadonlyMap<string, CardFeatures>;
  /** Records are kept in `workloads/` below it. One executor at a time uses it. No sandboxed workload sees what is in it. */
  readonly dataFolder: string;
  /** Absent: `where-present`. `none`: workloads of the process tier run without a sandbox. */
  readonly sandbox?: 'where-present' | 'none';
  /** What runs containers; absent: Podman or Docker, where the machine has one; null: none run here. */
  readonly containerTier?: ContainerTier | null;
}

/** A workload that a crash left behind, and that was not to survive it. */
export interface EndedOrphan {
  readonly workloadId: string;
  readonly cardIds: readonly string[];
  /** `running`: it can't be ended, and keeps its cards. */
  readonly outcome: 'ended' | 'running';
}

/** Runs workloads on this machine. */
export interface LocalExecutor extends Executor {
  /** What an earlier start had left running that was to end with it, and what became of it. */
  readonly orphans: readonly EndedOrphan[];
  /** Whether workloads of the process tier run in a sandbox. */
  readonly isSandboxed: boolean;
}

/** Most ranks on one machine: more than it has cards. */
const RANKS_MAX = 64;

/**
 * Opens the executor of this machine. What survived an earlier one is taken up, with its state and its log; what was not
 * to survive and was left by a crash is ended first: found by its runs' marks, never by name. Gives a Fault where the
 * folder can't be used or another process uses it.
 */
export async function openLocalExecutor(options: LocalExecutorOptions): Promise<LocalExecutor | Fault> {
  const { rigId, cards, features = new Map(), dataFolder } = options;
  const folder = join(dataFolder, 'workloads');
  const giveBack = takeFolder(folder);
  if (isFault(giveBack)) return giveBack;
  const sandboxPath = options.sandbox === 'none' ? null : findSandbox();
  const runners = new Map<Confinement['tier'], Runner>([
    ['process', new ProcessRunner({ sandboxPath, hiddenFolders: [dataFolder] })],
  ]);
  const containerTier = containerTierOf(options);
  if (containerTier !== null) runners.set('container', containerTier);
  const noticeDoor = await openLastingNoticeDoor(join(folder, 'notice-port'));
  const caches = openDriverCaches(join(dataFolder, 'caches'));
  const standingPath = join(folder, 'standing.json');
  const journal = new FolderJournal(folder);
  const dispatcher = new Dispatcher({
    capabilities: {
      tiers: [...runners.keys()],
      kinds: workloadKinds,
      canPinCards: true,
      canPreempt: true,
      canQueue: true,
      rankCountMax: RANKS_MAX,
      canDrainCards: true,
    },
    cards: cards.map((card) => ({
      cardId: card.cardId,
      rigId,
      features: features.get(card.cardId) ?? plainFeatures(card),
    })),
    rigIds: [rigId],
    launcher: new LocalLauncher({
      ...{ cards, folder, runners },
      ...(caches === null ? {} : { caches }),
      ...(isFault(noticeDoor) ? {} : { noticeDoor }),
    }),
    journal,
    onStanding: (drained) => writeStanding(standingPath, drained),
    onClosed: async () => {
      if (!isFault(noticeDoor)) await noticeDoor.close();
      await containerTier?.close();
      giveBack();
    },
  });
  dispatcher.takeUpStanding(readStanding(standingPath));
  const entries = journal.entries();
  await Promise.all(entries.map((entry) => dispatcher.takeUp(entry)));
  const orphans = await orphansOf(entries, dispatcher);
  // Whoever opened it watches first: what ended meanwhile is told then.
  setImmediate(() => dispatcher.beginServing());
  return Object.assign(dispatcher, { orphans, isSandboxed: sandboxPath !== null });
}

function containerTierOf({ dataFolder, containerTier }: LocalExecutorOptions): ContainerTier | null {
  if (containerTier !== undefined) return containerTier;
  return hasContainers(process.env) ? new ContainerTier(dataFolder) : null;
}

async function orphansOf(entries: readonly JournalEntry[], executor: Executor): Promise<readonly EndedOrphan[]> {
  const workloads = new Map((await executor.list()).map((workload) => [workload.workloadId, workload]));
  return entries
    .filter(({ spec, workload }) => spec.survivesExecutor !== true && holdsCards(workload.state))
    .map(({ workload: { workloadId, cardIds } }) => ({
      workloadId,
      cardIds,
      outcome: workloads.get(workloadId)?.state === 'lost' ? 'running' : 'ended',
    }));
}
