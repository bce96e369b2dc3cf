import { fakeCards, fakeRig, slurmMissing, startSlurmFarm } from '@rerig/executors/slurm';
import { expect, test } from 'vitest';
import type { FarmRecord } from './farm-record.ts';
import { endHolds, jobCountOn, jobCountsByRig, takeOut } from './slurm-control.ts';

const isMissing = slurmMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const LONG = { timeout: 30_000, interval: 100 };

test.skipIf(isMissing)(
  `what keeps a card out of service is no work, and ends when its rig leaves (${slurmMissing ?? 'root and Slurm'})`,
  { timeout: 90_000 },
  async () => {
    const rigs = ['alpha', 'beta'].map((name) => fakeRig(name, [fakeCards.rx580(2)]));
    const farm = await startSlurmFarm({ rigs, hasRest: false });
    try {
      const record: FarmRecord = {
        ...{ version: 1, executor: 'slurm', settings: farm.settings, doorPort: 1 },
        jobUser: { name: 'root', uid: 0 },
        rigs: farm.rigs.map((rig) => ({ ...rig, joined: null })),
      };
      const words = ['--gres=gpu:1', '--mem=10', '-o', '/dev/null', '--wrap', 'sleep 600'];
      for (const partition of ['hold', 'hunt']) await farm.command('sbatch', '-w', 'alpha', '-p', partition, ...words);
      await farm.command('sbatch', '-w', 'beta', '-p', 'ai', ...words);
      const running = () => farm.command('squeue', '-h', '-t', 'running', '-o', '%P').then((text) => text.split('\n'));
      await expect.poll(running, LONG).toHaveLength(3);
      expect([await jobCountOn(record, 'alpha'), await jobCountOn(record, 'beta')]).toEqual([0, 1]);
      expect(await jobCountsByRig(record)).toEqual(
        new Map([
          ['alpha', 0],
          ['beta', 1],
        ]),
      );
      expect(await takeOut(record, 'alpha', 'drain')).toBeNull();
      expect(await endHolds(record, 'alpha')).toBeNull();
      await expect.poll(() => farm.rigState('alpha'), LONG).toBe('drained');
      expect(await running()).toEqual(['ai']);
      for (const partition of ['hold', 'hunt']) await farm.command('scontrol', 'delete', `PartitionName=${partition}`);
      expect(await endHolds(record, 'alpha')).toBeNull();
    } finally {
      await farm.dispose();
    }
  },
);
