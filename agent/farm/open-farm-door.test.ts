import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinAnswerSchema, leaveAnswerSchema } from '@rerig/api/farm-door';
import { isFault } from '@rerig/domain/fault';
import { farmSettings } from '@rerig/executors/slurm';
import { expect, test } from 'vitest';
import { askHead } from './ask-head.ts';
import { openDoorCertificate } from './door-certificate.ts';
import { farmFolderOf, loadTokens, saveFarm } from './farm-folder.ts';
import { makeToken } from './make-token.ts';
import { openFarmDoor } from './open-farm-door.ts';
import { TOKEN_LIVES_MS } from './token-book.ts';

const rig = { rigId: 'rig-07', name: 'rig 07', coreCount: 2, ramBytes: 4e9, cards: [] };

/** The door of a farm whose Slurm does not run: what it refuses, it refuses before Slurm is asked. */
async function openDoor(now: () => number = Date.now) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'rerig-door-'));
  const paths = { ...farmSettings.paths, confFolder: dataFolder };
  const head = { hostName: 'head', address: '127.0.0.1', port: 1 };
  await saveFarm(dataFolder, {
    ...{ version: 1, executor: 'slurm', doorPort: 7413, jobUser: { name: 'rerig-job', uid: 64_641 }, rigs: [] },
    settings: { ...farmSettings, clusterName: 'none', head, paths },
  });
  const lines: string[] = [];
  const door = await openFarmDoor({
    dataFolder,
    address: '127.0.0.1',
    port: 0,
    now,
    onAnswer: (line) => lines.push(line),
  });
  if (isFault(door)) throw new TypeError(door.why);
  const { fingerprint } = await openDoorCertificate(farmFolderOf(dataFolder), now());
  const address = { address: '127.0.0.1', port: door.port, fingerprint };
  return {
    ...{ dataFolder, lines, address },
    join: (token: string, asked: object = rig) =>
      askHead(address, '/v1/rigs/join', { token, rig: asked }, joinAnswerSchema),
    token: async () => {
      const made = await makeToken(dataFolder, now());
      if (isFault(made)) throw new TypeError(made.why);
      return made.token;
    },
    [Symbol.asyncDispose]: async () => {
      await door.close();
      await rm(dataFolder, { recursive: true });
    },
  };
}

test('a token that was never made is refused, and after ten tries the address is not heard', async () => {
  await using door = await openDoor();
  const wrong = `${(await door.token()).slice(0, 44)}${'x'.repeat(20)}`;
  for (let tried = 0; tried < 10; tried += 1) expect(await door.join(wrong)).toMatchObject({ code: 'token-unknown' });
  expect(await door.join(wrong)).toMatchObject({ code: 'too-many-tries' });
  expect(await door.join(await door.token())).toMatchObject({ code: 'too-many-tries' });
  expect(door.lines.at(-1)).toBe('127.0.0.1 /v1/rigs/join too-many-tries');
});

test('a token of yesterday is refused as expired', async () => {
  let nowMs = Date.now();
  await using door = await openDoor(() => nowMs);
  const token = await door.token();
  nowMs += TOKEN_LIVES_MS;
  expect(await door.join(token)).toMatchObject({ code: 'token-expired' });
});

test('where Slurm does not take the rig, all is as it was: the token works again, and no file names it', async () => {
  await using door = await openDoor();
  const token = await door.token();
  expect(await door.join(token)).toMatchObject({ code: 'farm-command-failed' });
  const tokens = await loadTokens(door.dataFolder);
  expect(tokens).toMatchObject([{ usedAtMs: null }]);
  expect(await readFile(join(door.dataFolder, 'gres.conf'), 'utf8')).not.toContain('rig-07');
});

const card = {
  cardId: 'a',
  gresType: 'rx_580_8gb',
  file: '/dev/dri/renderD128',
  features: { cardModelName: 'RX 580', vramBytes: 8, routes: [] },
};

test.each([
  [
    'a line of its own in a type',
    { ...rig, cards: [{ ...card, gresType: 'x\nPartitionName=all' }] },
    'rig.cards.0.gresType',
  ],
  ['a blank in a file', { ...rig, cards: [{ ...card, file: '/dev/null Flags=x' }] }, 'rig.cards.0.file'],
  ['a tab in an id', { ...rig, cards: [{ ...card, cardId: 'a\tb' }] }, 'rig.cards.0.cardId'],
  ['a line in a name', { ...rig, name: 'a\nb' }, 'rig.name'],
  ['too many cards', { ...rig, cards: Array.from({ length: 65 }, () => card) }, 'rig.cards'],
  ['no core', { ...rig, coreCount: 0 }, 'rig.coreCount'],
])('a rig with %s is refused before its token is spent', async (_, asked, where) => {
  await using door = await openDoor();
  const refused = await door.join(await door.token(), asked);
  expect(refused).toMatchObject({ code: 'farm-request-invalid', why: expect.stringContaining(where) });
  expect(await loadTokens(door.dataFolder)).toMatchObject([{ usedAtMs: null }]);
});

test('a rig that is not known can neither leave nor remove another', async () => {
  await using door = await openDoor();
  for (const step of ['drain', 'now', 'left']) {
    const asked = { slurmName: 'rig-07', secret: 'guessed', step };
    expect(await askHead(door.address, '/v1/rigs/leave', asked, leaveAnswerSchema)).toMatchObject({
      code: 'rig-unknown',
    });
  }
});

test('a head with another certificate is told nothing', async () => {
  await using door = await openDoor();
  const other = { ...door.address, fingerprint: Buffer.alloc(32) };
  const refused = await askHead(other, '/v1/rigs/join', { token: await door.token(), rig }, joinAnswerSchema);
  expect(refused).toMatchObject({ code: 'head-not-known' });
  expect(door.lines).toEqual([]);
});

test('where nobody listens, the head is unreachable', async () => {
  const nobody = { address: '127.0.0.1', port: 1, fingerprint: Buffer.alloc(32) };
  expect(await askHead(nobody, '/v1/rigs/join', {}, joinAnswerSchema)).toMatchObject({
    code: 'head-unreachable',
    retry: 'later',
  });
});

test('a secret or token is in no line that is told, and in no file but as a hash', async () => {
  await using door = await openDoor();
  const token = await door.token();
  await door.join(token, { ...rig, name: '' });
  await door.join(`${token.slice(0, 44)}${'x'.repeat(20)}`);
  expect(door.lines.join('\n')).not.toContain(token.slice(44));
  expect(await readFile(join(door.dataFolder, 'farm/tokens.json'), 'utf8')).not.toContain(token.slice(44));
});
