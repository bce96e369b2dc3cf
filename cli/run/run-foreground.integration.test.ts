import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TypedRerig, typedLine } from '../integration/typed-rerig.ts';

const LIMIT_MS = 60_000;
const TEST = { timeout: LIMIT_MS };
const STDIN_WORDS = 'Its input is empty';

const folder = mkdtempSync(join(tmpdir(), 'rerig-fore-'));
const data = join(folder, 'data');

function rerig(command: string, ...words: readonly string[]) {
  return new TypedRerig([command, '--data', data, ...words], folder).ended;
}

function expectNarrow(text: string): void {
  for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
}

describe('rerig run in the foreground', () => {
  afterAll(async () => {
    await rerig('agent', '--end');
    rmSync(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it('stops a job that writes without end once its reader has gone, and says so once', TEST, async () => {
    const run = await typedLine(
      `rerig run --data ${data} --name flood -- yes | head -2; echo \${PIPESTATUS[0]}`,
      folder,
    );
    expect(run.stdout).toBe('y\ny\n141\n');
    expect(run.stderr.match(/Its reader has gone: stopping/g)).toHaveLength(1);
    expect(run.stderr).not.toMatch(/Killing|Left as it is/);
    expect((await rerig('ps')).stdout).toContain('Nothing runs');
  });

  it('is stopped soon, whatever it has written that nobody has read yet', TEST, async () => {
    await rerig('run', '--detach', '--name', 'torrent', '--', 'yes');
    const follower = new TypedRerig(['logs', '--data', data, 'torrent', '--follow'], folder);
    await expect.poll(() => follower.stdout.length, { timeout: LIMIT_MS }).toBeGreaterThan(20_000);
    expect(await rerig('stop', 'torrent')).toMatchObject({ status: 0, stderr: expect.stringContaining(': stopped') });
    expect((await follower.ended).status).toBe(0);
  });

  it('ends what only lists or prints with status 0 where its reader has gone', TEST, async () => {
    await rerig('run', '--name', 'long', '--', 'seq', '3000');
    const read = await typedLine(
      `rerig logs --data ${data} long | head -1; echo \${PIPESTATUS[0]}; rerig ps --data ${data} --all | head -1 | wc -l; echo \${PIPESTATUS[0]}`,
      folder,
    );
    expect(read).toMatchObject({ stdout: '1\n0\n1\n0\n', stderr: '' });
  });

  it('gives a job no input, and says so where something is piped in', TEST, async () => {
    const piped = await typedLine(`echo x | rerig run --data ${data} -- cat`, folder);
    expect(piped).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining(STDIN_WORDS) });
    writeFileSync(join(folder, 'list'), 'one\ntwo\n');
    const listed = await typedLine(
      `while read -r name; do rerig run --data ${data} -- echo $name; done < list`,
      folder,
    );
    expect(listed).toMatchObject({ status: 0, stdout: 'one\ntwo\n' });
    expect((await rerig('run', '--', 'cat')).stderr).not.toContain(STDIN_WORDS);
  });

  it('ends a gang whose rank fails at once, with that rank’s status and number', TEST, async () => {
    const script = 'if [ $RANK = 1 ]; then exit 9; fi; exec sleep 600';
    const run = await rerig('run', '--ranks', '2', '--cards', '0', '--', 'sh', '-c', script);
    expect(run.status).toBe(9);
    expect(run.stderr).toContain('Rank 1 ended with the exit code 9.');
  });

  it('means by a beginning the one that has not ended, and says what else it may be', TEST, async () => {
    const begin = async () =>
      (await rerig('run', '--detach', '--cards', '0', '--name', 'again', '--', 'sleep', '600')).stdout.trim();
    const first = await begin();
    await rerig('stop', 'again');
    const second = await begin();
    expect(await rerig('stop', 'again')).toMatchObject({ status: 0, stderr: `✔ ${second}: stopped\n` });
    for (const command of ['logs', 'stop']) {
      const refused = await rerig(command, 'again');
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining(`They are ${first}, ${second}.`)]);
      const unknown = await rerig(command, 'agian-zzzzz');
      expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('rerig ps --all')]);
      expect(await rerig(command, '')).toMatchObject({ status: 1, stderr: expect.stringContaining('The id is empty') });
    }
  });

  it('says who holds a card that others wait for, and how far a wish is from what is here', TEST, async () => {
    const holder = (await rerig('run', '--detach', '--name', 'holder', '--', 'sleep', '600')).stdout.trim();
    await rerig('run', '--detach', '--name', 'waiter', '--', 'true');
    const refused = await rerig('run', '--no-queue', '--', 'true');
    const words = refused.stderr.replace(/\s+/g, ' ');
    expect(words).toMatch(new RegExp(`the workload ${holder} holds .+, and others wait for it\\.`));
    const unfit = await rerig('run', '--vram', '900GB', '--', 'true');
    expect(unfit.stderr).toMatch(/It needs 1 card, and of the \d+ here none does \(\d+ × too little VRAM\)\./);
    expectNarrow(`${refused.stderr}${unfit.stderr}`);
    await rerig('stop', 'waiter', 'holder');
  });

  it('runs by the command of its folder from any other one, on the Node that comes with it', TEST, async () => {
    const linked = await typedLine(
      `ln -s ${join(import.meta.dirname, '../rerig')} linked && cd / && PATH=/usr/bin:/bin ${folder}/linked --version`,
      folder,
    );
    expect(linked).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

const isMountable = process.getuid?.() === 0;
describe.skipIf(!isMountable)(
  `rerig run on a full disk${isMountable ? '' : ' (skipped: run as root, to mount one)'}`,
  () => {
    const disk = mkdtempSync(join(tmpdir(), 'rerig-full-'));
    const filler = join(disk, 'filler');
    const onDisk = (command: string, ...words: readonly string[]) =>
      new TypedRerig([command, '--data', join(disk, 'data'), ...words], '/').ended;

    beforeAll(() => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=755', 'tmpfs', disk]);
      fill();
    });
    afterAll(async () => {
      await onDisk('agent', '--end');
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true, force: true });
    }, LIMIT_MS);

    function fill(): void {
      execFileSync('sh', ['-c', 'cat /dev/zero > "$0" 2> /dev/null || true', filler]);
    }

    it('says so where no agent can be started, and does its work once there is room', TEST, async () => {
      mkdirSync(join(disk, 'data'));
      chmodSync(join(disk, 'data'), 0o755);
      const refused = await onDisk('run', '--cards', '0', '--', 'echo', 'hi');
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(/is full.+--data DIR/s);
      rmSync(filler);
      expect(await onDisk('run', '--cards', '0', '--', 'echo', 'hi')).toMatchObject({ status: 0, stdout: 'hi\n' });
    });

    it('starts nothing whose record can’t be kept, lists what there is, and goes on with room', TEST, async () => {
      fill();
      const refused = await onDisk('run', '--cards', '0', '--', 'echo', 'no');
      expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('ENOSPC') });
      const listed = await onDisk('ps', '--all');
      expect(listed.stdout.trim().split('\n')).toHaveLength(2);
      rmSync(filler);
      expect(await onDisk('run', '--cards', '0', '--', 'echo', 'yes')).toMatchObject({ status: 0, stdout: 'yes\n' });
    });
  },
);
