import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readInventory } from '@rerig/domain/inventory';
import { expect, test } from 'vitest';
import { parseRigList } from './rig-list.ts';
import { sshSource } from './ssh-source.ts';

const SSHD = '/usr/sbin/sshd';
const isMissing = !existsSync(SSHD) && process.env.RERIG_REQUIRE_INTEGRATION !== '1';

const run = promisify(execFile);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A real sshd on a loopback port, with keys made for this test, and a client's configuration that knows it. */
async function openSshd() {
  const folder = await mkdtemp(join(tmpdir(), 'rerig-sshd-'));
  const port = await freePort();
  const [hostKey, userKey] = [join(folder, 'host'), join(folder, 'user')];
  for (const path of [hostKey, userKey]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  await copyFile(`${userKey}.pub`, join(folder, 'authorized'));
  await chmod(folder, 0o700);
  // Where root starts it, sshd wants this folder of its own.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
  ];
  await writeFile(join(folder, 'sshd_config'), config.join('\n'));
  const client = [
    `IdentityFile ${userKey}`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${join(folder, 'known')}`,
    'StrictHostKeyChecking accept-new',
  ];
  await writeFile(join(folder, 'ssh_config'), client.join('\n'));
  const child = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 10_000 }).toContain(`port ${port}`);
  return {
    port,
    configPath: join(folder, 'ssh_config'),
    close: async () => {
      child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test.skipIf(isMissing)(
  'asks a real sshd, with a key, for this machine’s processor, memory and disks (needs sshd: apt-get install openssh-server)',
  async () => {
    const sshd = await openSshd();
    const { rigs } = parseRigList(
      `${userInfo().username}@127.0.0.1:${sshd.port} this-one\n127.0.0.1:1 dead\n`,
      'rigs.txt',
    );
    const told: string[] = [];
    const source = sshSource(rigs, { configPath: sshd.configPath, tellProgress: ({ what }) => told.push(what) });
    const { files, faults } = await source.read(AbortSignal.timeout(60_000));
    await sshd.close();
    const { farm } = readInventory(files);
    const [rig] = farm.rigs;
    expect(farm.rigs.map(({ rigId }) => rigId)).toEqual(['this-one']);
    expect(rig?.host.cpu?.modelName).toBeTruthy();
    expect(rig?.host.ram?.bytes).toBeGreaterThan(0);
    expect(rig?.host.kernel).toBeTruthy();
    expect(told.toSorted()).toEqual(['dead', 'this-one']);
    expect(faults.find(({ what }) => what.includes('dead'))?.code).toBe('rig-unreachable');
  },
  90_000,
);

test.skipIf(isMissing)(
  'is let in nowhere without a key, and says how to try it by hand (needs sshd: apt-get install openssh-server)',
  async () => {
    const sshd = await openSshd();
    const { rigs } = parseRigList(`nobody@127.0.0.1:${sshd.port} locked`, 'rigs.txt');
    const { files, faults } = await sshSource(rigs, { configPath: sshd.configPath }).read(AbortSignal.timeout(60_000));
    await sshd.close();
    expect(files).toEqual([]);
    expect(faults).toMatchObject([{ code: 'rig-refused' }]);
    expect(faults[0]?.mend).toContain(`ssh -p ${sshd.port} nobody@127.0.0.1`);
  },
  90_000,
);
