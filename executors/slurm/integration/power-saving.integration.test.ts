import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { type SlurmFarm, slurmMissing, startSlurmFarm } from '../testing/slurm-farm.ts';

const isRequired = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const isLeftOut = slurmMissing !== undefined && !isRequired;
const RIG_NAMES = ['sleeper1', 'sleeper2'];
const WAIT_MS_MAX = 40_000;

describe.skipIf(isLeftOut)(`rigs that sleep while there is no work${isLeftOut ? ` (${slurmMissing})` : ''}`, () => {
  let folder = '';
  let farm: SlurmFarm;

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/rerig-power-');
    for (const word of ['suspend', 'resume']) {
      const path = join(folder, word);
      await writeFile(path, `#!/bin/sh\nscontrol show hostnames "$1" >> ${join(folder, `${word}.log`)}\n`);
      await chmod(path, 0o755);
      await appendFile(`${path}.log`, '');
    }
    farm = await startSlurmFarm({
      rigs: RIG_NAMES.map((name) => fakeRig(name, [fakeCards.rx580(2)])),
      hasRest: false,
      settings: {
        powerSaving: {
          suspendProgram: join(folder, 'suspend'),
          resumeProgram: join(folder, 'resume'),
          suspendAfterMs: 2000,
          resumeWithinMs: 30_000,
        },
      },
      addedLines: ['SuspendTimeout=3', 'SuspendRate=0', 'ResumeRate=0'],
    });
  }, 60_000);

  afterAll(async () => {
    await farm?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function namesIn(word: 'suspend' | 'resume'): Promise<readonly string[]> {
    return (await readFile(join(folder, `${word}.log`), 'utf8')).split('\n').filter((name) => name !== '');
  }

  test(
    'a rig without work is put to sleep, and woken for work that needs it',
    async () => {
      await vi.waitFor(async () => expect(new Set(await namesIn('suspend'))).toEqual(new Set(RIG_NAMES)), {
        timeout: WAIT_MS_MAX,
        interval: 200,
      });
      for (const name of RIG_NAMES) await farm.cutPower(name);
      await vi.waitFor(async () => expect(await farm.rigState('sleeper1')).toBe('idle~'), {
        timeout: WAIT_MS_MAX,
        interval: 200,
      });
      const output = join(folder, 'output');
      await farm.command(
        'sbatch',
        '-p',
        'ai',
        '-w',
        'sleeper1',
        '--gres=gpu:rx_580_8gb:1',
        '-o',
        output,
        '--wrap=echo awake',
      );
      await vi.waitFor(async () => expect(await namesIn('resume')).toContain('sleeper1'), {
        timeout: WAIT_MS_MAX,
        interval: 200,
      });
      expect(await namesIn('resume')).not.toContain('sleeper2');
      farm.startRig('sleeper1', 'booted');
      await vi.waitFor(async () => expect(await readFile(output, 'utf8')).toBe('awake\n'), {
        timeout: WAIT_MS_MAX,
        interval: 200,
      });
    },
    3 * WAIT_MS_MAX,
  );
});
