import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Fault } from '@rerig/domain/fault';
import { type StoreFaultCode, storeFault } from './faults.ts';
import { clusterUser, type SystemUser } from './unprivileged-user.ts';

/** The folders and the owner of one database cluster, all below `<data>/postgres`. */
export interface ClusterFolder {
  readonly folder: string;
  readonly clusterFolder: string;
  readonly socketFolder: string;
  readonly logPath: string;
  readonly password: string;
  /** The user that PostgreSQL runs as; null: the one that we run as. */
  readonly user: SystemUser | null;
}

/** Linux refuses longer paths of Unix sockets (107 bytes); PostgreSQL adds 16 bytes of file name. */
const SOCKET_FOLDER_BYTES_MAX = 90;

/** Makes the folders with their owners and modes, and the cluster's password, which only we can read. */
export function prepareClusterFolder(dataFolder: string): ClusterFolder | Fault<StoreFaultCode> {
  const folder = join(resolve(dataFolder), 'postgres');
  const clusterFolder = join(folder, 'cluster');
  const socketFolder = join(folder, 'socket');
  if (Buffer.byteLength(socketFolder) > SOCKET_FOLDER_BYTES_MAX) {
    return storeFault('store-folder-unreachable', {
      what: `The database can't be kept in ${folder}.`,
      why: `Its socket's path would have over ${SOCKET_FOLDER_BYTES_MAX + 17} bytes, more than Linux allows.`,
      mend: 'Give a shorter folder with --data DIR.',
    });
  }
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const user = clusterUser(existsSync(clusterFolder) ? statSync(clusterFolder).uid : null);
  if (user !== null) {
    // The data folder is ours to open; what stands above it is not.
    chmodSync(resolve(dataFolder), statSync(resolve(dataFolder)).mode | 0o001);
    const closed = closedAncestor(folder);
    if (closed !== null) return unreachable(folder, closed, user);
    chmodSync(folder, 0o755);
  }
  for (const owned of [clusterFolder, socketFolder]) {
    mkdirSync(owned, { recursive: true, mode: 0o700 });
    if (user !== null) chownSync(owned, user.uid, user.gid);
  }
  return {
    folder,
    clusterFolder,
    socketFolder,
    logPath: join(folder, 'postgres.log'),
    password: readOrMakePassword(join(folder, 'password')),
    user,
  };
}

function readOrMakePassword(path: string): string {
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  accessSync(path, constants.R_OK);
  return readFileSync(path, 'utf8');
}

/** The nearest folder above that others may not pass through, or null. */
function closedAncestor(folder: string): string | null {
  for (let current = dirname(folder); current !== dirname(current); current = dirname(current)) {
    if ((statSync(current).mode & 0o001) === 0) return current;
  }
  return null;
}

function unreachable(folder: string, closed: string, user: SystemUser): Fault<StoreFaultCode> {
  return storeFault('store-folder-unreachable', {
    what: `The database can't be kept in ${folder}.`,
    why: `Started by root, it runs as the user ${user.name}, who may not pass through ${closed}.`,
    mend: `Choose a folder such as /var/lib/rerig with --data DIR, or run as an ordinary user, or: chmod o+x ${closed}`,
  });
}
