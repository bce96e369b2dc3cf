import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, isFault } from '@rerig/domain/fault';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectModelFile, splitSiblings } from './gguf.ts';
import { randomModelBytes, randomModelParts, TINY_RECIPE } from './gguf-writing.ts';
import { type LocalHub, type LocalHubFile, startLocalHub } from './local-hub.ts';
import { type AddWish, type ModelStore, modelFault, openModelStore, type StoreProgress } from './model-store.ts';
import { shareModels } from './share.ts';

const content = randomModelBytes(TINY_RECIPE);
const other = randomModelBytes({ ...TINY_RECIPE, seed: 2 });
const sha256 = createHash('sha256').update(content).digest('hex');
const FILE = 'org/repo/tiny-F16.gguf';
const SOURCE = `hf:${FILE}`;

let folder = '';
let hub: LocalHub | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-models-'));
});
afterEach(async () => {
  await hub?.close();
  hub = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function startHub(file: Partial<LocalHubFile> = {}, path = FILE): Promise<LocalHub> {
  hub = await startLocalHub(new Map([[path, { content, ...file }]]));
  return hub;
}

function openStore(name = 'data'): ModelStore {
  const store = openModelStore(join(folder, name));
  if (isFault(store)) throw new Error(store.what);
  return store;
}

/** Adds, and gives the model or the fault's code with all that was told. */
async function add(source: string, wish: AddWish = {}) {
  const told: StoreProgress[] = [];
  const store = openStore();
  const added = await store.add(source, {
    ...(hub === undefined ? {} : { hubEndpoint: hub.endpoint }),
    onProgress: (progress) => void told.push(progress),
    ...wish,
  });
  const notes = told.flatMap((each) => (each.kind === 'note' ? [each.text] : []));
  return { store, added, told, notes, code: isFault(added) ? added.code : 'added' };
}

function codeOf(value: unknown): string {
  return isFault(value) ? (value as Fault).code : 'none';
}

describe('a model from a hub', () => {
  it('is fetched through the redirect, compared with the hub’s hash, and found by its name', async () => {
    const { endpoint, cdnOrigin } = await startHub();
    expect(endpoint).not.toBe(cdnOrigin);
    const { store, added } = await add(SOURCE);
    expect(added).toMatchObject({
      name: 'tiny-F16',
      source: SOURCE,
      revision: '0123456789abcdef0123456789abcdef01234567',
      parts: [{ fileName: 'tiny-F16.gguf', sha256, bytes: content.length }],
      facts: {
        architecture: 'llama',
        quantization: 'F16',
        layerCount: 2,
        headCount: 4,
        kvHeadCount: 2,
        hasChatTemplate: true,
      },
    });
    const found = store.resolve('tiny-F16');
    expect(isFault(found) ? found.what : readFileSync(found.path).equals(content)).toBe(true);
    expect(readdirSync(join(folder, 'data/models/parts'))).toEqual([]);
  });

  it('sends the token to the hub and never to where it redirects', async () => {
    const { requests } = await startHub({ token: 'secret' });
    expect((await add(SOURCE, { hubToken: 'secret' })).code).toBe('added');
    expect(requests.filter(({ at }) => at === 'hub').map(({ authorization }) => authorization)).toContain(
      'Bearer secret',
    );
    expect(requests.filter(({ at, authorization }) => at === 'cdn' && authorization !== null)).toEqual([]);
  });

  it('that is gated is refused with the way to get a token', async () => {
    await startHub({ token: 'secret' });
    const { added } = await add(SOURCE);
    expect(added).toMatchObject({ code: 'source_refused', mend: expect.stringContaining('HF_TOKEN') });
    expect(added).toMatchObject({ why: expect.stringContaining('Access to this model is restricted') });
  });

  it('that is not there is told from one that is', async () => {
    await startHub();
    expect((await add('hf:org/repo/else.gguf')).code).toBe('source_not_found');
  });

  it('is fetched once: a second add of it asks for no byte', async () => {
    const { requests } = await startHub();
    await add(SOURCE);
    const before = requests.filter(({ method }) => method === 'GET').length;
    expect((await add(SOURCE)).code).toBe('added');
    expect((await add(SOURCE, { name: 'again' })).code).toBe('added');
    expect(requests.filter(({ method }) => method === 'GET').length).toBe(before);
  });

  it('goes on with ranges where its connection is cut again and again', async () => {
    const { requests } = await startHub({ cutAfterBytes: Math.ceil(content.length / 3) + 10 });
    const { code, notes } = await add(SOURCE);
    expect([code, notes.some((note) => note.includes('trying again'))]).toEqual(['added', true]);
    const ranges = requests.filter(({ at, range }) => at === 'cdn' && range !== null);
    expect(ranges.length).toBeGreaterThanOrEqual(2);
  });

  it('waits where it answers 503 for a while', async () => {
    await startHub({ statusesFirst: [503], hubStatusesFirst: [429] });
    expect((await add(SOURCE)).code).toBe('added');
  });

  it('whose bytes are not of the hash that the hub tells is refused and not kept', async () => {
    await startHub({ saidSha256: 'a'.repeat(64) });
    const { store, code } = await add(SOURCE);
    expect([code, store.list().models.length]).toEqual(['hash_wrong', 0]);
    expect(readdirSync(join(folder, 'data/models/parts'))).toEqual([]);
  });

  it('whose size is not the one that the hub tells is refused', async () => {
    await startHub({ saidBytes: content.length + 5 });
    expect((await add(SOURCE)).code).toBe('size_wrong');
  });

  it('is refused by its header before the rest has come', async () => {
    await startHub({ pauseEveryBytes: 64 * 1024 });
    const refusal = modelFault('fits_no_card', { what: 'It is large.', why: 'It is.', mend: 'Take another.' });
    const { code, told } = await add(SOURCE, { accept: async () => refusal });
    const seen = told.flatMap((each) => (each.kind === 'bytes' ? [each.doneBytes] : []));
    expect(code).toBe('fits_no_card');
    expect(Math.max(...seen)).toBeLessThan(content.length / 2);
  });

  it('that is asked to stop keeps what came, and goes on from there', async () => {
    const { requests } = await startHub({ pauseEveryBytes: 64 * 1024 });
    const stop = new AbortController();
    const first = await add(SOURCE, {
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.kind === 'bytes' && progress.doneBytes > content.length / 3) stop.abort();
      },
    });
    expect(first.code).toBe('stopped');
    const { code, notes } = await add(SOURCE);
    expect([code, notes.some((note) => note.includes('goes on at byte'))]).toEqual(['added', true]);
    expect(Number(/\d+/.exec(requests.findLast(({ at }) => at === 'cdn')?.range ?? '')?.[0])).toBeGreaterThan(
      content.length / 4,
    );
  });

  it('is fetched by one of two that add it at once, and added by both', async () => {
    const { requests } = await startHub({ pauseEveryBytes: 256 * 1024 });
    const both = await Promise.all([add(SOURCE, { name: 'one' }), add(SOURCE, { name: 'two' })]);
    expect(both.map(({ code }) => code)).toEqual(['added', 'added']);
    expect(requests.filter(({ at, method }) => at === 'cdn' && method === 'GET').length).toBe(1);
    expect(
      openStore()
        .list()
        .models.map(({ name }) => name),
    ).toEqual(['one', 'two']);
  });
});

describe('a model from a URL', () => {
  const urlOf = () => `${hub?.cdnOrigin}/${encodeURIComponent(FILE)}`;

  it('is compared with the hash that its user gives', async () => {
    await startHub();
    expect((await add(urlOf(), { sha256: 'b'.repeat(64) })).code).toBe('hash_wrong');
    expect((await add(urlOf(), { sha256, name: 'tiny' })).code).toBe('added');
  });

  it('starts over where its server has no ranges', async () => {
    await startHub({ hasNoRanges: true, pauseEveryBytes: 64 * 1024 });
    const stop = new AbortController();
    const onProgress = (progress: StoreProgress) => {
      if (progress.kind === 'bytes' && progress.doneBytes > content.length / 3) stop.abort();
    };
    await add(urlOf(), { name: 'tiny', signal: stop.signal, onProgress });
    const { code, notes } = await add(urlOf(), { name: 'tiny' });
    expect([code, notes.some((note) => note.includes('begins again'))]).toEqual(['added', true]);
  });

  it('that became another file since it was stopped starts over', async () => {
    await startHub({ pauseEveryBytes: 64 * 1024, laterContent: other });
    const stop = new AbortController();
    const onProgress = (progress: StoreProgress) => {
      if (progress.kind === 'bytes' && progress.doneBytes > content.length / 3) stop.abort();
    };
    await add(urlOf(), { name: 'tiny', signal: stop.signal, onProgress });
    const { added } = await add(urlOf(), { name: 'tiny' });
    expect(added).toMatchObject({ parts: [{ sha256: createHash('sha256').update(other).digest('hex') }] });
  });

  it.each([
    [
      'a page that asks to sign in',
      { content: Buffer.from('<!doctype html><p>Sign in'), contentType: 'text/html' },
      'source_is_page',
    ],
    ['a file of another format', { content: Buffer.from('PK\u0003\u0004zip and more of it') }, 'model_file_broken'],
    ['a model that was cut off at its source', { content: content.subarray(0, 900_000) }, 'model_file_broken'],
    ['an empty file', { content: Buffer.alloc(0) }, 'model_file_broken'],
    ['a file that is forbidden', { statusesFirst: [403] }, 'source_refused'],
    ['a file whose ranges are refused', { statusesFirst: [416] }, 'source_refused'],
    ['a file that is gone', { statusesFirst: [404] }, 'source_not_found'],
  ] as const)('refuses %s, and keeps nothing under a name', async (_what, file, code) => {
    await startHub(file);
    const tried = await add(urlOf(), { name: 'tiny' });
    expect([tried.code, tried.store.list().models.length]).toEqual([code, 0]);
  });
});

describe('a model of this machine', () => {
  const writeModel = (name = 'tiny.gguf', bytes = content) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  it('is taken in, verified, and found damaged where its bytes changed', async () => {
    const { store, code } = await add(writeModel(), { isCopied: true });
    expect(code).toBe('added');
    expect(await store.verify('tiny')).toMatchObject([{ isRight: true, why: null }]);
    const changed = Buffer.from(content);
    changed[content.length - 100] = 255 - (changed[content.length - 100] ?? 0);
    writeFileSync(store.blobPath(sha256), changed);
    expect(await store.verify('tiny')).toMatchObject([{ isRight: false }]);
    writeFileSync(store.blobPath(sha256), changed.subarray(1));
    expect(codeOf(store.resolve('tiny'))).toBe('model_damaged');
  });

  it('is kept once under two names, and goes with the last', async () => {
    const path = writeModel();
    await add(path, { name: 'one', isCopied: true });
    const { store } = await add(path, { name: 'two', isCopied: true });
    expect(await store.remove('one')).toEqual({ name: 'one', freedBytes: 0 });
    expect(codeOf(store.resolve('two'))).toBe('none');
    expect(await store.remove('two')).toEqual({ name: 'two', freedBytes: content.length });
    expect(codeOf(await store.remove('two'))).toBe('model_not_found');
  });

  it('does not take the name of another', async () => {
    await add(writeModel(), { name: 'tiny' });
    expect((await add(writeModel('other.gguf', other), { name: 'tiny' })).code).toBe('model_exists');
    expect((await add(writeModel(), { name: '../tiny' })).code).toBe('source_unreadable');
  });

  it('is ensured by its source without being read again', async () => {
    const path = writeModel();
    const { store } = await add(path, { name: 'tiny' });
    expect(await store.ensure(path)).toMatchObject({ name: 'tiny', parts: [{ sha256 }] });
    rmSync(path);
    expect(await store.ensure(path)).toMatchObject({ name: 'tiny', parts: [{ sha256 }] });
    writeModel('tiny.gguf', other);
    expect(codeOf(await store.ensure(path))).toBe('model_exists');
    expect(await store.ensure(path, { name: 'retrained' })).toMatchObject({ name: 'retrained' });
  });
});

describe('a model in several files', () => {
  const parts = randomModelParts(TINY_RECIPE, 3);
  const names = splitSiblings('tiny-00001-of-00003.gguf');

  it('is fetched whole from any of them, and stands with its files side by side', async () => {
    hub = await startLocalHub(
      new Map(names.map((name, index) => [`org/repo/${name}`, { content: parts[index] ?? content }])),
    );
    const { store, added } = await add(`hf:org/repo/${names[1]}`);
    expect(added).toMatchObject({
      name: 'tiny',
      bytes: parts.reduce((sum, { length }) => sum + length, 0),
      parts: names.map((fileName) => ({ fileName })),
      facts: { parameterCount: 893_568 },
    });
    const found = store.resolve('tiny');
    if (isFault(found)) throw new Error(found.what);
    expect(inspectModelFile(found.path)).toMatchObject({ trainedContextTokens: 2048, fileBytes: found.bytes });
    expect(await store.remove('tiny')).toEqual({ name: 'tiny', freedBytes: found.bytes });
  });

  it('is refused where one of them is missing', async () => {
    for (const [index, name] of names.slice(0, 2).entries()) writeFileSync(join(folder, name), parts[index] ?? content);
    expect((await add(join(folder, names[0] ?? ''))).code).toBe('model_file_missing');
  });
});

describe('a store that is shared', () => {
  it('gives its models to another rig by name, to who has the token', async () => {
    const path = join(folder, 'tiny.gguf');
    writeFileSync(path, content);
    const { store } = await add(path);
    const share = await shareModels(store, { address: '127.0.0.1', port: 0, token: 'farm-token' });
    if (isFault(share)) throw new Error(share.what);
    try {
      const rig = openStore('rig');
      const source = `farm:127.0.0.1:${share.port}/tiny`;
      expect(codeOf(await rig.add(source))).toBe('source_refused');
      expect(codeOf(await rig.add(source, { farmToken: 'wrong' }))).toBe('source_refused');
      const added = await rig.add(source, { farmToken: 'farm-token' });
      expect(added).toMatchObject({ name: 'tiny', source, parts: [{ sha256 }] });
      const elsewhere = `farm:127.0.0.1:${share.port}/else`;
      expect(codeOf(await rig.add(elsewhere, { farmToken: 'farm-token' }))).toBe('source_not_found');
      const headers = { authorization: 'Bearer farm-token', range: 'bytes=-4' };
      const end = await fetch(`http://127.0.0.1:${share.port}/blobs/sha256/${sha256}`, { headers });
      expect([end.status, Buffer.from(await end.arrayBuffer())]).toEqual([206, content.subarray(-4)]);
    } finally {
      await share.stop();
    }
  });

  it('is not opened to a network without a token', async () => {
    expect(codeOf(await shareModels(openStore(), { address: '0.0.0.0', port: 0, token: null }))).toBe('share_not_open');
  });
});
