import { isFault } from '@rerig/domain/fault';
import { type ExecutorFault, executorFault } from '../faults.ts';
import { findSockets } from './container/find-socket.ts';
import type { OpenContainerRunner } from './container/open-container-runner.ts';
import { findPodman } from './container/own-podman.ts';
import type { Run, RunEnd, RunListener, Runner, RunOrder } from './runner.ts';

/** Whether this machine has what runs containers, as far as can be seen without starting anything. */
export function hasContainers(environment: NodeJS.ProcessEnv): boolean {
  return findPodman(environment.PATH) !== null || findSockets(environment).length > 0;
}

/** Runs containers, by what is opened when the first one is asked for: who runs none does not pay for it. */
export class ContainerTier implements Runner {
  readonly #open: () => Promise<OpenContainerRunner | ExecutorFault>;
  #opened: Promise<OpenContainerRunner | ExecutorFault> | undefined;

  /** `open`: by another way than the product's, for tests. */
  constructor(dataFolder: string, open = () => openOnDemand(dataFolder)) {
    this.#open = open;
  }

  async start(order: RunOrder, listener: RunListener): Promise<Run | ExecutorFault> {
    const runner = await this.#runner();
    return isFault(runner) ? runner : runner.start(order, listener);
  }

  async attach(order: RunOrder, listener: RunListener): Promise<Run | RunEnd | ExecutorFault> {
    const runner = await this.#runner();
    if (isFault(runner)) return runner;
    try {
      return await runner.attach(order, listener);
    } catch (error) {
      return executorFault('executor-unreachable', {
        what: `Nobody can say whether the container of ${order.workloadId} still runs.`,
        why: `What runs containers here said: ${error instanceof Error ? error.message : String(error)}.`,
        mend: 'See that Podman or Docker works, then start Rerig again.',
      });
    }
  }

  /** Where nothing was opened, nothing was started, nor taken up. */
  async forget(order: RunOrder): Promise<void> {
    const runner = await this.#opened;
    if (runner !== undefined && !isFault(runner)) await runner.forget(order);
  }

  /** Containers that outlive us go on. */
  async close(): Promise<void> {
    const runner = await this.#opened;
    if (runner !== undefined && !isFault(runner)) await runner.close();
  }

  /** Opened once; where that fails, the next one tries again. */
  async #runner(): Promise<OpenContainerRunner | ExecutorFault> {
    this.#opened ??= this.#open();
    const runner = await this.#opened;
    if (isFault(runner)) this.#opened = undefined;
    return runner;
  }
}

/** The client of Docker's API takes 30 MB and a fifth of a second, which a machine without containers keeps. */
async function openOnDemand(dataFolder: string): Promise<OpenContainerRunner | ExecutorFault> {
  const { openContainerRunner } = await import('./container/open-container-runner.ts');
  return openContainerRunner({ dataFolder });
}
