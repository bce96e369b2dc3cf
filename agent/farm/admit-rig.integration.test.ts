import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fakeCards, fakeRig, joiningWords, type SlurmFarm, slurmMissing, startSlurmFarm } from '@rerig/executors/slurm';
import { expect, test } from 'vitest';
import { takeUp } from './admit-rig.ts';
import { loadFarm } from './farm-folder.ts';
import type { FarmRecord } from './farm-record.ts';
import { deleteRig } from './slurm-control.ts';

const isMissing = slurmMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';

const STANDING_COUNT = 39;

/** What must not change: each job's rig, start and count of restarts, and each slurmd's process. */
async function standing(farm: SlurmFarm) {
  const jobs = await farm.command('squeue', '-h', '-t', 'all', '-o', '%i %T %N %S');
  const details = await farm.command('scontrol', 'show', 'job');
  const restarts = details.match(/Restarts=\d+/g) ?? [];
  return {
    jobs: jobs.split('\n').toSorted(),
    restarts,
    processes: farm.rigs.map(({ nodeName }) => farm.isRunning(nodeName)),
  };
}

test.skipIf(isMissing)(
  `the 40th rig joins and leaves a farm of 39, each with a job that runs, and none of them notices (${slurmMissing ?? 'root and Slurm'})`,
  { timeout: 120_000 },
  async () => {
    const rigs = Array.from({ length: STANDING_COUNT }, (_, index) =>
      fakeRig(`stands${index}`, [fakeCards.rx580(1)], 2),
    );
    const farm = await startSlurmFarm({ rigs, hasRest: false, settings: { rigPort: 17_999 } });
    try {
      await farm.command(
        'sbatch',
        `--array=1-${STANDING_COUNT}`,
        '-p',
        'mine',
        '--gres=gpu:1',
        '--mem=10',
        '-o',
        '/dev/null',
        '--wrap',
        'sleep 600',
      );
      await expect
        .poll(
          () => farm.command('squeue', '-h', '-r', '-t', 'running', '-o', '%i').then((text) => text.split('\n').length),
          { timeout: 60_000, interval: 250 },
        )
        .toBe(STANDING_COUNT);
      const before = await standing(farm);
      const record: FarmRecord = {
        ...{ version: 1, executor: 'slurm', settings: farm.settings, doorPort: 1 },
        jobUser: { name: 'root', uid: 0 },
        rigs: farm.rigs.map((rig) => ({ ...rig, joined: null })),
      };
      const cardFolder = join(farm.folder, 'dev/fortieth');
      await mkdir(cardFolder);
      const fresh = fakeRig('fortieth', [fakeCards.rtx3060(2)]);
      const cards = fresh.cards.map((card, index) => ({ ...card, file: join(cardFolder, `gpu${index}`) }));
      for (const { file } of cards) execFileSync('mknod', ['-m', '666', file, 'c', '240', '200']);
      const fortieth = { ...fresh, cards, joined: { at: new Date(0).toISOString(), secretHash: '' } };
      const dataFolder = join(farm.folder, 'data');
      const changed: FarmRecord = { ...record, rigs: [...record.rigs, fortieth] };
      await mkdir(join(dataFolder, 'farm'), { recursive: true });
      expect(await takeUp(dataFolder, record, changed)).toBe(null);
      const slurmd = spawn('setpriv', ['--pdeathsig', 'KILL', 'slurmd', '-D', ...joiningWords(fortieth)], {
        env: { PATH: '/usr/sbin:/usr/bin', SLURM_CONF: farm.confPath },
        stdio: 'ignore',
      });
      await farm.waitForRigs(['fortieth']);
      const ran = await farm.command(
        'srun',
        '-p',
        'ai',
        '--gres=gpu:rtx_3060_12gb:2',
        '--mem=10',
        'sh',
        '-c',
        'echo $SLURMD_NODENAME',
      );
      expect(ran).toBe('fortieth');
      expect(await loadFarm(dataFolder)).toEqual(changed);
      slurmd.kill('SIGTERM');
      expect(await deleteRig(record, 'fortieth')).toBe(null);
      expect(await takeUp(dataFolder, changed, record)).toBe(null);
      const after = await standing(farm);
      expect({ ...after, jobs: after.jobs.filter((line) => !line.includes('fortieth')) }).toMatchObject({
        jobs: before.jobs,
        processes: before.processes,
      });
      expect(new Set(after.restarts)).toEqual(new Set(['Restarts=0']));
    } finally {
      await farm.dispose();
    }
    expect(existsSync(farm.folder)).toBe(false);
  },
);
