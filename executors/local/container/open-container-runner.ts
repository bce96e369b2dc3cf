import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorFault } from '../../faults.ts';
import type { Runner } from '../runner.ts';
import { noHostFault } from './container-faults.ts';
import { ContainerHost } from './container-host.ts';
import { ContainerRunner } from './container-runner.ts';
import type { HostFacts } from './container-sight.ts';
import { findSockets } from './find-socket.ts';
import { findPodman, startOwnPodman } from './own-podman.ts';

/** What containers are run with. */
export interface ContainerRunnerOptions {
  /** Ours: no container is shown it, and our own Podman keeps its socket in `podman/` below it. */
  readonly dataFolder: string;
  /** Sockets to try; absent: those that DOCKER_HOST and CONTAINER_HOST name, then those where they usually are. */
  readonly socketPaths?: readonly string[];
  /** Where our own Podman keeps images and containers; absent: where Podman does. */
  readonly storageFolder?: string;
  /** Who answers for names in containers that may reach the internet; absent: 1.1.1.1 and 9.9.9.9. */
  readonly nameServers?: readonly string[];
  /** Speaks Docker's API also to Podman. */
  readonly speaks?: 'docker';
}

/** What runs containers, until it is closed. */
export interface OpenContainerRunner extends Runner {
  readonly facts: HostFacts;
  /** Whether Podman was started by us, since no socket answered. */
  readonly isOwnPodman: boolean;
  /** Ends our own Podman, where there is one. Containers go on. */
  close(): Promise<void>;
}

/** Cloudflare and Quad9: not of the farm, and run by two who are not each other. */
const NAME_SERVERS = ['1.1.1.1', '9.9.9.9'] as const;
const CONNECT_MS_MAX = 10_000;
/** First processes that pass signals on, where distributions put them. Source: Podman's containers.conf(5), init_path. */
const INIT_PATHS = [
  '/usr/libexec/podman/catatonit',
  '/usr/lib/podman/catatonit',
  '/usr/bin/catatonit',
  '/usr/bin/tini',
  '/usr/bin/dumb-init',
] as const;

/**
 * Opens what runs containers on this machine: whoever answers at a socket of Podman or Docker, else a Podman of our own,
 * which ends with us. A Fault, `tier-missing`, where there is neither.
 */
export async function openContainerRunner(
  options: ContainerRunnerOptions,
): Promise<OpenContainerRunner | ExecutorFault> {
  const { dataFolder, socketPaths = findSockets(process.env), speaks } = options;
  const initPath = INIT_PATHS.find((path) => existsSync(path)) ?? null;
  const talk = {
    connectMsMax: CONNECT_MS_MAX,
    hasInit: initPath !== null,
    ...(speaks === undefined ? {} : { kind: speaks }),
  };
  const refusals: string[] = [];
  for (const socketPath of socketPaths) {
    try {
      const host = await ContainerHost.connect(socketPath, { ...talk, ensure: async () => undefined });
      return opened(options, host);
    } catch (error) {
      refusals.push(`${socketPath}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (findPodman() === null) {
    const said = refusals.length === 0 ? '' : ` What is there does not answer: ${refusals.join('; ')}.`;
    return noHostFault(`No socket of Podman or Docker answers, and there is no program podman.${said}`);
  }
  try {
    const { storageFolder } = options;
    const podman = await startOwnPodman({
      folder: join(dataFolder, 'podman'),
      initPath,
      ...(storageFolder === undefined ? {} : { storageFolder }),
    });
    try {
      const host = await ContainerHost.connect(podman.socketPath, { ...talk, ensure: () => podman.ensure() });
      return opened(options, host, () => podman.close());
    } catch (error) {
      await podman.close();
      throw error;
    }
  } catch (error) {
    return noHostFault(`Podman could not be started: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function opened(
  { dataFolder, storageFolder, nameServers = NAME_SERVERS }: ContainerRunnerOptions,
  host: ContainerHost,
  close?: () => Promise<void>,
): OpenContainerRunner {
  const runner = new ContainerRunner({
    host,
    closedFolders: [dataFolder, ...(storageFolder === undefined ? [] : [storageFolder])],
    nameServers,
  });
  return {
    start: (order, listener) => runner.start(order, listener),
    attach: (order, listener) => runner.attach(order, listener),
    forget: (order) => runner.forget(order),
    facts: host.facts,
    isOwnPodman: close !== undefined,
    close: close ?? (async () => undefined),
  };
}
