import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resultFolder } from '../../gang.ts';
import type { WorkloadSpec } from '../../port.ts';
import { CARD_GUARD, twiceOwned } from '../testing/card-guard.ts';
import { fakeCards, fakeRig } from '../testing/fake-rig.ts';
import { cablesMissing, FarmCables } from '../testing/farm-cables.ts';
import { FarmRun } from '../testing/farm-run.ts';
import { slurmMissing } from '../testing/slurm-farm.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const missing = slurmMissing ?? cablesMissing;
const LONG = { timeout: 60_000, interval: 20 };
/** The aim is 10 s; a machine that does much else at once may take longer. */
const RUNS_AGAIN_WITHIN_MS = 30_000;
const FLAP_MS = 2000;

/** Holds its cards, and keeps writing to the file `beats` which run it is. */
const BEATS = `${CARD_GUARD}
while :; do
  echo "run $RERIG_RESTART_COUNT" >>"$RERIG_OUTPUT_FOLDER/beats"
  echo "run $RERIG_RESTART_COUNT" >>"$LOCK_FOLDER/beats-of-$SLURMD_NODENAME"
  sleep 0.2
done`;

describe.skipIf(missing !== undefined && !mustRun)(`rigs at cables (${missing ?? 'as installed'})`, () => {
  let run: FarmRun;
  let cables: FarmCables;
  let locks: string;
  let output: string;

  beforeEach(async () => {
    const names = ['alpha', 'beta'];
    cables = new FarmCables(names);
    run = await FarmRun.begin({ rigs: names.map((name) => fakeRig(name, [fakeCards.rtx3060(1)])), cables });
    locks = join(run.farm.folder, 'locks');
    output = join(run.farm.folder, 'output');
    for (const folder of [locks, output]) mkdirSync(folder, { mode: 0o777 });
    await run.open();
  }, 60_000);
  afterEach(async () => {
    await run?.dispose();
    cables.dispose();
  }, 60_000);

  function beats(workloadId: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
    const command = ['/bin/sh', '-c', BEATS];
    return run.job(workloadId, { command, environment: { LOCK_FOLDER: locks }, outputFolder: output, ...rest });
  }

  /** How often the workload wrote on a rig, over all its runs. */
  function beatCount(rigId: string): number {
    return linesOf(join(locks, `beats-of-${rigId}`)).length;
  }

  async function untilItBeats(rigId: string): Promise<void> {
    const before = beatCount(rigId);
    await vi.waitFor(() => expect(beatCount(rigId)).toBeGreaterThan(before + 2), LONG);
  }

  test('a rig whose cable is pulled has its work run again elsewhere, ends what was cut off once it is back, and serves again', async () => {
    const { places } = await run.start(beats('w'));
    const cutOff = places[0]?.rigId ?? expect.fail('it is nowhere');
    await untilItBeats(cutOff);
    cables.pull(cutOff);
    const pulledAtMs = Date.now();
    await vi.waitFor(
      async () => expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 1 }),
      LONG,
    );
    const elapsedMs = Date.now() - pulledAtMs;
    process.stderr.write(`cable pulled: runs again after ${elapsedMs} ms\n`);
    expect(elapsedMs).toBeLessThan(RUNS_AGAIN_WITHIN_MS);
    const successor = (await run.workload('w'))?.places[0]?.rigId ?? expect.fail('it is nowhere');
    expect(successor).not.toBe(cutOff);
    expect((await run.executor.cards()).find(({ rigId }) => rigId === cutOff)).toMatchObject({ standing: 'lost' });

    // Both go on, each in a run of its own.
    await Promise.all([untilItBeats(successor), untilItBeats(cutOff)]);
    expect(readdirSync(output).toSorted()).toEqual(['earlier', 'run-1']);
    expect(new Set(linesOf(join(resultFolder(output, 1), 'beats')))).toEqual(new Set(['run 1']));

    cables.plugIn(cutOff);
    const pluggedAtMs = Date.now();
    await vi.waitFor(() => expect(run.farm.stepProcesses(cutOff)).toEqual([]), LONG);
    process.stderr.write(`cable put back: what was cut off has ended after ${Date.now() - pluggedAtMs} ms\n`);
    await vi.waitFor(
      async () =>
        expect((await run.executor.cards()).map(({ standing }) => standing)).toEqual(['in-service', 'in-service']),
      LONG,
    );
    process.stderr.write(`cable put back: in service again after ${Date.now() - pluggedAtMs} ms\n`);
    const next = await run.start(beats('w2', { whenBusy: 'queue', outputFolder: join(output, 'w2') }));
    expect(next.workloadId).toBe('w2');
    await vi.waitFor(
      async () => expect(await run.workload('w2')).toMatchObject({ state: 'running', places: [{ rigId: cutOff }] }),
      LONG,
    );
    await untilItBeats(cutOff);
    expect(await run.workload('w')).toMatchObject({ state: 'running', restartCount: 1 });
    expect(readdirSync(join(output, 'earlier'))).toEqual(['run-0']);
    expect(new Set(linesOf(join(resultFolder(output, 1), 'beats')))).toEqual(new Set(['run 1']));
    expect(twiceOwned(locks)).toEqual([]);
  }, 240_000);

  test('a cable that is out for two seconds loses nothing and restarts nothing', async () => {
    const lines = 'i=0; while [ $i -lt 40 ]; do echo "line $i"; i=$((i + 1)); sleep 0.2; done';
    const { places } = await run.start(run.job('w', { command: ['/bin/sh', '-c', lines] }));
    const rigId = places[0]?.rigId ?? expect.fail('it is nowhere');
    await vi.waitFor(async () => expect(await run.executor.logs('w', 0)).toMatchObject({ lines: ['line 0'] }), LONG);
    cables.pull(rigId);
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, FLAP_MS);
    await promise;
    cables.plugIn(rigId);
    await vi.waitFor(
      async () => expect(await run.workload('w')).toMatchObject({ state: 'stopped', exitCode: 0, restartCount: 0 }),
      LONG,
    );
    expect(run.statesOf('w')).toEqual(['starting', 'running', 'stopped']);
    const expected = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    expect(await run.executor.logs('w', 0)).toMatchObject({ lines: expected });
    expect((await run.executor.cards()).map(({ standing }) => standing)).toEqual(['in-service', 'in-service']);
  }, 120_000);
});

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    // Nothing was written yet.
    return [];
  }
}
