import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError, isFault } from '@rerig/domain/fault';
import type { Run, RunEnd, RunOrder } from '../../runner.ts';
import {
  type ContainerRunnerOptions,
  type OpenContainerRunner,
  openContainerRunner,
} from '../open-container-runner.ts';
import { BUSYBOX_IMAGE, importBusybox } from './busybox-image.ts';

/** A Podman of its own with the image in it, in a folder that goes with it. */
export interface TestRunner {
  readonly runner: OpenContainerRunner;
  readonly dataFolder: string;
  readonly storageFolder: string;
  /** An order for a script of busybox's shell, in folders of its own. */
  order(script: string, rest?: Partial<RunOrder>): RunOrder;
  dispose(): Promise<void>;
}

/** What was heard of a run. */
export interface HeardRun {
  readonly run: Run;
  readonly output: string[];
  readonly error: string[];
  readonly skippedCounts: number[];
}

/** Opens one. */
export async function openTestRunner(options: Partial<ContainerRunnerOptions> = {}): Promise<TestRunner> {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-ctr-'));
  const dataFolder = join(folder, 'data');
  const storageFolder = join(folder, 'storage');
  const runner = await openContainerRunner({ dataFolder, storageFolder, socketPaths: [], ...options });
  if (isFault(runner)) throw new FaultError(runner);
  await importBusybox(socketOf(dataFolder));
  return {
    runner,
    dataFolder,
    storageFolder,
    order: (script, rest) => makeOrder(folder, script, rest),
    dispose: async () => {
      await runner.close();
      unmountBelow(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where our own Podman answers. */
export function socketOf(dataFolder: string): string {
  return join(dataFolder, 'podman', 'podman.sock');
}

/** An order for a script, with folders below `folder`. */
export function makeOrder(folder: string, script: string, rest: Partial<RunOrder> = {}): RunOrder {
  const runId = randomUUID();
  const runFolder = join(folder, 'runs', runId);
  mkdirSync(runFolder, { recursive: true });
  return {
    runId,
    workloadId: `w-${runId.slice(0, 8)}`,
    rank: 0,
    command: ['/bin/sh', '-c', script],
    environment: { PATH: '/bin' },
    cards: [],
    confinement: { tier: 'container', image: BUSYBOX_IMAGE, network: 'none', mounts: [] },
    limits: {},
    workingFolder: '/',
    writableFolders: [],
    runFolder,
    survivesUs: false,
    ...rest,
  };
}

/** Starts a run and keeps what it writes. */
export async function startHeard({ runner }: Pick<TestRunner, 'runner'>, order: RunOrder): Promise<HeardRun> {
  const heard: Omit<HeardRun, 'run'> = { output: [], error: [], skippedCounts: [] };
  const run = await runner.start(order, {
    output: (line) => heard.output.push(line),
    error: (line) => heard.error.push(line),
    skipped: (lineCount) => heard.skippedCounts.push(lineCount),
  });
  if (isFault(run)) throw new FaultError(run);
  return { run, ...heard };
}

/** Runs a script to its end, and removes what is left. */
export async function runToEnd(
  test: Pick<TestRunner, 'runner'>,
  order: RunOrder,
): Promise<HeardRun & { readonly end: RunEnd }> {
  const heard = await startHeard(test, order);
  const end = await heard.run.ended;
  await test.runner.forget(order);
  return { ...heard, end };
}

/** Podman makes its storage a mount of its own, and leaves it there. */
export function unmountBelow(folder: string): void {
  const paths = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of paths.toReversed()) execFileSync('umount', ['-l', path]);
}
