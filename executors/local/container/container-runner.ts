import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import type { ExecutorFault } from '../../faults.ts';
import type { Run, RunEnd, RunListener, Runner, RunOrder } from '../runner.ts';
import { cardAccess } from './card-access.ts';
import { missingImageFault, openNetworkFault, startContainerFault, unseenFault } from './container-faults.ts';
import { type ContainerHost, HostRefusal } from './container-host.ts';
import { ContainerLog } from './container-log.ts';
import { type ContainerPlan, ownerOf, type PlannedNetwork, planContainer } from './container-plan.ts';
import { ContainerRun, endOf } from './container-run.ts';
import type { ImageFacts } from './container-sight.ts';
import { BRIDGE_PREFIX, enforceInternetRules } from './internet-rules.ts';
import { checkMounts } from './mount-check.ts';

/** What the container tier is made of. */
export interface ContainerRunnerParts {
  readonly host: ContainerHost;
  /** Folders of ours that no container is shown, whoever asks for it. */
  readonly closedFolders: readonly string[];
  /** Who answers for names in containers that may reach the internet: those of the machine may be the farm's own. */
  readonly nameServers: readonly string[];
}

/** Progress of a fetched image that is told, in lines. */
const PROGRESS_LINES_MAX = 200;
/** How long Podman may take to clean up after a container. */
const REMOVE_MS_MAX = 10_000;
const REMOVE_RETRY_MS = 100;

/** Runs workloads as containers of Podman or Docker. */
export class ContainerRunner implements Runner {
  readonly #parts: ContainerRunnerParts;
  /** One change of the rules at a time. */
  #rules: Promise<void> = Promise.resolve();

  constructor(parts: ContainerRunnerParts) {
    this.#parts = parts;
  }

  async start(order: RunOrder, listener: RunListener): Promise<Run | ExecutorFault> {
    try {
      const run = await this.#start(order, listener);
      if (isFault(run)) await this.forget(order);
      return run;
    } catch (error) {
      await this.forget(order);
      return startContainerFault(order.workloadId, sentence(`${this.#parts.host.facts.kind} said: ${wordsOf(error)}`));
    }
  }

  async attach(order: RunOrder, listener: RunListener): Promise<Run | RunEnd | ExecutorFault> {
    try {
      return await this.#attach(order, listener);
    } catch (error) {
      return unseenFault(order.workloadId, sentence(`${this.#parts.host.facts.kind} said: ${wordsOf(error)}`));
    }
  }

  async #attach(order: RunOrder, listener: RunListener): Promise<Run | RunEnd> {
    const { host } = this.#parts;
    const [containerId] = await host.containersOfRun(order.runId);
    const sight = containerId === undefined ? null : await host.look(containerId);
    if (containerId !== undefined && sight?.state === 'running') {
      return new ContainerRun(host, order, { containerId, sight }, listener, () => this.forget(order));
    }
    // What was never started has no log; of what was removed, Podman's is in its run folder.
    new ContainerLog(sight?.logPath || logPathOf(order), order.runFolder, listener).end();
    return containerId === undefined || sight === null ? { kind: 'unknown' } : endOf(sight, containerId);
  }

  async forget({ runId }: RunOrder): Promise<void> {
    const { host } = this.#parts;
    const endAtMs = performance.now() + REMOVE_MS_MAX;
    for (;;) {
      try {
        for (const containerId of await host.containersOfRun(runId)) await host.remove(containerId);
        return await host.removeNetwork(networkNameOf(runId));
      } catch {
        // Podman still cleans up after its end, and the folders are busy. What is left in the end neither runs nor has a
        // card, and is found by its label.
        if (performance.now() > endAtMs) return;
      }
      await wait(REMOVE_RETRY_MS);
    }
  }

  async #start(order: RunOrder, listener: RunListener): Promise<Run | ExecutorFault> {
    const { host } = this.#parts;
    const { workloadId, confinement } = order;
    if (confinement.tier !== 'container') return startContainerFault(workloadId, 'It was not asked to be a container.');
    const checked = checkMounts(confinement.mounts, this.#parts.closedFolders);
    if ('why' in checked) return startContainerFault(workloadId, checked.why, 'Ask for it with another mount.');
    const image = await this.#image(order, confinement.image, listener);
    if (isFault(image)) return image;
    const network = await this.#network(order, confinement.network);
    if (isFault(network)) return network;
    const confined = { ...order, confinement: { ...confinement, mounts: checked.mounts } };
    const plan = planContainer(confined, confinement.image, {
      imageUser: image.user,
      imageVolumes: image.volumes,
      isMappingIds: host.facts.kind === 'podman' && !host.facts.isRootless && existsSync('/proc/self/ns/user'),
      network,
      cards: cardAccess(order.cards),
      logPath: logPathOf(order),
    });
    giveFolders(order, plan);
    const containerId = await host.create(plan);
    await host.start(containerId);
    const sight = await host.look(containerId);
    if (sight === null) return startContainerFault(workloadId, 'Somebody removed it as soon as it was started.');
    return new ContainerRun(host, order, { containerId, sight }, listener, () => this.forget(order));
  }

  async #image(order: RunOrder, name: string, listener: RunListener): Promise<ImageFacts | ExecutorFault> {
    const { host } = this.#parts;
    const found = await host.image(name);
    if (found !== null) return found;
    const missing = (why: string) => missingImageFault(order.workloadId, name, host.facts.kind, why);
    if (name.startsWith('localhost/'))
      return missing('It is not on this machine, and no registry has images by that name.');
    try {
      await host.pull(name, progressTo(listener));
      return (await host.image(name)) ?? missing('It was fetched, and is not there.');
    } catch (error) {
      return missing(sentence(`It is not on this machine, and its registry gave none: ${wordsOf(error)}`));
    }
  }

  /** Ranks of a gang meet at loopback: those on one machine share the network of the first. */
  async #network(order: RunOrder, asked: 'none' | 'internet'): Promise<PlannedNetwork | ExecutorFault> {
    if (order.rank > 0) {
      const first = await this.#firstRank(order);
      if (first !== null) return first;
    }
    if (asked === 'none') return { kind: 'none' };
    const { host, nameServers } = this.#parts;
    if (host.facts.isRootless || process.getuid?.() !== 0) {
      return openNetworkFault(order.workloadId, `${host.facts.kind} or Rerig runs without the rights of root`);
    }
    const enforced = this.#rules.then(enforceInternetRules);
    this.#rules = enforced.catch(() => undefined);
    try {
      await enforced;
    } catch (error) {
      return openNetworkFault(order.workloadId, `iptables said: ${wordsOf(error)}`);
    }
    const name = networkNameOf(order.runId);
    await host.createNetwork(name, order.runId);
    return { kind: 'own', name, nameServers };
  }

  async #firstRank({ workloadId, runId }: RunOrder): Promise<PlannedNetwork | null> {
    const { host } = this.#parts;
    for (const containerId of await host.containersOfWorkload(workloadId)) {
      const sight = await host.look(containerId);
      if (sight?.state === 'running' && sight.pid > 0 && sight.rank === 0 && sight.runId !== runId) {
        return { kind: 'joined', containerId, pid: sight.pid };
      }
    }
    return null;
  }
}

/** Also the name of its bridge, of which the kernel takes 15 characters. */
export function networkNameOf(runId: string): string {
  return `${BRIDGE_PREFIX}${createHash('sha256').update(runId).digest('hex').slice(0, 12)}`;
}

function logPathOf({ runFolder }: RunOrder): string {
  return join(runFolder, 'container.log');
}

/** Its folders become its own, so that who is not root inside can write there. */
function giveFolders(order: RunOrder, plan: ContainerPlan): void {
  const { uid, gid } = ownerOf(plan);
  for (const { hostPath, isReadOnly } of plan.mounts) {
    if (isReadOnly || !order.writableFolders.includes(hostPath) || !statSync(hostPath).isDirectory()) continue;
    if (process.getuid?.() === 0) chownSync(hostPath, uid, gid);
    // Without root nothing can be given away: then everybody may write there.
    else chmodSync(hostPath, 0o777);
  }
}

/** Tells each step once: while bytes come in, the same step is told many times. */
function progressTo(listener: RunListener): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (text === '' || told.has(text) || told.size >= PROGRESS_LINES_MAX) return;
    told.add(text);
    listener.error(`rerig: ${text}`);
  };
}

function wordsOf(error: unknown): string {
  if (error instanceof HostRefusal && error.status === 0) return `no answer (${error.message})`;
  return error instanceof Error ? error.message : String(error);
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
