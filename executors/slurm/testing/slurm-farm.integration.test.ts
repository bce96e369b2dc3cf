import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fakeCards, fakeRig } from './fake-rig.ts';
import { slurmMissing, startSlurmFarm } from './slurm-farm.ts';

const isMissing = slurmMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';

/** Each job opens every card of the rig: its own has no driver (ENXIO), all others are refused (EPERM). */
const OPEN_ALL = 'for f in $CARDS/*; do cat $f 2>&1 | grep -q "No such device" && basename $f; done; sleep 1';

test.skipIf(isMissing)(
  `Slurm numbers the cards of a mixed rig as the configuration says, and a job opens its own alone (${slurmMissing ?? 'root and Slurm'})`,
  async () => {
    const cards = [fakeCards.rx580(1), fakeCards.p106(1), fakeCards.rtx3060(2), fakeCards.rx580(1)];
    const rig = fakeRig(`mixed-${process.pid}`, cards);
    const farm = await startSlurmFarm({
      rigs: [rig],
      hasRest: false,
      settings: { jobFence: { kind: 'cgroup', version: 'autodetect' } },
    });
    try {
      const folder = `${farm.folder}/dev/${rig.nodeName}`;
      const opened = await Promise.all(
        rig.cards.map(async ({ gresType }) => {
          const words = ['-p', 'ai', '--mem=50', `--gres=gpu:${gresType}:1`, `--export=PATH,CARDS=${folder}`];
          const said = await farm.command('srun', ...words, 'sh', '-c', `${OPEN_ALL}; echo $SLURM_STEP_GPUS`);
          const [file = '', index = ''] = said.split('\n');
          return { file: `${folder}/${file}`, index: Number(index), gresType };
        }),
      );
      const expected = farm.rigs[0]?.cards.map(({ file, gresType }, index) => ({ file, index, gresType }));
      expect(opened.toSorted((one, other) => one.index - other.index)).toEqual(expected);
    } finally {
      await farm.dispose();
    }
  },
);

test.skipIf(isMissing)(
  `a farm leaves no process and no file, though a job runs that ignores every signal (${slurmMissing ?? 'root and Slurm'})`,
  async () => {
    const farm = await startSlurmFarm({ rigs: [fakeRig('left1', [fakeCards.rx580(2)]), fakeRig('left2', [])] });
    let pids: readonly number[] = [];
    try {
      await farm.command(
        'sbatch',
        '-p',
        'mine',
        '--gres=gpu:1',
        '-o',
        '/dev/null',
        '--wrap',
        'trap "" TERM INT HUP; sleep 999 & wait',
      );
      await expect.poll(() => farm.jobProcesses('left1').length, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
      pids = farm.jobProcesses('left1');
    } finally {
      await farm.dispose();
    }
    expect(existsSync(farm.folder)).toBe(false);
    await expect.poll(() => pids.filter((pid) => existsSync(`/proc/${pid}/exe`)), { timeout: 5000 }).toEqual([]);
  },
);
