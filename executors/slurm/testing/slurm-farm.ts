import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InvariantError } from '@rerig/domain/fault';
import {
  cardMapText,
  configFiles,
  epilogText,
  farmSettings,
  joiningConf,
  type SlurmRig,
  type SlurmSettings,
} from '../config.ts';
import type { FarmCables } from './farm-cables.ts';
import { type FarmProcess, killAll, processesOfFarm, processesOfRig, startProcess } from './farm-process.ts';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);

/** Why a farm can't be started here; undefined where it can. For names of tests that are left out. */
export const slurmMissing: string | undefined =
  process.getuid?.() !== 0
    ? 'needs root'
    : ['slurmctld', 'slurmd', 'slurmrestd', 'munged'].every((name) => existsSync(`/usr/sbin/${name}`))
      ? undefined
      : 'needs Slurm: apt-get install slurmctld slurmd slurm-client slurmrestd munge slurm-wlm-basic-plugins slurm-wlm-jwt-plugin';

/** What a farm on this machine is made of. */
export interface SlurmFarmOptions {
  /** By `fakeRig`; all are listed in slurm.conf, but for those that `joins` below names. */
  readonly rigs: readonly SlurmRig[];
  /** Changes to the product's own settings, sped up for tests. With control groups, rigs' names must be this farm's alone. */
  readonly settings?: Partial<SlurmSettings>;
  /** Put into slurm.conf before it is read. */
  readonly addedLines?: readonly string[];
  /** Whether slurmrestd runs: true where absent. */
  readonly hasRest?: boolean;
  /** How long each part, and all rigs together, may take to start: 20 s where absent. */
  readonly startWithinMs?: number;
  /** Of these rigs, each in a network of its own. Absent: all are on loopback. They end with the farm. */
  readonly cables?: FarmCables;
}

const START_WITHIN_MS = 20_000;
/** Of many rigs, so many start at once: all at once would time out against slurmctld. */
const BATCH_COUNT = 16;
const LOOK_MS = 25;
/** The list of many rigs costs more than that of few. */
const LOOK_MS_A_RIG = 1;
const COMMAND_WITHIN_MS = 10_000;
const FAKE_CARD_MAJOR = 240;

/**
 * A whole farm of Slurm on loopback, in a folder of /tmp, by the product's own configuration: munged, slurmctld, a slurmd a
 * rig, slurmrestd. Its cards are files of a driver that does not exist. Several run side by side. Up in about half a second.
 */
export async function startSlurmFarm(options: SlurmFarmOptions): Promise<SlurmFarm> {
  const farm = await makeSlurmFarm(options);
  try {
    await farm.start();
    return farm;
  } catch (error) {
    const said = await readFile(join(farm.folder, 'log/slurmctld.log'), 'utf8').catch(() => 'no log');
    await farm.dispose();
    throw new InvariantError(`the farm did not start: ${said.slice(-1500)}`, { cause: error });
  }
}

async function makeSlurmFarm({
  rigs,
  settings,
  addedLines = [],
  hasRest = true,
  startWithinMs = START_WITHIN_MS,
  cables,
}: SlurmFarmOptions): Promise<SlurmFarm> {
  const folder = await mkdtemp('/tmp/rerig-slurm-');
  await chmod(folder, 0o755);
  const folders = ['etc', 'state', 'log', 'run', 'spool', 'dev', 'rest', 'map'];
  await Promise.all(folders.map((name) => mkdir(join(folder, name))));
  await chmod(join(folder, 'rest'), 0o1777);
  await writeFile(join(folder, 'munge.key'), randomBytes(128), { mode: 0o600 });
  await writeFile(join(folder, 'munge-wrong.key'), randomBytes(128), { mode: 0o600 });
  await writeFile(join(folder, 'jwt.key'), randomBytes(32), { mode: 0o600 });
  await writeFile(join(folder, 'etc/epilog.sh'), epilogText(), { mode: 0o755 });
  const port = await freePorts(rigs.length + 1);
  const clusterName = `rerig${randomBytes(4).toString('hex')}`;
  const all: SlurmSettings = {
    ...farmSettings,
    clusterName,
    head: { hostName: 'localhost', address: cables?.headAddress ?? '127.0.0.1', port },
    slurmUser: 'root',
    paths: {
      confFolder: join(folder, 'etc'),
      stateFolder: join(folder, 'state'),
      logFolder: join(folder, 'log'),
      runFolder: join(folder, 'run'),
      spoolFolder: join(folder, 'spool'),
      jwtKeyPath: join(folder, 'jwt.key'),
      mungeSocketPath: join(folder, 'run/munge.sock'),
    },
    jobFence: { kind: 'none' },
    joiningRigCountMax: 64,
    credentialExpiresMs: 5000,
    messageTimeoutMs: 5000,
    rigTimeoutMs: 6000,
    epilog: join(folder, 'etc/epilog.sh'),
    ...settings,
  };
  const placed = await placeRigs(rigs, folder, port + 1, cables);
  for (const { name, text } of configFiles(placed, all)) {
    const added = name === 'slurm.conf' ? addedLines.map((line) => `${line}\n`).join('') : '';
    await writeFile(join(folder, 'etc', name), `${text}${added}`);
  }
  return new SlurmFarm(folder, placed, all, { hasRest, startWithinMs, cables });
}

const MAKE_CARD_FILES = 'while [ $# -gt 0 ]; do mknod -m 666 "$1" c "$0" "$2" || exit 1; shift 2; done';

/** What a farm keeps of how it was asked for. */
type FarmWays = Required<Pick<SlurmFarmOptions, 'hasRest' | 'startWithinMs'>> & {
  readonly cables: FarmCables | undefined;
};

/** Each rig listens on a port of its own, and each card is a file of its own that no driver answers. */
async function placeRigs(
  rigs: readonly SlurmRig[],
  folder: string,
  port: number,
  cables?: FarmCables,
): Promise<readonly SlurmRig[]> {
  let minor = 0;
  const placed: SlurmRig[] = [];
  for (const [index, rig] of rigs.entries()) {
    await mkdir(join(folder, 'dev', rig.nodeName));
    const cards = rig.cards.map((card, number) => ({
      ...card,
      file: join(folder, 'dev', rig.nodeName, `gpu${number}`),
    }));
    const words = cards.flatMap(({ file }) => [file, `${minor++}`]);
    await run('sh', ['-c', MAKE_CARD_FILES, `${FAKE_CARD_MAJOR}`, ...words]);
    const address = cables?.addressOf(rig.nodeName) ?? '127.0.0.1';
    const own: SlurmRig = { ...rig, cards, place: { kind: 'listed', address, port: port + index } };
    await writeFile(join(folder, 'map', `${rig.nodeName}.tsv`), cardMapText(own));
    placed.push(own);
  }
  return placed;
}

/** A farm that runs. Every part can be ended and started again; `dispose` leaves nothing. */
export class SlurmFarm {
  readonly folder: string;
  /** As Slurm has them, with their files. */
  readonly rigs: readonly SlurmRig[];
  readonly settings: SlurmSettings;
  readonly confPath: string;
  readonly restSocketPath: string;
  readonly jwtKeyPath: string;
  readonly #ways: FarmWays;
  readonly #processes = new Map<string, FarmProcess>();

  constructor(folder: string, rigs: readonly SlurmRig[], settings: SlurmSettings, ways: FarmWays) {
    this.folder = folder;
    this.rigs = rigs;
    this.settings = settings;
    this.confPath = join(folder, 'etc/slurm.conf');
    this.restSocketPath = join(folder, 'rest/slurmrestd.sock');
    this.jwtKeyPath = join(folder, 'jwt.key');
    this.#ways = ways;
  }

  /** The folder with a card map a rig: `NODENAME.tsv`. */
  get cardMapFolder(): string {
    return join(this.folder, 'map');
  }

  async start(): Promise<void> {
    await this.startMunge();
    await this.startController();
    if (this.#ways.hasRest) await this.startRest();
    const names = this.rigs.map(({ nodeName }) => nodeName);
    for (let from = 0; from < names.length; from += BATCH_COUNT) {
      const batch = names.slice(from, from + BATCH_COUNT);
      for (const nodeName of batch) this.startRig(nodeName);
      await this.waitForRigs(batch);
    }
  }

  /** One of Slurm's commands, with its limit of 10 s; gives what it printed. */
  async command(name: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await run(name, [...words], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SLURM_CONF: this.confPath },
      timeout: COMMAND_WITHIN_MS,
    });
    return stdout.trim();
  }

  /** A rig's state as Slurm has it, in small letters: `idle`, `mixed`, `down*`, `drained`. */
  async rigState(nodeName: string): Promise<string> {
    return this.command('sinfo', '-h', '-n', nodeName, '-p', 'ai', '-o', '%T');
  }

  async waitForRigs(nodeNames: readonly string[], states = /^(idle|mixed|allocated)$/): Promise<void> {
    await this.#waitUntil(
      async () => {
        const listed = await this.command('sinfo', '-h', '-N', '-p', 'ai', '-o', '%N %T').catch(() => '');
        const stateByName = new Map(listed.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[1] ?? '']));
        return nodeNames.every((name) => states.test(stateByName.get(name) ?? ''));
      },
      `rigs ${nodeNames.join(', ')} are not ${states.source}`,
    );
  }

  async startMunge(): Promise<void> {
    await this.#startMunge('munge');
  }

  async #startMunge(name: 'munge' | 'munge-wrong'): Promise<void> {
    const path = (rest: string) => join(this.folder, rest);
    const socket = path(`run/${name}.sock`);
    const files = [`--socket=${socket}`, `--key-file=${path(`${name}.key`)}`, `--pid-file=${path(`run/${name}.pid`)}`];
    const others = [`--log-file=${path(`log/${name}.log`)}`, `--seed-file=${path(`state/${name}.seed`)}`];
    this.#begin(name, ['munged', '--foreground', '--force', '--num-threads=10', ...files, ...others]);
    await this.#waitUntil(async () => canConnect(socket), 'munged does not answer');
  }

  async startController(): Promise<void> {
    this.#begin('slurmctld', ['slurmctld', '-D']);
    await this.#waitUntil(async () => canConnect(this.settings.head.port), 'slurmctld does not answer');
  }

  /** A slurmrestd that takes tokens alone, as a user without any right. */
  async startRest(): Promise<void> {
    await rm(this.restSocketPath, { force: true });
    const words = ['-t', '8', '-a', 'rest_auth/jwt', '-s', 'openapi/v0.0.38', `unix:${this.restSocketPath}`];
    this.#begin('slurmrestd', ['slurmrestd', ...words], { SLURM_JWT: 'daemon' }, 'nobody');
    await this.#waitUntil(async () => canConnect(this.restSocketPath), 'slurmrestd does not answer');
  }

  /** Starts a rig's slurmd; returns before slurmctld has heard of it. `booted`: it says that its machine was started anew. */
  startRig(nodeName: string, kind: 'restarted' | 'booted' = 'restarted'): void {
    const enter = this.#ways.cables?.enter(nodeName) ?? [];
    this.#begin(nodeName, [...enter, 'slurmd', '-D', '-N', nodeName, ...(kind === 'booted' ? ['-b'] : [])]);
  }

  /** A rig whose munge key is not the farm's: slurmctld refuses what it says. */
  async startRigWithWrongKey(nodeName: string): Promise<void> {
    if (!this.isRunning('munge-wrong')) await this.#startMunge('munge-wrong');
    const folder = join(this.folder, `etc-wrong-${nodeName}`);
    await mkdir(folder, { recursive: true });
    for (const name of ['slurm.conf', 'gres.conf', 'cgroup.conf']) {
      const text = await readFile(join(this.folder, 'etc', name), 'utf8');
      await writeFile(join(folder, name), text.replaceAll('/run/munge.sock', '/run/munge-wrong.sock'));
    }
    this.#begin(nodeName, ['slurmd', '-D', '-N', nodeName, '-f', join(folder, 'slurm.conf')]);
  }

  /** Whether a part runs: `munge`, `slurmctld`, `slurmrestd`, or a rig's slurmd by its name. */
  isRunning(part: string): boolean {
    return this.#processes.get(part)?.isRunning() ?? false;
  }

  /** Sends a signal to a part by itself, such as SIGSTOP; of a rig, to slurmd alone. */
  signal(part: string, signal: NodeJS.Signals): void {
    const { pid } = this.#processes.get(part) ?? {};
    if (pid === undefined) throw new InvariantError(`${part} was never started`);
    process.kill(pid, signal);
  }

  /** What runs of a rig's jobs, without its slurmd. */
  stepProcesses(nodeName: string): readonly number[] {
    const own = this.#processes.get(nodeName)?.pid;
    return this.jobProcesses(nodeName).filter((pid) => pid !== own);
  }

  /** Ends a part by itself: of a rig, slurmd alone; its jobs go on. */
  async end(part: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#processes.get(part)?.end(signal);
  }

  /** As if its power were cut: slurmd and every process of its jobs are gone at once. */
  async cutPower(nodeName: string): Promise<void> {
    await this.end(nodeName, 'SIGKILL');
    // What a dying process started in the moment between is found the second time.
    for (let round = 0; round < 2; round += 1) killAll(this.jobProcesses(nodeName));
  }

  /** What runs of a rig: slurmd where it does, Slurm's step daemons, and all that they started. */
  jobProcesses(nodeName: string): readonly number[] {
    return processesOfRig(join(this.folder, 'log', `slurmd-${nodeName}.log`), this.settings.clusterName, nodeName);
  }

  /** Ends everything and removes the folder. */
  async dispose(): Promise<void> {
    for (const name of ['slurmctld', 'slurmrestd']) await this.end(name, 'SIGKILL');
    await Promise.all([...this.#processes.values()].map((each) => each.end('SIGKILL')));
    for (let round = 0; round < 2; round += 1)
      killAll(processesOfFarm(join(this.folder, 'log'), this.settings.clusterName));
    this.#ways.cables?.dispose();
    if (this.settings.jobFence.kind === 'cgroup') await removeControlGroups(this.rigs.map(({ nodeName }) => nodeName));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #waitUntil(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
    const { startWithinMs } = this.#ways;
    const untilMs = Date.now() + startWithinMs;
    while (!(await holds())) {
      if (Date.now() > untilMs) throw new InvariantError(`${otherwise} within ${startWithinMs} ms`);
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, Math.max(LOOK_MS, this.rigs.length * LOOK_MS_A_RIG));
      await promise;
    }
  }

  #begin(
    part: string,
    command: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    user?: string,
  ): void {
    if (this.isRunning(part)) throw new InvariantError(`${part} runs already`);
    this.#processes.set(part, startProcess(command, { SLURM_CONF: this.confPath, ...environment }, user));
  }
}

/** The words that make slurmd join a farm, for a rig that slurm.conf does not list. */
export function joiningWords(rig: SlurmRig): readonly string[] {
  return ['-Z', '-N', rig.nodeName, '--conf', joiningConf(rig)];
}

/** What slurmd leaves of control groups (version 1) when it is killed: empty ones, named after the rig. */
async function removeControlGroups(nodeNames: readonly string[]): Promise<void> {
  const root = '/sys/fs/cgroup';
  for (const controller of await readdir(root)) {
    for (const nodeName of nodeNames) {
      const group = join(root, controller, `slurm_${nodeName}`);
      if (!existsSync(group)) continue;
      const inside = await readdir(group, { recursive: true, withFileTypes: true });
      const folders = inside.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
      for (const folder of folders.toSorted((one, other) => other.length - one.length)) await rmdir(folder);
      await rmdir(group);
    }
  }
}

async function canConnect(target: string | number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = typeof target === 'string' ? connect(target) : connect(target, '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  const isThere = await promise;
  socket.destroy();
  return isThere;
}
