import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunOrder } from '../runner.ts';
import { ownerOf } from './container-plan.ts';
import { openContainerRunner } from './open-container-runner.ts';
import { BUSYBOX_IMAGE, containersMissing } from './testing/busybox-image.ts';
import { openTestRunner, runToEnd, socketOf, startHeard, type TestRunner } from './testing/test-runner.ts';

const isSkipped = containersMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const MIB = 1024 ** 2;
const WAIT_MS_MAX = 20_000;

describe.skipIf(isSkipped).each([
  ['Podman’s own API', {}],
  ['the API of Docker', { speaks: 'docker' as const }],
])(`a container by %s${isSkipped ? ` (${containersMissing})` : ''}`, (_, options) => {
  let subject: TestRunner;

  beforeAll(async () => {
    subject = await openTestRunner(options);
  });
  afterAll(() => subject.dispose());

  async function outputOf(script: string, rest?: Partial<RunOrder>): Promise<readonly string[]> {
    return (await runToEnd(subject, subject.order(script, rest))).output;
  }

  test('both streams are told by lines, and the exit code is known', async () => {
    const { end, output, error } = await runToEnd(subject, subject.order('echo a; echo b >&2; printf c; exit 7'));
    expect({ end, output, error }).toEqual({
      end: { kind: 'exited', exitCode: 7 },
      output: ['a', 'c'],
      error: ['b'],
    });
  });

  test('a hundred thousand lines are told, none twice and none lost', async () => {
    const { output } = await runToEnd(subject, subject.order('seq 100000'));
    expect(output).toHaveLength(100_000);
    expect(output.every((line, index) => line === String(index + 1))).toBe(true);
  });

  test('a character of several bytes and a line of a million characters stay whole, but for what is cut', async () => {
    const script = `echo häß€🙂; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end`;
    const output = await outputOf(script);
    expect([output[0], output[2]]).toEqual(['häß€🙂', 'end']);
    expect(output[1]?.startsWith('xxxx') && output[1].length < 20_000).toBe(true);
  });

  test('a signal that ended it is told', async () => {
    const { end } = await runToEnd(subject, subject.order('kill -KILL $$; sleep 5'));
    expect(end).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  });

  test('it is asked to end by SIGTERM, and one that does so in order has its own exit code', async () => {
    const heard = await startHeard(subject, subject.order(`trap 'echo bye; exit 5' TERM; echo up; sleep 1000 & wait`));
    await vi.waitFor(() => expect(heard.output).toEqual(['up']), WAIT_MS_MAX);
    heard.run.askToEnd();
    expect(await heard.run.ended).toEqual({ kind: 'exited', exitCode: 5 });
    expect(heard.output).toEqual(['up', 'bye']);
  });

  test('one that ignores SIGTERM is killed, and nothing of it is left', async () => {
    const order = subject.order(`trap '' TERM; echo up; while :; do sleep 1; done`);
    const heard = await startHeard(subject, order);
    await vi.waitFor(() => expect(heard.output).toEqual(['up']), WAIT_MS_MAX);
    heard.run.askToEnd();
    expect(await heard.run.kill()).toBe(true);
    expect(await heard.run.ended).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    expect(await containersOf(order.runId)).toEqual([]);
    expect(await subject.runner.attach(order, silent)).toEqual({ kind: 'unknown' });
  });

  test('it is not root, has no capability, gains none, and its system calls are filtered', async () => {
    const output = await outputOf('id -u; grep -E "^(CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status');
    const [uid, ...lines] = output.map((line) => line.replace(/\s+/g, ' '));
    expect(uid).toBe('1000');
    expect(lines).toEqual([
      'CapPrm: 0000000000000000',
      'CapEff: 0000000000000000',
      'CapBnd: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ]);
  });

  test('its root can not be written, nor anything else but its own folders', async () => {
    const script =
      'for d in / /bin /etc /var /home /dev /proc /sys /sys/fs/cgroup; do touch $d/x 2>/dev/null && echo $d; done; true';
    expect(await outputOf(script)).toEqual([]);
  });

  test('it sees its own processes alone, and none of this machine’s names', async () => {
    const output = await outputOf('ps | wc -l; hostname; ls /proc | grep -c "^[0-9]*$"');
    expect(Number(output[0])).toBeLessThan(10);
    expect(output[1]).not.toBe(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim());
    expect(Number(output[2])).toBeLessThan(10);
  });

  test('past its memory it is ended, and that it was its memory is told', async () => {
    const { end } = await runToEnd(
      subject,
      subject.order(`a=x; while :; do a=$a$a; done`, { limits: { memoryBytes: 48 * MIB } }),
    );
    expect(end).toEqual({ kind: 'limit', limit: 'memoryBytes' });
  });

  test('a fork beyond its processes fails, and one that forks without end ends with its container', async () => {
    const bomb = 'b() { b | b & }; b; echo up; sleep 1000';
    const order = subject.order(bomb, { limits: { processCountMax: 20 } });
    const heard = await startHeard(subject, order);
    await vi.waitFor(() => expect(heard.error.join()).toMatch(/fork/), WAIT_MS_MAX);
    expect(await heard.run.kill()).toBe(true);
    expect(await containersOf(order.runId)).toEqual([]);
  });

  test('what it writes beside its folders is bounded', async () => {
    const script = 'dd if=/dev/zero of=/tmp/f bs=64k; stat -c %s /tmp/f';
    const { error, output } = await runToEnd(subject, subject.order(script, { limits: { diskBytes: 8 * MIB } }));
    expect(error.join()).toContain('No space left on device');
    expect(Number(output.at(-1))).toBeLessThanOrEqual(8 * MIB);
  });

  test('it gets no more of the processor than its cores', async () => {
    const busy = 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done';
    const order = subject.order(`cat /proc/uptime; ${busy}; cat /proc/uptime; times`, { limits: { coreCount: 0.1 } });
    const { output } = await runToEnd(subject, order);
    const [beganS = 0, endedS = 0] = output.slice(0, 2).map((line) => Number(line.split(' ')[0]));
    const [, minutes = 0, seconds = 0] = /^(\d+)m([\d.]+)s/.exec(output[2] ?? '')?.map(Number) ?? [];
    // The kernel gives it its share of each tenth of a second, and what is left of the first.
    expect(minutes * 60 + seconds).toBeLessThan(0.2 * (endedS - beganS) + 0.1);
  });

  test('it has no network but its own loopback, and no abstract socket of this machine', async () => {
    const output = await outputOf(
      'ls /sys/class/net; ip route; nc -w 1 127.0.0.1 22 </dev/null; echo $?; wc -l < /proc/net/unix',
    );
    expect(output).toEqual(['lo', '1', '1']);
  });

  test('sockets and keys of this machine, its container programs and its farm are not there', async () => {
    const paths = [
      '/run/munge',
      '/var/run/munge',
      '/etc/munge',
      '/run/podman',
      '/var/run/docker.sock',
      '/var/lib/containers',
    ];
    expect(await outputOf(`ls -d ${[...paths, socketOf(subject.dataFolder)].join(' ')} 2>/dev/null; true`)).toEqual([]);
  });

  test.each([
    ['the root', '/'],
    ['the sockets of other programs', '/run'],
    ['one of them', '/var/run/docker.sock'],
    ['the keys of the farm', '/etc/munge'],
    ['a way around it', '/proc/1/root'],
  ])('a mount of %s is refused', async (_what, hostPath) => {
    const mounts = [{ hostPath, containerPath: '/seen', isReadOnly: true }];
    const confinement = { tier: 'container', image: BUSYBOX_IMAGE, network: 'none', mounts } as const;
    const refusal = await subject.runner.start(subject.order('true', { confinement }), silent);
    expect(refusal).toMatchObject({ kind: 'fault', code: 'start-failed', why: expect.stringContaining(hostPath) });
  });

  test('a link to what is closed is no way around, and neither is our own folder', async () => {
    for (const hostPath of [join(subject.dataFolder, 'link'), subject.dataFolder, join(subject.dataFolder, 'podman')]) {
      if (hostPath.endsWith('link')) symlinkSync('/run', hostPath);
      const mounts = [{ hostPath, containerPath: '/seen', isReadOnly: true }];
      const confinement = { tier: 'container', image: BUSYBOX_IMAGE, network: 'none', mounts } as const;
      const refusal = await subject.runner.start(subject.order('true', { confinement }), silent);
      expect(refusal).toMatchObject({ code: 'start-failed' });
    }
  });

  test('it writes its output, reads what earlier runs wrote, and can not write its notice', async () => {
    const folder = join(subject.storageFolder, '..', `out-${Math.random()}`);
    const [own, earlier, notice] = ['run-1', 'run-0', 'notice'].map((name) => join(folder, name));
    if (own === undefined || earlier === undefined || notice === undefined) return expect.unreachable();
    for (const each of [own, earlier, notice]) mkdirSync(each, { recursive: true });
    chmodSync(folder, 0o700);
    writeFileSync(join(earlier, 'checkpoint'), 'step 5\n');
    const order = subject.order(
      'cat $RERIG_EARLIER_OUTPUT_FOLDERS/checkpoint; echo done > $RERIG_OUTPUT_FOLDER/result; cd $RERIG_EARLIER_OUTPUT_FOLDERS; touch x || echo no; cd $RERIG_NOTICE_FOLDER; touch x || echo no',
      {
        environment: {
          PATH: '/bin',
          RERIG_OUTPUT_FOLDER: own,
          RERIG_EARLIER_OUTPUT_FOLDERS: earlier,
          RERIG_NOTICE_FOLDER: notice,
        },
        writableFolders: [own, notice],
      },
    );
    const { output } = await runToEnd(subject, order);
    expect(output).toEqual(['step 5', 'no', 'no']);
    expect(readFileSync(join(own, 'result'), 'utf8')).toBe('done\n');
    expect(statSync(join(own, 'result')).uid).toBe(
      ownerOf({ user: { uid: 1000, gid: 1000 }, idBase: statSync(own).uid - 1000 }).uid,
    );
    expect(statSync(own).uid).toBeGreaterThanOrEqual(1000);
  });

  test('another tenant’s files are not there, also where it knows their names', async () => {
    const folder = join(subject.storageFolder, '..', `tenant-${Math.random()}`);
    mkdirSync(folder);
    const first = subject.order(
      'echo secret > $RERIG_OUTPUT_FOLDER/f; cp $RERIG_OUTPUT_FOLDER/f /tmp/f; chmod 777 /tmp/f; echo up; sleep 1000',
      {
        environment: { PATH: '/bin', RERIG_OUTPUT_FOLDER: folder },
        writableFolders: [folder],
      },
    );
    const heard = await startHeard(subject, first);
    await vi.waitFor(() => expect(heard.output).toEqual(['up']), WAIT_MS_MAX);
    const output = await outputOf(`cat ${folder}/f /tmp/f /proc/*/root/tmp/f; ls /dev/shm`);
    expect(output).toEqual([]);
    await heard.run.kill();
  });

  test('an image that is not here is refused with the command that gets it, and leaves nothing', async () => {
    const images = ['localhost/nowhere:1', '127.0.0.1:9/nowhere:1'];
    for (const image of images) {
      const order = subject.order('true', { confinement: { tier: 'container', image, network: 'none', mounts: [] } });
      expect(await subject.runner.start(order, silent)).toMatchObject({
        code: 'image-missing',
        mend: expect.stringContaining(`pull ${image}`),
      });
      expect(await containersOf(order.runId)).toEqual([]);
    }
  });

  test('a program that is not in the image is refused with its name, and leaves nothing', async () => {
    const order = subject.order('', { command: ['/nowhere/program'] });
    const refusal = await subject.runner.start(order, silent);
    // With a first process of the host before it, the program is looked for inside.
    if ('code' in refusal) expect(refusal).toMatchObject({ code: 'start-failed' });
    else expect(await refusal.ended).toMatchObject({ kind: 'exited', exitCode: expect.any(Number) });
    await subject.runner.forget(order);
    expect(await containersOf(order.runId)).toEqual([]);
  });

  test('ranks of a gang on one machine meet at loopback', async () => {
    const rest = { workloadId: `gang-${Math.random()}` };
    const first = await startHeard(subject, subject.order('nc -l -p 4000 127.0.0.1; sleep 1000', rest));
    const second = subject.order('until echo hello | nc -w 1 127.0.0.1 4000; do sleep 0.2; done', { ...rest, rank: 1 });
    const { end } = await runToEnd(subject, second);
    expect(end).toEqual({ kind: 'exited', exitCode: 0 });
    await vi.waitFor(() => expect(first.output).toEqual(['hello']), WAIT_MS_MAX);
    expect(await first.run.kill()).toBe(true);
  });

  test('one that ended while nobody watched is told with all that it wrote', async () => {
    const order = subject.order('echo a; sleep 0.3; echo b; exit 4', { survivesUs: true });
    const heard = await startHeard(subject, order);
    heard.run.letGo();
    await vi.waitFor(async () => expect((await inspect(order.runId)).State.Running).toBe(false), WAIT_MS_MAX);
    const output: string[] = [];
    const end = await subject.runner.attach(order, { ...silent, output: (line) => output.push(line) });
    expect({ end, output }).toEqual({ end: { kind: 'exited', exitCode: 4 }, output: ['a', 'b'] });
    await subject.runner.forget(order);
    expect(await containersOf(order.runId)).toEqual([]);
    await subject.runner.forget(order);
  });

  async function containersOf(runId: string): Promise<readonly string[]> {
    const docker = new Dockerode({ socketPath: socketOf(subject.dataFolder) });
    const found = await docker.listContainers({ all: true, filters: { label: [`rerig.run=${runId}`] } });
    return found.map(({ Id }) => Id);
  }

  async function inspect(runId: string): Promise<Dockerode.ContainerInspectInfo> {
    const [id = ''] = await containersOf(runId);
    return new Dockerode({ socketPath: socketOf(subject.dataFolder) }).getContainer(id).inspect();
  }
});

describe.skipIf(isSkipped)(`a container after we are gone${isSkipped ? ` (${containersMissing})` : ''}`, () => {
  let subject: TestRunner;

  beforeAll(async () => {
    subject = await openTestRunner();
  });
  afterAll(() => subject.dispose());

  test('it goes on when we are killed, our Podman ends, and the next of us takes it up from its first line', async () => {
    const order = subject.order(`i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done`, { survivesUs: true });
    const folder = join(subject.dataFolder, 'second');
    const code = `
      import { openContainerRunner } from ${JSON.stringify(fileURLToPath(new URL('./open-container-runner.ts', import.meta.url)))};
      const runner = await openContainerRunner(${JSON.stringify({ dataFolder: folder, storageFolder: subject.storageFolder, socketPaths: [] })});
      const run = await runner.start(${JSON.stringify(order)}, { output: (line) => line === '3' && console.log('started'), error() {}, skipped() {} });
      setInterval(() => run, 1000);
    `;
    const crashing = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    await once(crashing.stdout, 'data');
    const gone = once(crashing, 'exit');
    crashing.kill('SIGKILL');
    await gone;
    const output: string[] = [];
    const run = await subject.runner.attach(order, { ...silent, output: (line) => output.push(line) });
    if (!('runId' in run)) return expect.unreachable();
    await vi.waitFor(() => expect(output.length).toBeGreaterThan(30), WAIT_MS_MAX);
    expect(output.every((line, index) => line === String(index))).toBe(true);
    await vi.waitFor(() => expect(servingPids(folder)).toEqual([]), WAIT_MS_MAX);
    expect(await run.kill()).toBe(true);
    expect(await run.ended).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  });

  test('our Podman is started again where it was ended, and what runs is heard on', async () => {
    const order = subject.order('echo up; sleep 1; echo still', { survivesUs: true });
    const heard = await startHeard(subject, order);
    for (const pid of servingPids(subject.dataFolder)) process.kill(pid, 'SIGKILL');
    expect(await heard.run.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(heard.output).toEqual(['up', 'still']);
    await subject.runner.forget(order);
  });

  test('a log past its bound begins again, and how many lines went is told', async () => {
    const line = 'x'.repeat(1000);
    const order = subject.order(`i=0; while [ $i -lt 20000 ]; do echo ${line}; i=$((i+1)); done; echo up; sleep 1000`, {
      survivesUs: true,
    });
    const heard = await startHeard(subject, order);
    await vi.waitFor(() => expect(heard.output.at(-1)).toBe('up'), WAIT_MS_MAX);
    expect(statSync(join(order.runFolder, 'container.log')).size).toBeLessThan(17 * MIB);
    expect(heard.output).toHaveLength(20_001);
    heard.run.letGo();
    let skippedCount = 0;
    const output: string[] = [];
    const run = await subject.runner.attach(order, {
      ...silent,
      output: (each) => output.push(each),
      skipped: (count) => {
        skippedCount += count;
      },
    });
    await vi.waitFor(() => expect(output.at(-1)).toBe('up'), WAIT_MS_MAX);
    expect(skippedCount + output.length).toBe(20_001);
    if ('runId' in run) await run.kill();
  });

  test('where there is neither a socket nor Podman, it is said how to get one', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const refusal = await openContainerRunner({
      dataFolder: subject.dataFolder,
      socketPaths: ['/nowhere/podman.sock'],
    });
    vi.unstubAllEnvs();
    expect(refusal).toMatchObject({ code: 'tier-missing', mend: expect.stringContaining('apt-get install podman') });
  });
});

const silent = { output: () => undefined, error: () => undefined, skipped: () => undefined };

/** Processes that serve at the socket of a data folder: the shell that waits for our end, and Podman. */
function servingPids(dataFolder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => commandLineOf(name).includes(socketOf(dataFolder)))
    .map(Number);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended since it was listed.
    return '';
  }
}
