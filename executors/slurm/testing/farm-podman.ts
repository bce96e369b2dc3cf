import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why containers can't be tested here; undefined where they can. */
export const podmanMissing: string | undefined = ['/usr/bin/podman', '/usr/sbin/runc', '/bin/busybox'].every((path) =>
  existsSync(path),
)
  ? undefined
  : 'needs Podman: apt-get install podman runc busybox-static catatonit';

/** The image of `FarmPodman`: busybox alone, of no registry. */
export const FARM_IMAGE = 'localhost/rerig-farm-busybox:latest';

/**
 * A Podman for the rigs of a farm on this machine, with its images and containers in a folder of its own, and limits that
 * a machine without CAP_SYS_RESOURCE and with old control groups can set.
 */
export class FarmPodman {
  /** The command, for the executor's options. */
  readonly words: readonly string[];
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync('/tmp/rerig-podman-');
    const config = join(this.#folder, 'containers.conf');
    writeFileSync(
      config,
      [
        '[containers]',
        'default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]',
        '[engine]',
        'cgroup_manager = "cgroupfs"',
        'events_logger = "file"',
        'runtime = "runc"',
        '',
      ].join('\n'),
    );
    const folders = ['--root', join(this.#folder, 'root'), '--runroot', join(this.#folder, 'run')];
    this.words = ['env', `CONTAINERS_CONF=${config}`, 'podman', ...folders];
    this.#importImage();
  }

  /** What it printed. */
  run(...words: readonly string[]): string {
    const [command = 'env', ...rest] = [...this.words, ...words];
    return execFileSync(command, rest, { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] });
  }

  dispose(): void {
    this.run('rm', '-f', '-a', '-t', '0');
    this.run('rmi', '-f', '-a');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #importImage(): void {
    const root = join(this.#folder, 'image');
    for (const name of ['bin', 'tmp', 'etc']) mkdirSync(join(root, name), { recursive: true });
    execFileSync('cp', ['/bin/busybox', join(root, 'bin/busybox')]);
    for (const name of ['sh', 'sleep', 'cat', 'ls', 'touch', 'env', 'id'])
      symlinkSync('busybox', join(root, 'bin', name));
    const archive = join(this.#folder, 'image.tar');
    execFileSync('tar', ['-C', root, '-cf', archive, '.']);
    this.run('import', archive, FARM_IMAGE);
  }
}
