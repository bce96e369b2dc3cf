import type { FileOwner } from './whole-file.ts';

/** A program that runs on: munged, slurmctld, slurmd, slurmrestd. */
export interface Part {
  /** As the system's own unit is called, where systemd starts it. */
  readonly name: 'munge' | 'slurmctld' | 'slurmd' | 'slurmrestd';
  /** In the foreground, for machines without systemd. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** As whom; absent: as root, for one that changes to its own user by itself. */
  readonly owner?: FileOwner;
  /** Made before it starts, where they are missing. */
  readonly folders: readonly { readonly path: string; readonly mode: number; readonly owner: FileOwner }[];
  /** A socket that answers once it is up. */
  readonly answersAt:
    | { readonly kind: 'unix'; readonly path: string }
    | { readonly kind: 'tcp'; readonly port: number }
    | null;
}

/** How a part stands. `supervised`: systemd has it. */
export interface PartStanding {
  readonly name: Part['name'];
  readonly isRunning: boolean;
  readonly by: 'systemd' | 'rerig';
  readonly pid: number | null;
}

/** munged, as its own user; ten threads, as slurmctld asks in bursts. */
export function mungePart(owner: FileOwner): Part {
  return {
    name: 'munge',
    command: ['munged', '--foreground', '--num-threads=10'],
    environment: {},
    owner,
    folders: ['/run/munge', '/var/lib/munge', '/var/log/munge'].map((path) => ({
      path,
      mode: path === '/run/munge' ? 0o755 : 0o700,
      owner,
    })),
    answersAt: { kind: 'unix', path: '/run/munge/munge.socket.2' },
  };
}

/** What a part of Slurm is given. */
interface SlurmPlace {
  readonly confPath: string;
  readonly logFolder: string;
  readonly runFolder: string;
}

export function controllerPart(place: SlurmPlace, stateFolder: string, port: number, slurm: FileOwner): Part {
  return {
    name: 'slurmctld',
    command: ['slurmctld', '-D'],
    environment: { SLURM_CONF: place.confPath },
    folders: [stateFolder, place.logFolder, place.runFolder].map((path) => ({ path, mode: 0o755, owner: slurm })),
    answersAt: { kind: 'tcp', port },
  };
}

/** Where slurmrestd listens on a farm's head; in a folder that its user and root alone enter. */
export const REST_SOCKET_PATH = '/run/slurmrestd/slurmrestd.sock';
/** slurmrestd refuses to run as root and as Slurm's own user. */
export const REST_USER = 'rerig-rest';
export const REST_WORDS = ['-a', 'rest_auth/jwt', '-s', 'openapi/v0.0.38', `unix:${REST_SOCKET_PATH}`] as const;

export function restPart(place: SlurmPlace, owner: FileOwner): Part {
  return {
    name: 'slurmrestd',
    command: ['slurmrestd', ...REST_WORDS],
    environment: { SLURM_CONF: place.confPath, SLURM_JWT: 'daemon' },
    owner,
    folders: [{ path: '/run/slurmrestd', mode: 0o750, owner }],
    answersAt: { kind: 'unix', path: REST_SOCKET_PATH },
  };
}

/** slurmd of a rig that has its configuration from the head, and makes itself known there. */
export function rigPart(words: readonly string[], port: number, folders: Part['folders']): Part {
  return {
    name: 'slurmd',
    command: ['slurmd', '-D', ...words],
    environment: {},
    folders,
    answersAt: { kind: 'tcp', port },
  };
}
