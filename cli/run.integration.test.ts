import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardListSchema, doorSchema, faultSchema, workloadListSchema, workloadViewSchema } from '@rerig/api/agent';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type TypedEnd, TypedRerig } from './integration/typed-rerig.ts';

const LIMIT_MS = 60_000;
const TEST = { timeout: LIMIT_MS };

const folder = mkdtempSync(join(tmpdir(), 'rerig-run-'));
// "rerig up" runs its database as another user, who must be able to pass.
chmodSync(folder, 0o755);
const data = join(folder, 'data');
const place = join(folder, 'place');

function begin(command: string, ...words: readonly string[]): TypedRerig {
  return new TypedRerig([command, '--data', data, ...words], place);
}

function rerig(command: string, ...words: readonly string[]): Promise<TypedEnd> {
  return begin(command, ...words).ended;
}

async function states(): Promise<Readonly<Record<string, string>>> {
  const { workloads } = workloadListSchema.parse(JSON.parse((await rerig('ps', '--all', '--json')).stdout));
  return Object.fromEntries(workloads.map(({ workloadId, state }) => [workloadId.split('-')[0] ?? '', state]));
}

async function agentProcessId(): Promise<number> {
  const agent = await rerig('agent', '--json');
  return doorSchema.parse(JSON.parse(agent.stdout)).processId;
}

function expectNarrow(text: string): void {
  for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
}

describe('rerig run', () => {
  beforeAll(() => mkdirSync(place, { recursive: true }));
  afterEach(async () => {
    const { workloads } = workloadListSchema.parse(JSON.parse((await rerig('ps', '--json')).stdout));
    const ids = workloads.map(({ workloadId }) => workloadId);
    if (ids.length > 0) await rerig('stop', '--within', '0', ...ids);
  }, LIMIT_MS);
  afterAll(async () => {
    await rerig('agent', '--end');
    rmSync(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it('prints every line of a job that writes many at once', TEST, async () => {
    const run = await rerig('run', '--', 'seq', '50000');
    expect(run.stdout.split('\n')).toHaveLength(50_001);
    expect(run.stderr).not.toContain('no longer kept');
  });

  it('prints a job’s lines, says where it runs, and passes its status on', TEST, async () => {
    const run = await rerig('run', '--env', 'WHO=stranger', '--', 'sh', '-c', 'echo hello $WHO; pwd; exit 3');
    expect(run).toMatchObject({ status: 3, stdout: `hello stranger\n${place}\n` });
    expect(run.stderr).toMatch(/^▶ sh-[a-z0-9]{5}: .+ \(.+\)$/m);
    expectNarrow(run.stderr);
    expect((await rerig('run', '--', 'true')).status).toBe(0);
    expect((await rerig('run', '--', 'sh', '-c', 'kill -KILL $$')).status).toBe(128 + constants.signals.SIGKILL);
  });

  it('says in what, why and mend why a job never ran, with status 1', TEST, async () => {
    const missing = await rerig('run', '--', '/not/there');
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('/not/there');
    const unfit = await rerig('run', '--vram', '900GB', '--', 'true');
    expect(unfit).toMatchObject({ status: 1, stdout: '' });
    expect(unfit.stderr).toContain('too little VRAM');
    const asJson = await rerig('run', '--vram', '900GB', '--json', '--', 'true');
    expect(z.object({ fault: faultSchema }).parse(JSON.parse(asJson.stdout)).fault.code).toBe('no-card-fits');
  });

  it('refuses wrong usage with status 2, before anything is started', TEST, async () => {
    const noUnit = await rerig('run', '--vram', '8', '--', 'true');
    expect([noUnit.status, noUnit.stderr]).toEqual([2, expect.stringContaining('like 8GB')]);
    const noDashes = await rerig('run', 'python3', 'train.py');
    expect([noDashes.status, noDashes.stderr]).toEqual([
      2,
      expect.stringContaining('rerig run [options] -- python3 train.py'),
    ]);
    expect((await rerig('run', '--gpus', '2', '--', 'true')).status).toBe(2);
  });

  it('runs a job file in its folder, and what the command line says goes before it', TEST, async () => {
    const jobs = join(folder, 'jobs');
    mkdirSync(jobs, { recursive: true });
    const job = join(jobs, 'job.yaml');
    writeFileSync(join(jobs, 'more.env'), '# secrets\nTOKEN="a b"\nexport KIND=filed\n');
    writeFileSync(
      job,
      'name: filed\nscript: |\n  echo $TOKEN $KIND $SEED\n  pwd\nenv: { SEED: 01, KIND: own }\nenv-file: more.env\n',
    );
    expect(await rerig('run', job)).toMatchObject({ status: 0, stdout: `a b own 01\n${jobs}\n` });
    const overruled = await rerig('run', '--env', 'SEED=2', job, '--', 'sh', '-c', 'echo $SEED');
    expect(overruled).toMatchObject({ status: 0, stdout: '2\n' });
    writeFileSync(job, 'command: [true]\ntime-limt: 2h\n');
    const refused = await rerig('run', job);
    expect(refused.status).toBe(1);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain(
      'line 2, column 1 is wrong. why There is no key "time-limt". Is "time-limit" meant?',
    );
  });

  it('detached, prints its id alone; it is listed, followed, and stopped by a beginning of its id', TEST, async () => {
    const started = await rerig('run', '--detach', '--name', 'train', '--', 'sh', '-c', 'echo begun; sleep 600');
    expect(started.stdout).toMatch(/^train-[a-z0-9]{5}\n$/);
    const id = started.stdout.trim();
    const listed = await rerig('ps');
    expect(listed.stdout).toMatch(new RegExp(`^ID +STATE +SINCE +CARDS +COMMAND\n${id} +running +\\d+s +.+sh -c`));
    expectNarrow(listed.stdout);
    const follower = begin('logs', 'train', '--follow');
    await vi.waitFor(() => expect(follower.stdout).toBe('begun\n'), LIMIT_MS);
    expect(await rerig('stop', 'train')).toMatchObject({ status: 0, stderr: `✔ ${id}: stopped\n` });
    expect(await follower.ended).toMatchObject({ status: 0 });
    expect((await rerig('ps')).stdout).toBe('Nothing runs. Start a job with: rerig run -- COMMAND\n');
    expect((await rerig('ps', '--all')).stdout).toContain(id);
    expect((await rerig('stop', 'nobody')).status).toBe(1);
  });

  it('waits for a card that another holds, and says so; --no-queue refuses instead', TEST, async () => {
    await rerig('run', '--detach', '--name', 'first', '--', 'sleep', '600');
    const refused = await rerig('run', '--no-queue', '--', 'true');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('first-')]);
    const waiting = begin('run', '--name', 'second', '--', 'echo', 'at last');
    await vi.waitFor(() => expect(waiting.stderr).toMatch(/⏸ second-.{5} waits/), LIMIT_MS);
    await rerig('stop', 'first');
    expect(await waiting.ended).toMatchObject({ status: 0, stdout: 'at last\n' });
  });

  it('shows which cards a job would get, and why no others, without starting it', TEST, async () => {
    expect((await rerig('run', '--dry-run', '--', 'true')).stdout).toMatch(/^It would start at once:\n {2}✔ /);
    const unfit = await rerig('run', '--dry-run', '--vram', '900GB', '--', 'true');
    expect(unfit.status).toBe(1);
    expect(unfit.stdout).toMatch(/never start.*\n.*✖ .*: too little VRAM/);
    expectNarrow(unfit.stdout);
    expect((await rerig('ps')).stdout).toContain('Nothing runs');
  });

  it('Ctrl-C stops the job, and a second one kills what does not heed it', TEST, async () => {
    const heeds = begin('run', '--', 'sh', '-c', 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done');
    await vi.waitFor(() => expect(heeds.stdout).toBe('up\n'), LIMIT_MS);
    heeds.child.kill('SIGINT');
    expect(await heeds.ended).toMatchObject({ status: 130, stdout: 'up\nbye\n' });
    const deaf = begin(
      'run',
      '--name',
      'deaf',
      '--stop-within',
      '10m',
      '--',
      'sh',
      '-c',
      'trap "" TERM; echo up; while :; do sleep 0.05; done',
    );
    await vi.waitFor(() => expect(deaf.stdout).toBe('up\n'), LIMIT_MS);
    deaf.child.kill('SIGINT');
    await vi.waitFor(() => expect(deaf.stderr).toContain('Ctrl-C again to kill it'), LIMIT_MS);
    deaf.child.kill('SIGINT');
    expect((await deaf.ended).status).toBe(130);
    expect((await states()).deaf).toBe('stopped');
  });

  it('goes on where the agent is killed in the middle: every line once, and the status at the end', TEST, async () => {
    const script = 'for i in $(seq 20); do echo line $i; sleep 0.1; done; exit 7';
    const run = begin('run', '--', 'sh', '-c', script);
    await vi.waitFor(() => expect(run.stdout).toContain('line 3\n'), LIMIT_MS);
    process.kill(await agentProcessId(), 'SIGKILL');
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join('');
    expect(await run.ended).toMatchObject({ status: 7, stdout: lines });
  });

  it('ends a job whose reader has gone', TEST, async () => {
    const run = begin('run', '--name', 'endless', '--', 'sh', '-c', 'while :; do echo y; sleep 0.01; done');
    await vi.waitFor(() => expect(run.stdout).toContain('y\n'), LIMIT_MS);
    run.child.stdout?.destroy();
    expect((await run.ended).status).toBe(128 + constants.signals.SIGPIPE);
    expect((await states()).endless).toBe('stopped');
  });

  it('prints one JSON document, and the log beside it', TEST, async () => {
    const run = await rerig('run', '--json', '--', 'sh', '-c', 'echo --json; exit 2');
    expect(workloadViewSchema.parse(JSON.parse(run.stdout))).toMatchObject({ state: 'failed', exitCode: 2 });
    expect(run.stderr).toContain('--json\n');
  });

  it('lists cards, and starts nothing on one that is drained until it is resumed', TEST, async () => {
    const { cards } = cardListSchema.parse(JSON.parse((await rerig('cards', '--json')).stdout));
    const [card] = cards;
    expect(card).toMatchObject({ standing: 'in-service', workloadId: null });
    const cardId = card?.cardId ?? '';
    expect((await rerig('cards')).stdout).toMatch(/^CARD +MODEL +VRAM +GRADE +LINK +STATE\n.+free\n/);
    expect((await rerig('drain', cardId)).status).toBe(2);
    expect(await rerig('drain', cardId, '--why', 'fan is loud')).toMatchObject({
      status: 0,
      stderr: `✔ ${cardId}: drained\n`,
    });
    const drained = await rerig('cards');
    expect(drained.stdout).toContain('drained: fan');
    expectNarrow(drained.stdout);
    expect((await rerig('run', '--dry-run', '--card', cardId, '--', 'true')).stdout).toContain('drained: fan is loud');
    expect((await rerig('resume', cardId)).status).toBe(0);
    expect((await rerig('run', '--card', cardId, '--', 'true')).status).toBe(0);
    expect((await rerig('drain', 'no-such-rig', '--why', 'x')).status).toBe(1);
  });

  it('a gang’s ranks each know who they are, and their lines tell them apart', TEST, async () => {
    const run = await rerig('run', '--ranks', '2', '--cards', '0', '--', 'sh', '-c', 'echo $RANK of $WORLD_SIZE');
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout.trimEnd().split('\n').toSorted()).toEqual(['0: 0 of 2', '1: 1 of 2']);
  });

  it(
    'an agent in the foreground ends when it was idle for so long, and keeps its door shut to other users',
    TEST,
    async () => {
      const own = join(folder, 'own');
      const agent = new TypedRerig(['agent', '--foreground', '--idle', '4s', '--data', own], place);
      await vi.waitFor(() => expect(agent.stderr).toContain('executor local'), LIMIT_MS);
      const run = await new TypedRerig(['run', '--data', own, '--', 'echo', 'hi'], place).ended;
      expect([run.status, run.stdout]).toEqual([0, 'hi\n']);
      expect((await agent.ended).status).toBe(0);
      expect(existsSync(join(own, 'run/agent.sock'))).toBe(false);
    },
  );

  it('"rerig up" takes the executor over from an agent in the background, and its job goes on', {
    timeout: 3 * LIMIT_MS,
  }, async () => {
    const script = 'echo begun; while [ ! -e stop ]; do sleep 0.1; done; echo through; exit 5';
    const run = begin('run', '--cards', '0', '--', 'sh', '-c', script);
    await vi.waitFor(() => expect(run.stdout).toBe('begun\n'), LIMIT_MS);
    const before = await agentProcessId();
    const up = begin('up', '--json');
    await vi.waitFor(() => expect(up.stdout).toMatch(/\n}\n$/), 2 * LIMIT_MS);
    expect(await agentProcessId(), `${up.stdout}${up.stderr}`).toBe(up.child.pid);
    expect(before).not.toBe(up.child.pid);
    expect((await rerig('ps')).stdout).toMatch(/serves rigger-5m/);
    writeFileSync(join(place, 'stop'), '');
    expect(await run.ended).toMatchObject({ status: 5, stdout: 'begun\nthrough\n' });
    up.child.kill('SIGINT');
    expect((await up.ended).status).toBe(0);
  });

  it('prints a job file that it would take', TEST, async () => {
    const example = await rerig('run', '--example');
    writeFileSync(join(place, 'example.yaml'), example.stdout);
    const shown = await rerig('run', 'example.yaml', '--vram', '0B', '--dry-run', '--', 'true');
    expect([shown.status, shown.stderr]).toEqual([0, '']);
    expect(readFileSync(join(place, 'example.yaml'), 'utf8')).toContain('time-limit: 2h');
  });
});
