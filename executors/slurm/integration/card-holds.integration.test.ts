import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DrainTarget, WorkloadSpec } from '../../port.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { FarmRun } from '../testing/farm-run.ts';
import { slurmMissing } from '../testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const LONG = { timeout: 40_000, interval: 50 };
const WHY = 'fan is dead';

describe.skipIf(slurmMissing !== undefined && !mustRun)(
  `cards out of service under Slurm (${slurmMissing ?? 'as installed'})`,
  () => {
    let run: FarmRun;
    afterEach(() => run.dispose(), 60_000);

    test('of four free cards the third is taken out: three jobs run, one waits, and it runs once that is resumed', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4), fakeCards.p106(2)], 2)] });
      await run.open();
      const { executor } = run;
      expect(await executor.drain(cardOf(run, 2), WHY)).toBeNull();
      await heldAre(run, [2]);
      const ids = ['a', 'b', 'c', 'd'];
      for (const id of ids) await run.start(run.job(id, { whenBusy: 'queue', cards: rtx3060 }));
      await vi.waitFor(
        async () => expect(await statesOf(run)).toEqual(['queued', 'running', 'running', 'running']),
        LONG,
      );
      const drained = await card(run, 2);
      expect(drained).toMatchObject({ standing: 'drained', standingWhy: WHY, workloadId: null });
      const refused = await executor.start(run.job('e', { cards: rtx3060 }));
      expect(isFault(refused) && refused.why).toContain(WHY);
      // Drained again, its reason alone changes.
      expect(await executor.drain(cardOf(run, 2), 'in the workshop')).toBeNull();
      expect(await card(run, 2)).toMatchObject({ standing: 'drained', standingWhy: 'in the workshop' });
      await heldAre(run, [2]);
      expect(await executor.resume(cardOf(run, 2))).toBeNull();
      expect(await executor.resume(cardOf(run, 2))).toBeNull();
      await vi.waitFor(async () => expect(new Set(await statesOf(run))).toEqual(new Set(['running'])), LONG);
      expect(await card(run, 2)).toMatchObject({ standing: 'in-service' });
      await heldAre(run, []);
    }, 90_000);

    test('what runs on a busy card goes on, then nothing starts there, and nobody else has to give way', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4)])] });
      await run.open();
      const { executor } = run;
      const priorities = ['guaranteed', 'interruptible', 'guaranteed', 'interruptible'] as const;
      for (const [index, priority] of priorities.entries()) {
        await run.start(run.job(`w${index}`, { priority }));
        await vi.waitFor(async () => expect(await run.workload(`w${index}`)).toMatchObject({ state: 'running' }), LONG);
      }
      const [cardId = ''] = (await run.workload('w0'))?.cardIds ?? [];
      expect(await executor.drain({ kind: 'card', cardId }, WHY)).toBeNull();
      await run.start(run.job('next', { priority: 'interruptible', whenBusy: 'queue' }));
      await run.start(run.job('last', { priority: 'fallback', kind: 'fallback', whenBusy: 'queue' }));
      expect((await executor.cards()).find((each) => each.cardId === cardId)).toMatchObject({
        ...{ standing: 'draining', standingWhy: WHY, workloadId: 'w0' },
      });
      expect(await executor.stop('w0')).toMatchObject({ state: 'stopped' });
      const index = run.farm.rigs[0]?.cards.findIndex((each) => each.cardId === cardId) ?? -1;
      await heldAre(run, [index]);
      expect((await executor.cards()).find((each) => each.cardId === cardId)).toMatchObject({
        ...{ standing: 'drained', workloadId: null },
      });
      for (const id of ['w1', 'w2', 'w3']) expect(run.statesOf(id)).toEqual(['starting', 'running']);
      for (const id of ['next', 'last']) expect(await run.workload(id)).toMatchObject({ state: 'queued' });
      // A card that becomes free beside it is given on.
      await executor.stop('w2');
      await vi.waitFor(async () => expect(await run.workload('next')).toMatchObject({ state: 'running' }), LONG);
      await heldAre(run, [index]);
    }, 90_000);

    test('two equal cards are out while their jobs end at once, and each is held', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4)])] });
      await run.open();
      for (const id of ['a', 'b', 'c', 'd']) await run.start(run.job(id));
      await vi.waitFor(async () => expect(new Set(await statesOf(run))).toEqual(new Set(['running'])), LONG);
      for (const index of [1, 3]) expect(await run.executor.drain(cardOf(run, index), WHY)).toBeNull();
      await Promise.all(['a', 'b', 'c', 'd'].map((id) => run.executor.stop(id)));
      await heldAre(run, [1, 3]);
    }, 90_000);

    test('an agent that is killed while it drains is followed by one that ends what was begun', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4)])] });
      for (const afterMs of [0, 60, 150, 400]) {
        await killDraining(run, afterMs);
        await run.open();
        await vi.waitFor(async () => expect(await card(run, 2)).toMatchObject({ standing: 'drained' }), LONG);
        await heldAre(run, [2]);
        expect(await run.executor.resume(cardOf(run, 2))).toBeNull();
        await heldAre(run, []);
        await run.executor.close();
      }
    }, 150_000);

    test('a controller that restarts leaves a card out, and a rig that loses its power gets it held anew', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4)])] });
      await run.open();
      expect(await run.executor.drain(cardOf(run, 1), WHY)).toBeNull();
      await run.farm.end('slurmctld', 'SIGKILL');
      const unreachable = await run.executor.drain(cardOf(run, 2), WHY);
      expect(isFault(unreachable) && unreachable.code).toBe('executor-unreachable');
      expect(await card(run, 2)).toMatchObject({ standing: 'in-service' });
      await run.farm.startController();
      await heldAre(run, [1]);
      await run.farm.cutPower('alpha');
      await run.farm.command('scontrol', 'update', 'NodeName=alpha', 'State=DOWN', 'Reason=power');
      await heldAre(run, []);
      run.farm.startRig('alpha', 'booted');
      await run.farm.command('scontrol', 'update', 'NodeName=alpha', 'State=RESUME');
      await heldAre(run, [1]);
    }, 120_000);

    test('a rig and a card of it are taken out together: the rig comes back whole, or one card alone', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(4)])] });
      await run.open();
      const { executor } = run;
      const rig = { kind: 'rig', rigId: 'alpha' } as const;
      expect(await executor.drain(cardOf(run, 1), WHY)).toBeNull();
      expect(await executor.drain(rig, 'new risers')).toBeNull();
      expect(await whys(run)).toEqual(['new risers', 'new risers', 'new risers', 'new risers']);
      expect(await executor.resume(rig)).toBeNull();
      expect(await whys(run)).toEqual([undefined, undefined, undefined, undefined]);
      await heldAre(run, []);
      expect(await executor.drain(cardOf(run, 1), WHY)).toBeNull();
      expect(await executor.drain(rig, 'new risers')).toBeNull();
      expect(await executor.resume(cardOf(run, 3))).toBeNull();
      expect(await whys(run)).toEqual(['new risers', WHY, 'new risers', undefined]);
      await heldAre(run, [0, 1, 2]);
      expect(await run.start(run.job('w'))).toMatchObject({ state: 'running', cardIds: [cardOf(run, 3).cardId] });
    }, 90_000);

    test('a farm whose slurm.conf has no room for it says what adds it, and takes whole rigs out all the same', async () => {
      run = await FarmRun.begin({ rigs: [fakeRig('alpha', [fakeCards.rtx3060(2)])] });
      await run.open();
      await run.farm.command('scontrol', 'delete', 'PartitionName=hunt');
      const refused = await run.executor.drain(cardOf(run, 1), WHY);
      expect(isFault(refused) && refused).toMatchObject({ code: 'farm-outdated' });
      expect(isFault(refused) && refused.mend).toContain('rerig farm init');
      expect(await card(run, 1)).toMatchObject({ standing: 'in-service' });
      expect(await run.executor.drain({ kind: 'rig', rigId: 'alpha' }, WHY)).toBeNull();
      expect(await card(run, 1)).toMatchObject({ standing: 'drained' });
    }, 60_000);
  },
);

const rtx3060: WorkloadSpec['cards'] = { kind: 'any', count: 1, needs: { vramBytesMin: 12 * 1024 ** 3 } };

function cardOf(run: FarmRun, index: number): Extract<DrainTarget, { readonly kind: 'card' }> {
  const cardId = run.farm.rigs[0]?.cards[index]?.cardId;
  if (cardId === undefined) throw new InvariantError(`the rig has no card ${index}`);
  return { kind: 'card', cardId };
}

async function card(run: FarmRun, index: number) {
  return (await run.executor.cards()).find(({ cardId }) => cardId === cardOf(run, index).cardId);
}

async function whys(run: FarmRun) {
  return (await run.executor.cards()).map(({ standingWhy }) => standingWhy);
}

async function statesOf(run: FarmRun): Promise<readonly string[]> {
  return (await run.executor.list()).map(({ state }) => state).toSorted();
}

/** Waits until exactly these indexes are held, in Slurm's own words, and nothing else waits or runs beside the workloads. */
async function heldAre(run: FarmRun, indexes: readonly number[]): Promise<void> {
  await vi.waitFor(async () => {
    const listed = await run.farm.command('squeue', '-h', '-p', 'hold,hunt', '-o', '%i');
    const ids = listed.split('\n').filter((line) => line !== '');
    const told = await Promise.all(ids.map((id) => run.farm.command('scontrol', '-d', 'show', 'job', id)));
    const held = told.map((text) => Number(/IDX:(\d+)/.exec(text)?.[1] ?? -1));
    expect(held.toSorted()).toEqual(indexes);
  }, LONG);
}

/** Runs an agent in a process of its own that takes the third card out, and kills it so long after it began. */
async function killDraining(run: FarmRun, afterMs: number): Promise<void> {
  const program = fileURLToPath(new URL('../testing/executor-program.ts', import.meta.url));
  const order = { options: run.options, specs: [], drained: [{ target: cardOf(run, 2), why: WHY }] };
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const path = join(run.options.dataFolder, 'slurm/drained.json');
  const record = () => readFile(path, 'utf8').catch(() => '');
  await vi.waitFor(async () => expect(await record()).toContain(cardOf(run, 2).cardId), { ...LONG, interval: 3 });
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, afterMs);
  await promise;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
