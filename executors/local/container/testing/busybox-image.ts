import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { findPodman } from '../own-podman.ts';

/** The image that tests run: busybox and nothing else, of no registry. */
export const BUSYBOX_IMAGE = 'localhost/rerig-busybox:latest';

const BUSYBOX = '/bin/busybox';

/** What containers can't be tested without here, with the command that installs it; undefined where all is there. */
export const containersMissing: string | undefined =
  findPodman() === null || !existsSync(BUSYBOX) || process.getuid?.() !== 0
    ? 'needs root, and apt-get install podman runc netavark busybox-static catatonit iptables iproute2'
    : undefined;

/** Puts the image into whatever answers at a socket. */
export async function importBusybox(socketPath: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-busybox-'));
  try {
    const docker = new Dockerode({ socketPath });
    const stream = await docker.importImage(makeArchive(folder), { repo: 'localhost/rerig-busybox', tag: 'latest' });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeArchive(folder: string): string {
  const root = join(folder, 'root');
  for (const name of ['bin', 'etc', 'tmp', 'var', 'home']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(BUSYBOX, join(root, 'bin', 'busybox'));
  // As in every image: anybody may write there.
  chmodSync(join(root, 'tmp'), 0o1777);
  const names = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const name of names) if (name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0::/:/bin/sh\ntenant:x:1000:1000::/home:/bin/sh\n');
  const archive = join(folder, 'busybox.tar');
  execFileSync('tar', ['-C', root, '-cf', archive, '.']);
  return archive;
}
