import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Fault, isFault } from '@rerig/domain/fault';
import pg from 'pg';
import { type ClusterFolder, prepareClusterFolder } from './cluster-folder.ts';
import { type StoreFaultCode, storeFault } from './faults.ts';
import { installPostgresRuntime, type PostgresRuntime } from './postgres-runtime.ts';

/** How a client reaches the cluster: a private Unix socket; nothing listens on any network. */
export interface ClusterAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A running private PostgreSQL. `wasRunning`: it was found running, left by a crash or owned by another process. */
export interface Cluster {
  readonly address: ClusterAddress;
  readonly wasRunning: boolean;
  readonly version: string;
  stop(): Promise<void>;
}

/** The name of the port in the socket's file name; there is no network port. */
const SOCKET_PORT = 5432;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 20;

/**
 * Starts the private cluster in `<dataFolder>/postgres`, making it on first use; one that still runs after a crash
 * of ours is adopted as it is. Refuses with a Fault when the folder can't be used or PostgreSQL does not start.
 */
export async function startCluster(dataFolder: string): Promise<Cluster | Fault<StoreFaultCode>> {
  const folder = prepareClusterFolder(dataFolder);
  if (isFault(folder)) return folder;
  const runtime = installPostgresRuntime(join(folder.folder, 'runtime'));
  if (isFault(runtime)) return runtime;
  if (!existsSync(join(folder.clusterFolder, 'PG_VERSION'))) {
    const refused = initialise(folder, runtime);
    if (refused !== null) return refused;
  }
  const address = addressOf(folder);
  const runningPid = postmasterPid(folder);
  if (runningPid === null) launch(folder, runtime);
  const refused = await untilReady(folder, address);
  if (refused !== null) return refused;
  return {
    address,
    wasRunning: runningPid !== null,
    version: runtime.version,
    stop: () => stopCluster(folder),
  };
}

function addressOf(folder: ClusterFolder): ClusterAddress {
  return {
    host: folder.socketFolder,
    port: SOCKET_PORT,
    user: 'rerig',
    password: folder.password,
    database: 'postgres',
  };
}

function initialise(folder: ClusterFolder, runtime: PostgresRuntime): Fault<StoreFaultCode> | null {
  // A crash during initdb leaves files but no PG_VERSION at its end; initdb refuses a folder that is not empty.
  for (const entry of readdirSync(folder.clusterFolder)) {
    rmSync(join(folder.clusterFolder, entry), { recursive: true, force: true });
  }
  const passwordPath = join(folder.socketFolder, 'initdb-password');
  writeFileSync(passwordPath, folder.password, { mode: 0o600 });
  if (folder.user !== null) chownSync(passwordPath, folder.user.uid, folder.user.gid);
  const options = ['-D', folder.clusterFolder, '-U', 'rerig', '--auth=scram-sha-256', `--pwfile=${passwordPath}`];
  const made = spawnSync(join(runtime.folder, 'bin/initdb'), [...options, '-E', 'UTF8', '--locale=C'], {
    ...asUser(folder, runtime),
    encoding: 'utf8',
    timeout: START_LIMIT_MS,
  });
  rmSync(passwordPath, { force: true });
  if (made.status === 0) return null;
  rmSync(join(folder.clusterFolder, 'PG_VERSION'), { force: true });
  return startFailed(
    folder,
    `initdb ended with ${made.status ?? made.signal ?? made.error?.message}: ${lastLines(made.stderr)}`,
  );
}

function launch(folder: ClusterFolder, runtime: PostgresRuntime): void {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder.socketFolder,
    unix_socket_permissions: '0700',
    max_connections: '60',
    shared_buffers: '32MB',
    jit: 'off',
    log_checkpoints: 'off',
  };
  const log = openSync(folder.logPath, 'a', 0o600);
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // Detached: Ctrl-C in a terminal reaches our whole group, and the database must stop last, by our hand.
  const child = spawn(join(runtime.folder, 'bin/postgres'), ['-D', folder.clusterFolder, ...options], {
    ...asUser(folder, runtime),
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.on('error', (error) =>
    writeFileSync(folder.logPath, `could not start postgres: ${error.message}\n`, { flag: 'a' }),
  );
  child.unref();
  closeSync(log);
}

function asUser(folder: ClusterFolder, runtime: PostgresRuntime) {
  const identity = folder.user === null ? {} : { uid: folder.user.uid, gid: folder.user.gid };
  const env = { LD_LIBRARY_PATH: join(runtime.folder, 'lib'), LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
  return { ...identity, env, cwd: folder.clusterFolder };
}

async function untilReady(folder: ClusterFolder, address: ClusterAddress): Promise<Fault<StoreFaultCode> | null> {
  const deadline = Date.now() + START_LIMIT_MS;
  const graceEnds = Date.now() + 2_000;
  let reason = 'it never answered';
  while (Date.now() < deadline) {
    try {
      const client = new pg.Client({ ...address, connectionTimeoutMillis: 2_000 });
      await client.connect();
      await client.end();
      return null;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > graceEnds && postmasterPid(folder) === null) break;
    await wait(POLL_MS);
  }
  return startFailed(folder, `${reason}; the end of its log: ${lastLines(readLog(folder))}`);
}

function startFailed(folder: ClusterFolder, reason: string): Fault<StoreFaultCode> {
  if (/No space left on device/.test(reason)) {
    return storeFault('store-disk-full', {
      what: 'The database could not start.',
      why: `The disk that holds ${folder.folder} is full.`,
      mend: 'Free space on it, or choose another disk with --data DIR; nothing that was stored is lost.',
    });
  }
  return storeFault('store-start-failed', {
    what: 'The database could not start.',
    why: `PostgreSQL in ${folder.folder} said: ${reason}`,
    mend: `Read ${folder.logPath}; another folder can be given with --data DIR.`,
  });
}

function readLog(folder: ClusterFolder): string {
  return existsSync(folder.logPath) ? readFileSync(folder.logPath, 'utf8') : '';
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' | ');
}

/** The pid of the cluster's postmaster while it runs, told by the folder that it works in; else null. */
function postmasterPid(folder: ClusterFolder): number | null {
  const pidFile = join(folder.clusterFolder, 'postmaster.pid');
  if (!existsSync(pidFile)) return null;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder.clusterFolder ? pid : null;
  } catch {
    // No such process, or one of another user: not our postmaster.
    return null;
  }
}

async function stopCluster(folder: ClusterFolder): Promise<void> {
  const pid = postmasterPid(folder);
  if (pid === null) return;
  // SIGINT is PostgreSQL's "fast" shutdown: sessions end, a checkpoint is written. SIGQUIT skips the checkpoint.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(pid, signal);
    const deadline = Date.now() + STOP_LIMIT_MS;
    while (Date.now() < deadline) {
      if (postmasterPid(folder) === null) return;
      await wait(POLL_MS);
    }
  }
}
