import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomModelBytes, TINY_RECIPE } from '@rerig/models/gguf-writing';
import { type LocalHub, type LocalHubFile, startLocalHub } from '@rerig/models/local-hub';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** Of 15 MB, so that there is time to kill what fetches it. */
const RECIPE = { ...TINY_RECIPE, name: 'random-8m', embeddingLength: 512, feedForwardLength: 1408, headCount: 8 };
const content = randomModelBytes(RECIPE);
const FILE = 'org/repo/random-F16.gguf';

let folder = '';
let hub: LocalHub | undefined;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-models-cli-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await hub?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startHub(file: Partial<LocalHubFile> = {}): Promise<LocalHub> {
  hub = await startLocalHub(new Map([[FILE, { content, ...file }]]));
  return hub;
}

function start(words: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'rerig.ts'), 'models', ...words, '--data', folder], {
    env: { ...process.env, HF_ENDPOINT: hub?.endpoint ?? 'http://127.0.0.1:9', HF_TOKEN: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, ...said }));
  return { child, said, ended };
}

function partBytes(): number {
  const parts = join(folder, 'models/parts');
  if (!existsSync(parts)) return 0;
  const part = readdirSync(parts).find((name) => name.endsWith('.part'));
  return part === undefined ? 0 : statSync(join(parts, part)).size;
}

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

describe('rerig models', () => {
  it('goes on after a kill -9 with what was kept, and ends with the very bytes', async () => {
    const { requests } = await startHub({ pauseEveryBytes: 64 * 1024 });
    const first = start(['add', `hf:${FILE}`]);
    await vi.waitFor(
      () => expect(readdirSync(join(folder, 'models/parts'))).toContainEqual(expect.stringMatching(/json$/)),
      15_000,
    );
    await vi.waitFor(() => expect(partBytes()).toBeGreaterThan(content.length / 2), 15_000);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(readdirSync(join(folder, 'models/entries'))).toEqual([]);
    const second = await start(['add', `hf:${FILE}`, '--json']).ended;
    expect([second.status, second.stderr]).toEqual([0, expect.stringContaining('goes on at byte')]);
    const { name, path } = JSON.parse(second.stdout);
    expect([name, readFileSync(path).equals(content)]).toEqual(['random-F16', true]);
    expect(requests.findLast(({ at }) => at === 'cdn')?.range).toMatch(/^bytes=\d+-$/);
  });

  it('ends with 130 on Ctrl-C, says how to go on, and leaves no lock', async () => {
    await startHub({ pauseEveryBytes: 64 * 1024 });
    const first = start(['add', `hf:${FILE}`]);
    await vi.waitFor(() => expect(partBytes()).toBeGreaterThan(content.length / 8), 15_000);
    first.child.kill('SIGINT');
    const { status, stderr } = await first.ended;
    expect([status, stderr]).toEqual([130, expect.stringContaining('Give the same command again')]);
    expect(readdirSync(join(folder, 'models/parts')).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('says what it is and whether it fits before the rest has come, within 80 columns', async () => {
    await startHub();
    const { status, stdout, stderr } = await start(['add', `hf:${FILE}`, '--name', 'random']).ended;
    expect([status, stdout.split('\n')[0]]).toEqual([0, 'random']);
    expect(stderr).toMatch(/llama, .*parameters, F16, .*context 2048, chat template/);
    expect(widest(stderr)).toBeLessThanOrEqual(80);
    const listed = await start(['list']).ended;
    expect(listed.stdout).toMatch(/^random .* F16 .* 2048 /m);
    expect(widest(listed.stdout)).toBeLessThanOrEqual(80);
    const shown = JSON.parse((await start(['show', 'random', '--json']).ended).stdout);
    expect(shown).toMatchObject({
      name: 'random',
      architecture: 'llama',
      contextTokenCount: 2048,
      fit: { isFitting: true },
    });
    expect((await start(['verify']).ended).stdout).toContain('✔ random');
    expect((await start(['remove', 'random']).ended).status).toBe(0);
    expect(JSON.parse((await start(['list', '--json']).ended).stdout)).toEqual({ models: [], faults: [] });
  });

  it('is fetched by one of two processes that add it at once, and added by both', async () => {
    const { requests } = await startHub({ pauseEveryBytes: 256 * 1024 });
    const both = ['one', 'two'].map((name) => start(['add', `hf:${FILE}`, '--name', name]).ended);
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([0, 0]);
    expect(requests.filter(({ at, method }) => at === 'cdn' && method === 'GET').length).toBe(1);
    const { models } = JSON.parse((await start(['list', '--json']).ended).stdout);
    expect(models.map(({ name }: { name: string }) => name)).toEqual(['one', 'two']);
  });

  it('shares with another rig what it has, until it is asked to stop', async () => {
    await startHub();
    await start(['add', `hf:${FILE}`, '--name', 'random']).ended;
    const server = start(['serve', '--listen', '127.0.0.1:0', '--token', 'farm-token', '--json']);
    await vi.waitFor(() => expect(server.said.stdout).toContain('}'), 15_000);
    const { port } = JSON.parse(server.said.stdout);
    expect(server.said.stderr).toContain(`rerig models add farm:127.0.0.1:${port}/random`);
    const source = `farm:127.0.0.1:${port}/random`;
    const added = await start(['add', source, '--name', 'copy', '--token', 'farm-token']).ended;
    expect(added.status).toBe(0);
    expect((await start(['add', source, '--name', 'no', '--token', 'wrong']).ended).status).toBe(1);
    server.child.kill('SIGINT');
    expect((await server.ended).status).toBe(0);
  });

  it('lists a repository and asks for one of its files', async () => {
    await startHub();
    const { status, stdout, stderr } = await start(['add', 'hf:org/repo']).ended;
    expect([status, stdout]).toEqual([2, expect.stringMatching(/random-F16\.gguf +14\.8 MiB/)]);
    expect(stderr).toContain(`rerig models add hf:${FILE}`);
  });

  it('refuses to remove what a process was started with', async () => {
    await startHub();
    const { path } = JSON.parse((await start(['add', `hf:${FILE}`, '--json']).ended).stdout);
    const user = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', '--model', path]);
    children.push(user);
    await once(user, 'spawn');
    const refused = await start(['remove', 'random-F16', '--json']).ended;
    expect([refused.status, JSON.parse(refused.stdout).fault.code]).toEqual([1, 'model_in_use']);
  });

  it('tells wrong usage from what is not there', async () => {
    expect((await start(['add']).ended).status).toBe(2);
    const missing = await start(['add', join(folder, 'none.gguf')]).ended;
    expect([missing.status, missing.stderr]).toEqual([1, expect.stringContaining('none.gguf')]);
    expect((await start(['add', 'hf:org']).ended).status).toBe(1);
  });
});
