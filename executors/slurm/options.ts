import type { SlurmRig } from './config.ts';

/** Where slurmrestd listens. */
export type RestAddress =
  | { readonly kind: 'unix'; readonly socketPath: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** What a Slurm executor is made of. */
export interface SlurmExecutorOptions {
  /** The farm's rigs with their cards, in the order of Slurm's indexes. */
  readonly rigs: readonly SlurmRig[];
  /** Records are kept in `slurm/` below it. One executor at a time uses it. */
  readonly dataFolder: string;
  readonly rest: RestAddress;
  /** Tokens for slurmrestd are signed with this file. */
  readonly jwtKeyPath: string;
  /** Of slurm.conf on this machine, for Slurm's commands. */
  readonly confPath: string;
  /** As whom workloads run: an account that every rig has, under the same number. */
  readonly jobUser: string;
  /** Where workloads report to: an address of this machine that every rig reaches. Port 0: any that is free, kept over restarts. */
  readonly listen: { readonly address: string; readonly port: number };
  /** A folder on each rig, made where it is missing, in which runs keep their log while they run: `/var/lib/rerig/runs`. */
  readonly rigRunFolder: string;
  /** The command that is Podman on the rigs. Absent: `podman`. */
  readonly podman?: readonly string[];
  /** How long a silent rig is waited for until its work starts elsewhere; 2 s and more. Absent: 3 s. */
  readonly lossAfterMs?: number;
}
