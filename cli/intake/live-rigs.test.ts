import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const RERIG = fileURLToPath(new URL('../rerig.ts', import.meta.url));
const run = promisify(execFile);

/** Plays a rig: `rig07` answers by running its script here, with an lspci of its own; `slow` never does. */
const FAKE_SSH = `#!/bin/sh
for last; do :; done
case "$*" in
  *" -- slow "*) exec sleep 60 ;;
  *" -- rig07 "*) PATH="$(dirname "$0"):/usr/bin:/bin"; export PATH; eval "$last" ;;
  *) echo "ssh: Could not resolve hostname" >&2; exit 255 ;;
esac
`;

const FAKE_LSPCI = `#!/bin/sh
printf 'Slot:\\t0000:0a:00.0\\nClass:\\t3D controller [0302]\\nVendor:\\tNVIDIA Corporation [10de]\\nDevice:\\tGP106 [P106-100] [1c07]\\n\\n'
`;

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rerig-live-'));
  for (const [name, text] of [
    ['ssh', FAKE_SSH],
    ['lspci', FAKE_LSPCI],
  ] as const) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
});

afterEach(() => rm(folder, { recursive: true }));

function environment() {
  return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` };
}

async function rerig(...values: readonly string[]): Promise<Ended> {
  try {
    const ended = await run(process.execPath, [RERIG, ...values], { env: environment() });
    return { status: 0, ...ended };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}

describe('rerig probe --ssh', () => {
  test('shows the rigs that answer, tells progress and those that do not on stderr, and keeps answers that can be read again', async () => {
    const list = join(folder, 'rigs.txt');
    await writeFile(list, 'rig07 # by the door\nabsent\n');
    const answers = join(folder, 'answers');
    const { status, stdout, stderr } = await rerig('probe', '--ssh', list, '--json', '--save', answers);
    expect(status).toBe(1);
    const { rigs, faults } = JSON.parse(stdout);
    expect(rigs).toMatchObject([{ rigId: 'rig07', cards: [{ busId: '0a:00.0', pciId: '10de:1c07' }] }]);
    expect(faults).toMatchObject([{ code: 'rig-unreachable' }]);
    expect(stderr).toMatch(/of 2: rig07 answered/);
    expect(stderr).toMatch(/of 2: absent failed/);
    expect(await readdir(answers)).toEqual(['rig07']);
    const again = JSON.parse((await rerig('intake', answers, '--json')).stdout);
    expect(again.rigs[0].cards).toEqual(rigs[0].cards);
  });

  test('ends all at Ctrl-C, shows what is known and says 130', async () => {
    const list = join(folder, 'rigs.txt');
    await writeFile(list, 'rig07\nslow\n');
    const child = spawn(process.execPath, [RERIG, 'probe', '--ssh', list, '--json'], { env: environment() });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await expect.poll(() => stderr, { timeout: 20_000 }).toContain('rig07 answered');
    child.kill('SIGINT');
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(130);
    const { rigs, faults } = JSON.parse(stdout);
    expect(rigs).toHaveLength(1);
    expect(faults).toMatchObject([{ code: 'source-stopped' }]);
  });

  test('refuses a list that is not there as a fault, and a wrong number as wrong usage', async () => {
    expect((await rerig('probe', '--ssh', join(folder, 'none'))).status).toBe(1);
    expect((await rerig('probe', '--ssh', 'x', '--parallel', '0')).status).toBe(2);
  });
});

describe('rerig intake --hiveos', () => {
  test('asks with the token from its file, shows the rigs, and never the token', async () => {
    const token = 'token-of-an-operator';
    const rig = {
      id: 4,
      name: 'barn',
      farm_id: 1,
      platform: 1,
      password: 'p',
      gpu_info: [{ bus_id: '01:00.0', brand: 'amd' }],
    };
    const server = createServer((request, response) => {
      response.statusCode = request.headers.authorization === `Bearer ${token}` ? 200 : 401;
      response.end(JSON.stringify({ data: request.url?.endsWith('/farms') ? [{ id: 1 }] : [rig] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/api/v2`;
    await writeFile(join(folder, 'token'), `${token}\n`);
    await writeFile(join(folder, 'wrong'), 'wrong');
    const asked = ['intake', '--hiveos', '--json', '--hiveos-url', url] as const;
    const good = await rerig(...asked, '--token-file', join(folder, 'token'));
    const refused = await rerig(...asked, '--token-file', join(folder, 'wrong'), '--farm', '1');
    server.close();
    expect(good.status).toBe(0);
    expect(JSON.parse(good.stdout).rigs).toMatchObject([
      { rigId: 'hive-4', name: 'barn', cards: [{ busId: '01:00.0' }] },
    ]);
    expect(good.stdout + good.stderr).not.toContain(token);
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout).faults).toMatchObject([{ code: 'hiveos-refused' }]);
    expect((await rerig('intake', '--hiveos')).status).toBe(2);
  });
});
