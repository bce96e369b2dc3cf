import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDoor } from '@rerig/agent/door';
import { cardListSchema } from '@rerig/api/agent';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { openSlurmExecutor } from '@rerig/executors/slurm';
import {
  fakeCards,
  fakeRig,
  farmExecutorOptions,
  type SlurmFarm,
  slurmMissing,
  startSlurmFarm,
} from '@rerig/executors/slurm-testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { doorPath } from '../door/reach-agent.ts';

const RERIG = join(import.meta.dirname, '../rerig.ts');
const LIMIT_MS = 60_000;
const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';

class RunningRerig {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }>;
  stdout = '';
  stderr = '';

  constructor(words: readonly string[]) {
    this.child = spawn(process.execPath, [RERIG, ...words], {
      timeout: LIMIT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
    });
    this.child.stdout?.on('data', (part) => {
      this.stdout += String(part);
    });
    this.child.stderr?.on('data', (part) => {
      this.stderr += String(part);
    });
    this.ended = once(this.child, 'close').then(([status]) => ({
      status: Number(status),
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }
}

describe.skipIf(slurmMissing !== undefined && !mustRun)(
  `rerig run on a farm of Slurm (${slurmMissing ?? 'as installed'})`,
  () => {
    const data = mkdtempSync(join(tmpdir(), 'rerig-run-slurm-'));
    const closing: (() => Promise<unknown>)[] = [];
    let farm: SlurmFarm;

    const begin = (command: string, ...words: readonly string[]) =>
      new RunningRerig([command, '--data', data, ...words]);
    const rerig = (command: string, ...words: readonly string[]) => begin(command, ...words).ended;

    beforeAll(async () => {
      chmodSync(data, 0o755);
      farm = await startSlurmFarm({
        rigs: [fakeRig('alpha', [fakeCards.rtx3060(1)]), fakeRig('beta', [fakeCards.rx580(2)])],
      });
      closing.push(() => farm.dispose());
      const executor = await openSlurmExecutor(farmExecutorOptions(farm, data));
      if (isFault(executor)) throw new InvariantError(executor.why);
      closing.push(() => executor.close());
      const askedFolder = join(data, 'asked');
      const door = await openDoor({
        ...{ executor, executorKind: 'slurm', socketPath: doorPath(data), askedFolder, version: '1' },
      });
      if (isFault(door)) throw new InvariantError(door.why);
      closing.push(() => door.close());
    }, LIMIT_MS);
    afterAll(async () => {
      for (const close of closing.toReversed()) await close();
      rmSync(data, { recursive: true, force: true });
    }, LIMIT_MS);

    it('prints lines as they come, and passes the status on', { timeout: LIMIT_MS }, async () => {
      const run = await rerig('run', '--env', 'WHO=rig', '--', 'sh', '-c', 'echo hello $WHO; exit 3');
      expect([run.status, run.stdout], run.stderr).toEqual([3, 'hello rig\n']);
      expect(run.stderr).toMatch(/^▶ sh-.{5}: .+ \((alpha|beta)\//m);
      expect((await rerig('run', '--', 'true')).status).toBe(0);
    });

    it('puts a job on a card that does, and shows before which', { timeout: LIMIT_MS }, async () => {
      const shown = await rerig('run', '--vram', '12GB', '--dry-run', '--', 'true');
      expect(shown.stdout).toMatch(/at once:\n {2}✔ .+3060.* \(alpha\/.+\n(.+too little VRAM\n){2}/);
      const run = await rerig('run', '--vram', '12GB', '--', 'sh', '-c', 'echo $CUDA_VISIBLE_DEVICES');
      expect(run.stderr).toMatch(/3060.* \(alpha\//);
      const { cards } = cardListSchema.parse(JSON.parse((await rerig('cards', '--json')).stdout));
      expect(cards.map(({ rigId, workloadId }) => [rigId, workloadId])).toEqual([
        ['alpha', null],
        ['beta', null],
        ['beta', null],
      ]);
    });

    it('Ctrl-C stops the job, and a second one kills what does not heed it', { timeout: LIMIT_MS }, async () => {
      const heeds = begin(
        'run',
        '--',
        'sh',
        '-c',
        'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done',
      );
      await vi.waitFor(() => expect(heeds.stdout).toBe('up\n'), LIMIT_MS);
      heeds.child.kill('SIGINT');
      expect(await heeds.ended).toMatchObject({ status: 130, stdout: 'up\nbye\n' });
      const script = 'trap "" TERM; echo up; while :; do sleep 0.05; done';
      const deaf = begin('run', '--stop-within', '10m', '--', 'sh', '-c', script);
      await vi.waitFor(() => expect(deaf.stdout).toBe('up\n'), LIMIT_MS);
      deaf.child.kill('SIGINT');
      await vi.waitFor(() => expect(deaf.stderr).toContain('Ctrl-C again to kill it'), LIMIT_MS);
      deaf.child.kill('SIGINT');
      expect((await deaf.ended).status).toBe(130);
    });

    it('a gang’s ranks are told where they meet, over two rigs', { timeout: LIMIT_MS }, async () => {
      const run = await rerig('run', '--ranks', '3', '--', 'sh', '-c', 'echo $RANK of $WORLD_SIZE at $MASTER_PORT');
      expect(run.status, run.stderr).toBe(0);
      expect(run.stdout.trimEnd().split('\n').toSorted()).toEqual(
        [0, 1, 2].map((rank) => expect.stringMatching(new RegExp(`^${rank}: ${rank} of 3 at \\d+$`))),
      );
    });
  },
);
