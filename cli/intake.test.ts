import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleFarmFiles } from '@rerig/domain/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RUN_LIMIT_MS = 20_000;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `rerig intake` as a person does, and gives what it wrote. */
function intake(folder: string, args: readonly string[], stdin?: string): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  const child = execFile(
    process.execPath,
    [join(import.meta.dirname, 'rerig.ts'), 'intake', ...args],
    { cwd: folder, timeout: RUN_LIMIT_MS },
    (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    },
  );
  child.stdin?.end(stdin ?? '');
  return promise;
}

const TABLE = `Thu Oct  1 16:22:27 2026
| NVIDIA-SMI 530.41.03    Driver Version: 530.41.03    CUDA Version: 12.1     |
|   0  NVIDIA P104-100                 Off| 00000000:0A:00.0 Off |                  N/A |
| 37%   43C    P8                6W / 180W|      4MiB /  8192MiB |      0%      Default |
`;

const LSPCI = `0a:00.0 3D controller [0302]: NVIDIA Corporation GP104 [P104-100] [10de:1b87] (rev a1)
\tKernel driver in use: nvidia
`;

describe('rerig intake', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rerig-intake-'));
    for (const { name, text } of exampleFarmFiles) await writeFile(join(folder, name), text);
    await writeFile(join(folder, 'rig07-nvidia-smi.txt'), Buffer.from(`\uFEFF${TABLE}`, 'utf16le'));
    await writeFile(join(folder, 'rig07.lspci.txt'), LSPCI);
    await writeFile(join(folder, 'notes.md'), '# Shopping list\n- risers\n');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('merges files of one rig by their names, reads UTF-16, and says what each file is', async () => {
    const { status, stdout, stderr } = await intake(folder, ['rig07-nvidia-smi.txt', 'rig07.lspci.txt']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('rig07-nvidia-smi.txt: nvidia-smi table, 1 card');
    expect(stdout).toContain('rig07.lspci.txt: lspci, 1 card');
    expect(stdout).toContain('0a:00.0   NVIDIA P104-100');
    expect(stdout).toContain('1 rig, 1 card, 8 GiB of VRAM');
  });

  it('keeps within 80 columns', async () => {
    const { stdout } = await intake(folder, ['.']);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain('4 rigs, 15 cards');
  });

  it('says of a file without a card that it lists none, and exits 1 where nothing in it could be read', async () => {
    const { status, stdout, stderr } = await intake(folder, ['notes.md', 'example-rig-1-hello.json', 'missing.json']);
    expect(status).toBe(1);
    expect(stdout).toContain('notes.md: nothing that is read, lists no card');
    expect(stdout).toContain('1 rig, 6 cards');
    expect(stderr).toContain('missing.json cannot be read');
  });

  it('prints one JSON document with stable keys', async () => {
    const { status, stdout } = await intake(folder, ['rig07.lspci.txt', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [{ formats: ['lspci'], cardCount: 1 }],
      rigs: [{ rigId: 'rig07', cards: [{ busId: '0a:00.0', kernelDriver: 'nvidia', vramBytes: null }] }],
      faults: [],
    });
  });

  it('reads standard input, and puts all into the rig that is named', async () => {
    const { status, stdout } = await intake(folder, ['-', 'rig07.lspci.txt', '--rig', 'Shed 3', '--json'], TABLE);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      rigs: [{ rigId: 'shed-3', name: 'Shed 3', cards: [{ name: 'NVIDIA P104-100', pciId: '10de:1b87' }] }],
    });
  });

  it('counts a file that is named twice once', async () => {
    const once = await intake(folder, ['example-rig-1-hello.json', '--json']);
    const twice = await intake(folder, ['example-rig-1-hello.json', 'example-rig-1-hello.json', '--json']);
    expect(twice.stdout).toBe(once.stdout);
  });

  it('refuses a file of 500 MB by its size, before reading it', async () => {
    const path = join(folder, '.huge.json');
    const file = await open(path, 'w');
    await file.truncate(500 * 1000 * 1000);
    await file.close();
    const { status, stderr } = await intake(folder, [path]);
    expect(status).toBe(1);
    expect(stderr).toContain('too large');
  });

  it('prints a list to fill in, which it reads', async () => {
    const template = await intake(folder, ['--template']);
    expect([template.status, template.stderr]).toEqual([0, '']);
    const read = await intake(folder, ['-'], template.stdout);
    expect(read.stdout).toContain('cards');
  });

  it('exits 2 where no file is named', async () => {
    expect((await intake(folder, [])).status).toBe(2);
  });
});
