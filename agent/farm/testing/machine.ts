import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InvariantError } from '@rerig/domain/fault';

const run = promisify(execFile);

/** Why machines can't be made here; undefined where they can. */
export const machinesMissing: string | undefined =
  process.getuid?.() !== 0
    ? 'needs root'
    : ['unshare', 'nsenter', 'ip'].every((name) =>
          ['/usr/bin', '/usr/sbin', '/sbin', '/bin'].some((folder) => existsSync(`${folder}/${name}`)),
        )
      ? undefined
      : 'needs util-linux and iproute2: apt-get install util-linux iproute2';

/** What a command in a machine gave. */
export interface MachineResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const COMMAND_WITHIN_MS = 90_000;
const READY_WITHIN_MS = 10_000;

/**
 * A machine in namespaces of its own: its own network, processes, host name, /run, and /etc and /var that are written over
 * this machine's without changing them. Everything in it ends with it, and it ends with us.
 */
export class Machine {
  readonly name: string;
  readonly #folder: string;
  readonly #holder: ChildProcess;
  readonly #pid: number;

  constructor(name: string, folder: string, holder: ChildProcess, pid: number) {
    this.name = name;
    this.#folder = folder;
    this.#holder = holder;
    this.#pid = pid;
  }

  /** Runs a command to its end; it never throws for a status. */
  async run(command: readonly string[], withinMs = COMMAND_WITHIN_MS): Promise<MachineResult> {
    const { promise, resolve } = Promise.withResolvers<MachineResult>();
    execFile(
      'nsenter',
      [...this.#enter(), ...command],
      { env: environment(), timeout: withinMs, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
        resolve({ exitCode: code, stdout, stderr });
      },
    );
    return promise;
  }

  /** Starts a command that goes on; it ends with the machine. */
  start(command: readonly string[]): ChildProcess {
    return spawn('nsenter', [...this.#enter(), ...command], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Gives the machine its first interface: a bridge to which others are plugged. */
  async becomeSwitch(address: string): Promise<void> {
    await this.#ip('link', 'add', 'br0', 'type', 'bridge');
    await this.#ip('addr', 'add', `${address}/24`, 'dev', 'br0');
    await this.#ip('link', 'set', 'br0', 'up');
  }

  /** Plugs another machine to this one's bridge, by a cable of this name. */
  async plug(cable: string, other: Machine, address: string): Promise<void> {
    await this.#ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(other.#pid));
    await this.#ip('link', 'set', cable, 'master', 'br0', 'up');
    await other.#ip('addr', 'add', `${address}/24`, 'dev', 'eth0');
    await other.#ip('link', 'set', 'eth0', 'up');
  }

  /** Pulls a cable, or puts it back. */
  async setCable(cable: string, state: 'up' | 'down'): Promise<void> {
    await this.#ip('link', 'set', cable, state);
  }

  /** As if its power were cut, and nothing is left. */
  async dispose(): Promise<void> {
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) {
      const ended = once(this.#holder, 'exit');
      this.#holder.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #enter(): readonly string[] {
    return ['-t', String(this.#pid), '-m', '-u', '-p', '-n', '--'];
  }

  async #ip(...words: readonly string[]): Promise<void> {
    await run('nsenter', ['-t', String(this.#pid), '-n', '--', 'ip', ...words]);
  }
}

function environment(): Record<string, string> {
  return {
    PATH: `${join(import.meta.dirname, '../../../node_modules/.bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: '/root',
    NO_COLOR: '1',
  };
}

/** Written over what is there, and gone with the machine. `CHLD` is ignored so that the kernel takes away what has ended. */
const SET_UP = `set -e
mount --make-rprivate /
for name in etc var; do
  mkdir -p "$FOLDER/$name/upper" "$FOLDER/$name/work"
  mount -t overlay overlay -o "lowerdir=/$name,upperdir=$FOLDER/$name/upper,workdir=$FOLDER/$name/work" "/$name"
done
mount -t tmpfs tmpfs /run
hostname "$NAME"
ip link set lo up
rm -rf /etc/munge/munge.key /etc/rerig /var/lib/rerig
trap "" CHLD
echo ready
exec sleep 1000000`;

/** Makes a machine of this host name. */
export async function makeMachine(name: string): Promise<Machine> {
  const folder = await mkdtemp('/tmp/rerig-machine-');
  await mkdir(join(folder, 'etc'));
  const words = [
    '--mount',
    '--uts',
    '--pid',
    '--net',
    '--fork',
    '--kill-child=KILL',
    '--mount-proc',
    'sh',
    '-c',
    SET_UP,
  ];
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...words], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', FOLDER: folder, NAME: name },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await Promise.race([
    once(holder.stdout, 'data', { signal: AbortSignal.timeout(READY_WITHIN_MS) }),
    once(holder, 'exit'),
  ]);
  const children = await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').catch(() => '');
  const pid = Number(children.trim().split(' ')[0]);
  if (!(pid > 0)) throw new InvariantError(`the machine ${name} could not be made: ${said}`);
  return new Machine(name, folder, holder, pid);
}
