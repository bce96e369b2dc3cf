/** Where Slurm's files are, on the head and on rigs alike. */
export interface SlurmPaths {
  /** Of slurm.conf, gres.conf, cgroup.conf and the hooks. */
  readonly confFolder: string;
  /** What slurmctld remembers over a restart. SlurmUser's own. */
  readonly stateFolder: string;
  readonly logFolder: string;
  /** Of pid files. */
  readonly runFolder: string;
  /** Where a rig's slurmd keeps job scripts; `%n` is the rig's name. */
  readonly spoolFolder: string;
  /** Signs and checks tokens for slurmrestd. SlurmUser's own, mode 0600. */
  readonly jwtKeyPath: string;
  /** Absent: munge's own, `/run/munge/munge.socket.2`, as rigs need that get their configuration from the head. */
  readonly mungeSocketPath?: string;
}

/** Who keeps a job's processes together, and its cards apart from others'. */
export type JobFence =
  /** Control groups: a job reaches its own cards alone. `autodetect` finds out which version a rig has. */
  | { readonly kind: 'cgroup'; readonly version: 'autodetect' | 'cgroup/v1' | 'cgroup/v2' }
  /** Nothing but Slurm's own list of processes: for machines whose control groups can't be used. */
  | { readonly kind: 'none' };

/** Rigs without work are put to sleep and woken, by programs of the operator. */
export interface PowerSaving {
  /** Each gets a list of rigs as Slurm writes it (`scontrol show hostnames` expands it), as SlurmUser, on the head. */
  readonly suspendProgram: string;
  readonly resumeProgram: string;
  /** 60 s and more without work. */
  readonly suspendAfterMs: number;
  /** How long a rig may take to wake, until it is taken for lost. */
  readonly resumeWithinMs: number;
}

/** All that the configuration is made from, beside the rigs. */
export interface SlurmSettings {
  /** Of Slurm's own kind: letters, digits, `-` and `_`. Another name over an old state folder is refused by slurmctld. */
  readonly clusterName: string;
  readonly head: { readonly hostName: string; readonly address: string; readonly port: number };
  /** Of slurmd on rigs that join. */
  readonly rigPort: number;
  readonly paths: SlurmPaths;
  /** `slurm` on a farm; `root` where one user runs all. */
  readonly slurmUser: string;
  readonly jobFence: JobFence;
  /** How many rigs may come beside the listed ones: slurmctld makes room for so many at its start. */
  readonly joiningRigCountMax: number;
  /** A job is started within it after it was granted, and one that waits again waits as long: 5 to 120 s. */
  readonly credentialExpiresMs: number;
  readonly messageTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killWaitMs: number;
  /** Without a word from it, a rig is taken for lost by slurmctld: 10 to 20 s, for less gains nothing. */
  readonly rigTimeoutMs: number;
  /** How long slurmctld remembers ended jobs. */
  readonly rememberJobsMs: number;
  /** The longest that work of lower priority may go on after word that its cards are taken. Its script keeps its own, shorter time. */
  readonly interruptibleNoticeMs: number;
  /** Scripts that slurmd runs as root on the rig before and after each job: paths on the rig, or names of files beside slurm.conf. */
  readonly prolog?: string;
  readonly epilog?: string;
  readonly powerSaving?: PowerSaving;
  /** A rig's processor and memory are taken as configured, whatever it says: for several rigs on one machine. */
  readonly trustsConfiguredSizes: boolean;
}

/** The partitions, by what the work in them gives way to. */
export const partitions = { fallback: 'mine', interruptible: 'spot', guaranteed: 'ai' } as const;

/**
 * The partitions of holds, which keep a card out of service and give way to nobody. In `after`, whose tier is the highest, a
 * hold waits for the end of a job and has the card that this leaves before any other does. In `free`, whose tier is the
 * lowest, it takes nobody's card.
 */
export const holdPartitions = { after: 'hold', free: 'hunt' } as const;

/** With it a job's script ends that was told to make room, and Slurm puts the job into the queue again. */
export const NOTICED_EXIT_CODE = 199;

/** The folders of a farm's machines, as Debian's packages have them. */
export const farmPaths: SlurmPaths = {
  confFolder: '/etc/slurm',
  stateFolder: '/var/lib/slurm/slurmctld',
  logFolder: '/var/log/slurm',
  runFolder: '/run/slurm',
  spoolFolder: '/var/lib/slurm/slurmd',
  jwtKeyPath: '/var/lib/slurm/jwt_hs256.key',
};

/** Slurm's own port of slurmctld and slurmd, as IANA has them. */
export const SLURMCTLD_PORT = 6817;
export const SLURMD_PORT = 6818;

/** What a farm runs with, but for its name, its head and what the operator sets otherwise. */
export const farmSettings: Omit<SlurmSettings, 'clusterName' | 'head'> = {
  rigPort: SLURMD_PORT,
  paths: farmPaths,
  slurmUser: 'slurm',
  jobFence: { kind: 'cgroup', version: 'autodetect' },
  joiningRigCountMax: 1024,
  credentialExpiresMs: 10_000,
  messageTimeoutMs: 10_000,
  killWaitMs: 2000,
  rigTimeoutMs: 15_000,
  rememberJobsMs: 60_000,
  interruptibleNoticeMs: 660_000,
  trustsConfiguredSizes: true,
};
