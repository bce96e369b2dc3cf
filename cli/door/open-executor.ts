import { farmExecutorOptions, loadFarm } from '@rerig/agent/farm';
import { type ProbeReport, probeMachine } from '@rerig/agent/probe';
import { type Fault, isFault } from '@rerig/domain/fault';
import { gradeRig } from '@rerig/domain/grading';
import type { ObservedCard } from '@rerig/domain/inventory';
import { type CardFeatures, cardFeaturesOf } from '@rerig/domain/workloads';
import { openLocalExecutor } from '@rerig/executors/local';
import type { Executor } from '@rerig/executors/port';
import { cardsOfFarm } from './cards-of-farm.ts';

/** The executor of a data folder, open. */
export interface OpenedExecutor {
  readonly executor: Executor;
  readonly kind: 'local' | 'slurm';
}

/**
 * Opens the executor of a data folder, which takes up what still runs from before: Slurm's, where "rerig farm init" has made
 * a farm there, else this machine's. A Fault where it can't be opened.
 */
export async function openExecutorOf(dataFolder: string): Promise<OpenedExecutor | Fault> {
  const farm = await loadFarm(dataFolder);
  if (isFault(farm)) return farm;
  if (farm !== null) {
    // Loaded here, as it is of no use to a machine of its own.
    const { openSlurmExecutor } = await import('@rerig/executors/slurm');
    const opened = await openSlurmExecutor(farmExecutorOptions(farm, dataFolder));
    return isFault(opened) ? opened : { executor: opened, kind: 'slurm' };
  }
  const refused = cardsOfFarm('Jobs are not started on this machine by itself.');
  if (refused !== null) return refused;
  const report = await probeMachine({ dataFolder });
  const executor = await openLocalExecutor({ ...localCards(report), dataFolder });
  return isFault(executor) ? executor : { executor, kind: 'local' };
}

/** This machine's cards for its executor, with what each can do by its grading. */
export function localCards({ rig }: ProbeReport): {
  readonly rigId: string;
  readonly cards: readonly ObservedCard[];
  readonly features: ReadonlyMap<string, CardFeatures>;
} {
  const graded = gradeRig(rig).cards;
  const features = new Map(graded.map((assessed) => [assessed.card.cardId, cardFeaturesOf(assessed)]));
  return { rigId: rig.rigId, cards: rig.cards, features };
}
