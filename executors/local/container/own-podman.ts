import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { containersConfig, storageConfig } from './podman-config.ts';

/** A process of Podman that serves its API to us alone, for as long as we are there. Containers outlive it. */
export interface OwnPodman {
  readonly socketPath: string;
  /** Starts it again where it has ended. Rejects where it does not answer in time. */
  ensure(): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/** What it is started with. */
export interface OwnPodmanOptions {
  /** For its socket and its configuration. */
  readonly folder: string;
  /** Where images and containers are kept; absent: where Podman keeps them. */
  readonly storageFolder?: string;
  /** The program of containers' first process, where the machine has one. */
  readonly initPath: string | null;
}

/** What it says, from its last start on. */
const LOG_FILE = 'podman.log';
const START_MS_MAX = 15_000;
const START_LOOK_MS = 20;
const END_MS_MAX = 3000;
/** Longest path of a socket. Source: unix(7), 108 bytes with the one that ends it. */
const SOCKET_PATH_LENGTH_MAX = 107;

/** Its stdin is ours: when that ends, we are gone, however that came, and it is ended. */
const SERVE = 'podman system service --time 0 "$1" </dev/null & served=$!; read _; kill "$served"; wait "$served"';

/** Where the machine has the program `podman`; null where not. */
export function findPodman(path = process.env.PATH ?? ''): string | null {
  const candidates = path.split(delimiter).map((folder) => join(folder, 'podman'));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

/** Starts it. Rejects with what it said where it does not come up. */
export async function startOwnPodman(options: OwnPodmanOptions): Promise<OwnPodman> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const socketPath = socketPathFor(options.folder);
  const logPath = join(options.folder, LOG_FILE);
  const environment = writeConfig(options);
  let child: ChildProcess | undefined;
  let isClosed = false;
  let starting: Promise<void> | undefined;
  const start = async () => {
    rmSync(socketPath, { force: true });
    child = serve(socketPath, options.folder, environment);
    await answering(socketPath, child, logPath);
  };
  const ensure = async () => {
    if (isClosed || (child !== undefined && child.exitCode === null && child.signalCode === null)) return starting;
    starting ??= start().finally(() => {
      starting = undefined;
    });
    return starting;
  };
  await ensure();
  return {
    socketPath,
    ensure,
    close: async () => {
      isClosed = true;
      // One that does not come up is ended all the same.
      await starting?.catch(() => undefined);
      if (child !== undefined) await end(child);
      rmSync(socketPath, { force: true });
    },
  };
}

/** A socket has a short path: one in a folder with a long one lies among temporary files. */
function socketPathFor(folder: string): string {
  const path = join(folder, 'podman.sock');
  return path.length <= SOCKET_PATH_LENGTH_MAX ? path : join(tmpdir(), `rerig-podman-${process.pid}.sock`);
}

function writeConfig({ folder, storageFolder, initPath }: OwnPodmanOptions): NodeJS.ProcessEnv {
  const configPath = join(folder, 'containers.conf');
  writeFileSync(configPath, containersConfig({ initPath, ...(storageFolder === undefined ? {} : { storageFolder }) }));
  // One that the operator has chosen goes before ours.
  const environment = { CONTAINERS_CONF: configPath, ...process.env };
  if (storageFolder === undefined) return environment;
  const storagePath = join(folder, 'storage.conf');
  writeFileSync(storagePath, storageConfig(storageFolder));
  return { ...environment, CONTAINERS_STORAGE_CONF: storagePath };
}

function serve(socketPath: string, folder: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(join(folder, LOG_FILE), 'w', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', SERVE, 'sh', `unix://${socketPath}`], {
      env,
      // Where conmon leaves a file of its own when a container is out of memory.
      cwd: folder,
      detached: true,
      stdio: ['pipe', log, log],
    });
    // That it ended is seen at its next use.
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

async function answering(socketPath: string, child: ChildProcess, logPath: string): Promise<void> {
  const endAtMs = performance.now() + START_MS_MAX;
  while (!(await accepts(socketPath))) {
    if (child.exitCode !== null || performance.now() > endAtMs) {
      child.stdin?.destroy();
      throw new OwnPodmanError(`podman system service does not answer: ${readFileSync(logPath, 'utf8').trim()}`);
    }
    await wait(START_LOOK_MS);
  }
}

/** Why it does not come up. */
export class OwnPodmanError extends Error {
  override readonly name = 'OwnPodmanError';
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.destroy();
  const timer = setTimeout(() => child.pid !== undefined && killGroup(child.pid), END_MS_MAX);
  await gone;
  clearTimeout(timer);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
