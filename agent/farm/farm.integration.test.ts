import { existsSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Machine, machinesMissing, makeMachine } from './testing/machine.ts';
import { rerigCommand } from './testing/rerig-command.ts';

const slurmMissing = ['slurmctld', 'slurmd', 'slurmrestd', 'munged'].every((name) => existsSync(`/usr/sbin/${name}`))
  ? undefined
  : 'needs Slurm: apt-get install slurmctld slurmd slurm-client slurmrestd munge slurm-wlm-basic-plugins slurm-wlm-jwt-plugin';
const missing = machinesMissing ?? slurmMissing;
const isMissing = missing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';

const HEAD = '10.77.0.1';
/** Control groups are the kernel's, not the machine's: names that no other farm here has. */
const RIG_IDS = { first: `first-${process.pid}`, second: `second-${process.pid}` } as const;

let head: Machine;
let first: Machine;
let second: Machine;

/** What an operator types; its JSON where it has some. */
async function rerig(machine: Machine, ...words: readonly string[]) {
  return machine.run(rerigCommand(...words));
}

async function makeToken(): Promise<string> {
  const { stdout } = await rerig(head, 'farm', 'token', '--json');
  return String(JSON.parse(stdout).token);
}

async function slurm(...command: readonly string[]): Promise<string> {
  return (await head.run(command)).stdout.trim();
}

async function rigState(rigId: string): Promise<string> {
  return slurm('sinfo', '-h', '-n', rigId, '-p', 'ai', '-o', '%T');
}

/** Two cards that no driver answers. */
async function makeCards(machine: Machine): Promise<readonly string[]> {
  await machine.run(['sh', '-c', 'mkdir -p /run/cards; for n in 0 1; do mknod -m 666 /run/cards/gpu$n c 240 $n; done']);
  return ['--card', 'rx-580-8gb=/run/cards/gpu0', '--card', 'rtx-3060-12gb=/run/cards/gpu1'];
}

async function removeControlGroups(): Promise<void> {
  const root = '/sys/fs/cgroup';
  for (const controller of await readdir(root)) {
    for (const rigId of Object.values(RIG_IDS)) {
      const group = join(root, controller, `slurm_${rigId}`);
      if (!existsSync(group)) continue;
      const inside = await readdir(group, { recursive: true, withFileTypes: true });
      const folders = inside.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
      for (const folder of folders.toSorted((one, other) => other.length - one.length)) await rmdir(folder);
      await rmdir(group);
    }
  }
}

describe.skipIf(isMissing)(
  `a farm of three machines on a network of their own (${missing ?? 'root and Slurm'})`,
  () => {
    beforeAll(async () => {
      head = await makeMachine('farmhead');
      first = await makeMachine('firstrig');
      second = await makeMachine('secondrig');
      await head.becomeSwitch(HEAD);
      await head.plug('cable1', first, '10.77.0.11');
      await head.plug('cable2', second, '10.77.0.12');
    });

    afterAll(async () => {
      await Promise.all([first, second, head].map((machine) => machine?.dispose()));
      await removeControlGroups();
    });

    test('a dry run shows every file as a diff, shows no key, and writes nothing', async () => {
      const shown = await rerig(head, 'farm', 'init', '--executor', 'slurm', '--address', HEAD, '--dry-run');
      expect(shown.exitCode).toBe(0);
      expect(shown.stdout).toContain('+++ /etc/slurm/slurm.conf');
      expect(shown.stdout).toContain(`+SlurmctldHost=farmhead(${HEAD})`);
      expect(shown.stdout).toContain('/etc/munge/munge.key: a new key, which is not shown');
      const there = await head.run(['ls', '/etc/slurm/slurm.conf', '/etc/munge/munge.key', '/var/lib/rerig/farm']);
      expect(there.stdout).toBe('');
    });

    test('without --yes and a person, nothing is changed and the status is 1', async () => {
      const refused = await rerig(head, 'farm', 'init', '--executor', 'slurm', '--address', HEAD);
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('Nothing was changed.');
    });

    test('a farm is made, runs as users without rights, and making it again changes nothing', async () => {
      const made = await rerig(head, 'farm', 'init', '--executor', 'slurm', '--address', HEAD, '--yes');
      expect(made.stderr).toContain('✔ started munge, slurmctld, slurmrestd');
      expect(made.stderr).toMatch(/rerig join 10\.77\.0\.1:7413 --token [\w-]{64}\n/);
      const rights = await head.run([
        'stat',
        '-c',
        '%U %a',
        '/etc/munge/munge.key',
        '/var/lib/slurm/jwt_hs256.key',
        '/var/lib/rerig/farm/farm.json',
      ]);
      expect(rights.stdout).toBe('munge 600\nslurm 600\nroot 600\n');
      const users = await head.run(['ps', '-eo', 'user:20,comm']);
      expect(users.stdout.match(/^(munge|slurm|rerig-rest) +(munged|slurmctld|slurmrestd)$/gm)).toHaveLength(3);
      const again = await rerig(head, 'farm', 'init', '--executor', 'slurm');
      expect(again).toMatchObject({ exitCode: 0, stderr: '' });
      expect(again.stdout).toMatch(/Nothing\s+is to change\./);
    });

    test('a change is shown alone, what was there is kept, and jobs that wait go on waiting', async () => {
      await slurm('sbatch', '-p', 'ai', '--gres=gpu:1', '-o', '/dev/null', '--wrap', 'true');
      const changed = await rerig(head, 'farm', 'init', '--executor', 'slurm', '--rigs-max', '64', '--yes');
      expect(changed.stdout.match(/^[+-][^+-].*$/gm)).toEqual(['-MaxNodeCount=1024', '+MaxNodeCount=64']);
      expect(changed.stderr).toMatch(/kept what was there: \/etc\/slurm\/slurm\.conf\.before-rerig-/);
      expect(await slurm('squeue', '-h', '-o', '%T')).toBe('PENDING');
      await slurm('scancel', '-u', 'root');
    });

    test('tokens that are wrong or cut off are refused, and another head is told nothing', async () => {
      head.start(rerigCommand('farm', 'serve'));
      await expect
        .poll(() => head.run(['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/7413']).then(({ exitCode }) => exitCode), {
          timeout: 10_000,
        })
        .toBe(0);
      const token = await makeToken();
      const cut = await rerig(first, 'join', HEAD, '--token', token.slice(0, 40));
      expect(cut.stderr).toContain('This is no token of a farm.');
      const wrong = await rerig(first, 'join', HEAD, '--token', `${token.slice(0, 44)}${'A'.repeat(20)}`);
      expect(wrong.stderr).toContain('the head does not know its token');
      const other = await rerig(first, 'join', HEAD, '--token', `AAAA${token.slice(4)}`);
      expect(other.stderr).toContain('is not the head that made this token');
      expect((await first.run(['ls', '/etc/munge/munge.key', '/etc/rerig', '/var/lib/rerig/rig'])).stdout).toBe('');
    });

    test('a card that is not there is refused with the token unspent, and a join that fails later leaves nothing', {
      timeout: 120_000,
    }, async () => {
      const token = await makeToken();
      const [, card = ''] = await makeCards(first);
      const join = (named: string) => rerig(first, 'join', HEAD, '--token', token, '--card', named);
      expect((await join('rx-580-8gb=/run/cards/gpu7')).stderr).toContain('has no file /run/cards/gpu7 here');
      // Slurm's port is taken: slurmd can't be reached, and Slurm never knows the rig.
      first.start([
        'python3',
        '-c',
        'import socket; s = socket.create_server(("", 6818)); __import__("time").sleep(600)',
      ]);
      const taken = () => first.run(['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/6818']).then(({ exitCode }) => exitCode);
      await expect.poll(taken, { timeout: 10_000 }).toBe(0);
      const failed = await join(card);
      expect(failed.exitCode).toBe(1);
      expect(failed.stderr).toContain('· undoing what was done');
      expect(failed.stderr).not.toContain('could not all be undone');
      expect((await first.run(['ls', '/etc/munge/munge.key', '/etc/rerig'])).stdout).toBe('');
      expect((await rerig(head, 'farm', 'status')).stdout).toContain('No rig is known.');
      await first.run(['pkill', '-f', 'create_server']);
    });

    test('a rig joins with its cards and takes work, and its token works no second time', async () => {
      const token = await makeToken();
      const cards = await makeCards(first);
      const joined = await rerig(first, 'join', HEAD, '--token', token, '--rig-id', RIG_IDS.first, ...cards);
      expect(joined.stderr).toContain(`✔ this rig is ${RIG_IDS.first} of rerig`);
      expect(await rigState(RIG_IDS.first)).toBe('idle');
      expect(
        await slurm(
          'srun',
          '-p',
          'ai',
          '--gres=gpu:rtx_3060_12gb:1',
          'sh',
          '-c',
          'hostname; cat /run/cards/gpu0 /run/cards/gpu1 2>&1',
        ),
      ).toBe(
        [
          'firstrig',
          'cat: /run/cards/gpu0: Operation not permitted',
          'cat: /run/cards/gpu1: No such device or address',
        ].join('\n'),
      );
      const again = await rerig(second, 'join', HEAD, '--token', token, '--rig-id', RIG_IDS.second);
      expect(again.stderr).toContain('its token was used before');
      expect(again.stderr).toContain(RIG_IDS.first);
    });

    test('while it is a rig, its cards are given out by Slurm alone', { timeout: 60_000 }, async () => {
      for (const words of [
        ['run'],
        ['run', '--data', '/var/lib/other'],
        ['up', '--once', '--data', '/var/lib/other'],
      ]) {
        const command = words[0] === 'run' ? [...words, '--', 'true'] : words;
        const refused = await rerig(first, ...command);
        expect(refused.exitCode).toBe(1);
        expect(refused.stderr.replace(/\s+/g, ' ')).toContain('Slurm alone gives out its cards.');
      }
    });

    test('a second rig of the same id is refused, and its token still works under an id of its own', {
      timeout: 120_000,
    }, async () => {
      const cardCount = async () => JSON.parse((await rerig(head, 'cards', '--json')).stdout).cards.length;
      expect(await cardCount()).toBe(2);
      const script = 'n=0; while [ ! -e /run/enough ]; do n=$((n + 1)); echo $n; sleep 0.2; done; exit 7';
      const steady = rerig(head, 'run', '--name', 'steady', '--', 'sh', '-c', script);
      await expect
        .poll(async () => (await rerig(head, 'ps')).stdout, { timeout: 30_000, interval: 500 })
        .toMatch(/steady-\w+ +running/);
      const token = await makeToken();
      const twin = await rerig(second, 'join', HEAD, '--token', token, '--rig-id', RIG_IDS.first);
      expect(twin.stderr).toContain('one of this id takes part already');
      const cards = await makeCards(second);
      const joined = await rerig(second, 'join', HEAD, '--token', token, '--rig-id', RIG_IDS.second, ...cards);
      expect(joined.exitCode).toBe(0);
      // The agent takes the new rig up by itself, and its job goes on meanwhile, each line of it told once.
      await expect.poll(cardCount, { timeout: 30_000, interval: 500 }).toBe(4);
      expect((await rerig(head, 'ps')).stdout).toMatch(/steady-\w+ +running/);
      await first.run(['touch', '/run/enough']);
      const { exitCode, stdout: lines } = await steady;
      expect(exitCode).toBe(7);
      const told = lines.trim().split('\n').map(Number);
      expect(told).toEqual(told.map((_, index) => index + 1));
      // Slurm 22.05 counts what ran while a rig joined as running for ever, until its controller starts again.
      for (const verb of ['stop', 'start']) expect((await rerig(head, 'farm', verb)).exitCode).toBe(0);
      // The agent may have taken a rig out that was silent for a moment, and brings it back.
      const states = async () => [await rigState(RIG_IDS.first), await rigState(RIG_IDS.second)];
      await expect.poll(states, { timeout: 60_000, interval: 500 }).toEqual(['idle', 'idle']);
      expect((await rerig(head, 'agent', '--end')).exitCode).toBe(0);
      const { stdout } = await rerig(head, 'farm', 'status', '--json');
      const { parts, rigs } = JSON.parse(stdout);
      expect(parts.map(({ name, isRunning }: { name: string; isRunning: boolean }) => [name, isRunning])).toEqual([
        ['munge', true],
        ['slurmctld', true],
        ['slurmrestd', true],
      ]);
      expect(rigs).toMatchObject([
        { rigId: RIG_IDS.first, slurmState: 'idle', cardCountByType: { rx_580_8gb: 1, rtx_3060_12gb: 1 } },
        { rigId: RIG_IDS.second, slurmState: 'idle', cardCountByType: { rx_580_8gb: 1, rtx_3060_12gb: 1 } },
      ]);
    });

    test('a command that is run on the head runs on a card of a rig, as an account without rights', {
      timeout: 90_000,
    }, async () => {
      const shown = 'hostname; id -un; id -gn; exit 7';
      const ran = await rerig(head, 'run', '--card-model', 'rx-580-8gb', '--', 'sh', '-c', shown);
      const stdout = expect.stringMatching(/^(first|second)rig\nrerig-job\nrerig-job\n$/);
      expect(ran).toMatchObject({ exitCode: 7, stdout });
      // The agent takes rigs out that are silent for some seconds, which happens on a machine that is busy, and brings them
      // back; what follows is about Slurm alone.
      const states = async () => [await rigState(RIG_IDS.first), await rigState(RIG_IDS.second)];
      await expect.poll(states, { timeout: 60_000, interval: 500 }).toEqual(['idle', 'idle']);
      expect((await rerig(head, 'agent', '--end')).exitCode).toBe(0);
    });

    test('a pulled cable has work start again on the other rig, and the rig comes back with its cable', {
      timeout: 120_000,
    }, async () => {
      const jobId = await slurm(
        'sbatch',
        '--parsable',
        '-p',
        'ai',
        '-w',
        RIG_IDS.first,
        '--gres=gpu:1',
        '-o',
        '/dev/null',
        '--wrap',
        'sleep 500',
      );
      await expect.poll(() => slurm('squeue', '-h', '-o', '%T'), { timeout: 60_000 }).toBe('RUNNING');
      // It was asked for the rig that it is to lose; from here on, any other will do.
      await head.setCable('cable1', 'down');
      await slurm('scontrol', 'update', `nodename=${RIG_IDS.first}`, 'state=down', 'reason=no heartbeat');
      await slurm('scontrol', 'update', `jobid=${jobId}`, 'ReqNodeList=');
      await expect
        .poll(() => slurm('squeue', '-h', '-o', '%T %N'), { timeout: 60_000, interval: 500 })
        .toBe(`RUNNING ${RIG_IDS.second}`);
      await head.setCable('cable1', 'up');
      await slurm('scontrol', 'update', `nodename=${RIG_IDS.first}`, 'state=resume');
      await expect.poll(() => rigState(RIG_IDS.first), { timeout: 60_000, interval: 500 }).toBe('idle');
      // What went on behind the cut is ended, so that it runs once.
      await expect
        .poll(async () => (await first.run(['sh', '-c', 'grep -l "^sleep.500" /proc/[0-9]*/cmdline'])).stdout, {
          timeout: 30_000,
          interval: 500,
        })
        .toBe('');
    });

    test('a rig that leaves at once gives its work to another, and leaves nothing behind', {
      timeout: 90_000,
    }, async () => {
      const left = await rerig(second, 'leave', '--now');
      expect(left.stderr).toContain(`✔ ${RIG_IDS.second} has left rerig.`);
      await expect
        .poll(() => slurm('squeue', '-h', '-o', '%T %N'), { timeout: 60_000, interval: 500 })
        .toBe(`RUNNING ${RIG_IDS.first}`);
      expect(await rigState(RIG_IDS.second)).toBe('');
      expect(
        (await second.run(['ls', '/etc/munge/munge.key', '/etc/rerig', '/var/lib/rerig/rig/joined.json'])).stdout,
      ).toBe('');
      expect(
        (await second.run(['sh', '-c', 'grep -lE "^(munged|slurmd|slurmstepd)" /proc/[0-9]*/cmdline'])).stdout,
      ).toBe('');
      expect((await second.run(['grep', '-c', 'rerig-job', '/etc/passwd'])).stdout.trim()).toBe('0');
      expect(await slurm('cat', '/etc/slurm/gres.conf')).not.toContain(RIG_IDS.second);
    });

    test('a rig that leaves waits for its work, takes no other, and says so', { timeout: 120_000 }, async () => {
      const leaving = rerig(first, 'leave');
      await expect.poll(() => rigState(RIG_IDS.first), { timeout: 60_000 }).toBe('draining');
      await slurm('scancel', '-u', 'root');
      const left = await leaving;
      expect(left.stderr).toContain('waiting for 1 workloads to end');
      expect(left.stderr).toContain(`✔ ${RIG_IDS.first} has left rerig.`);
      expect((await rerig(first, 'leave')).stderr).toContain('This rig has joined no farm.');
    });

    test('the head itself can be a rig, and stays the head when it leaves', { timeout: 60_000 }, async () => {
      const cards = await makeCards(head);
      const joined = await rerig(head, 'join', HEAD, '--token', await makeToken(), '--rig-id', RIG_IDS.first, ...cards);
      expect(joined.exitCode, joined.stderr).toBe(0);
      expect(await slurm('srun', '-p', 'ai', '--gres=gpu:1', 'hostname')).toBe('farmhead');
      expect((await rerig(head, 'leave')).exitCode).toBe(0);
      expect((await rerig(head, 'farm', 'status')).exitCode).toBe(0);
      expect((await rerig(head, 'farm', 'init', '--executor', 'slurm')).stdout).toMatch(/Nothing\s+is to change\./);
    });

    test('a farm that is stopped starts again with all that it knew', async () => {
      await rerig(head, 'farm', 'stop');
      expect((await rerig(head, 'farm', 'status')).exitCode).toBe(1);
      const started = await rerig(head, 'farm', 'start');
      expect(started.stderr).toContain('✔ started munge, slurmctld, slurmrestd');
      expect((await rerig(head, 'farm', 'status')).exitCode).toBe(0);
    });
  },
);
