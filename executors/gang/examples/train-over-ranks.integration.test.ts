import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  lossIn,
  type RankProcess,
  startRank,
  torchMissing,
  trainingEnvironment,
} from '../../testing/training-example.ts';
import { MasterPorts } from '../master-ports.ts';
import { type OutputFolders, prepareOutputFolders } from '../output-folders.ts';
import { rankEnvironment } from '../rank-environment.ts';

const isSkipped = torchMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const STEP_COUNT = 40;
const RUN_WITHIN_MS = 60_000;
const places = [0, 1].map((rank) => ({ rank, rigId: 'rig-a', cardIds: [] }));
const ports = new MasterPorts(process.pid);

/** One run of two ranks on this machine. */
async function startRun(folder: string, restartCount: number, stepMs: number) {
  const folders = await prepareOutputFolders(folder, restartCount);
  if (isFault(folders)) throw new TypeError(folders.why);
  const port = await ports.reserve(`${folder}/${restartCount}`);
  if (isFault(port)) throw new TypeError(port.why);
  const ranks = places.map(({ rank }) =>
    startRank({
      ...trainingEnvironment(STEP_COUNT, stepMs),
      ...folders.environment,
      ...rankEnvironment({ workloadId: 'g', places, rank }, { masterAddress: '127.0.0.1', masterPort: port }),
    }),
  );
  onTestFinished(() => {
    for (const { child } of ranks) child.kill('SIGKILL');
  });
  return { folders, ranks };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-gang-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function codesOf(ranks: readonly RankProcess[]): Promise<readonly number[]> {
  return Promise.all(ranks.map(({ ended }) => ended));
}

/** What an undisturbed training comes to. */
async function undisturbedLoss(): Promise<string | undefined> {
  const { folders, ranks } = await startRun(temporaryFolder(), 0, 0);
  expect(await codesOf(ranks)).toEqual([0, 0]);
  return lossIn(folders.own);
}

async function untilItKept(ranks: readonly RankProcess[], step: number): Promise<void> {
  await vi.waitFor(() => expect(ranks[0]?.said()).toContain(`kept step ${step}\n`), { timeout: RUN_WITHIN_MS });
}

function checkpointsOf({ earlier }: OutputFolders): readonly string[] {
  return earlier.flatMap((folder) => readdirSync(folder).sort());
}

describe.skipIf(isSkipped)(`a training over two ranks${isSkipped ? ` (skipped: ${torchMissing})` : ''}`, () => {
  test('comes to the loss of an undisturbed one after a SIGTERM to one rank, and after the loss of another', async () => {
    const loss = await undisturbedLoss();
    expect(loss).toMatch(/^0\.\d{10,}/);
    const folder = temporaryFolder();

    const first = await startRun(folder, 0, 30);
    await untilItKept(first.ranks, 5);
    first.ranks[1]?.child.kill('SIGTERM');
    expect(await codesOf(first.ranks)).toEqual([143, 143]);

    const second = await startRun(folder, 1, 30);
    expect(checkpointsOf(second.folders).length).toBeGreaterThan(1);
    await untilItKept(second.ranks, 20);
    second.ranks[1]?.child.kill('SIGKILL');
    // The other hears that its peer is gone, and fails.
    expect(await second.ranks[0]?.ended).not.toBe(0);

    const third = await startRun(folder, 2, 0);
    expect(await codesOf(third.ranks)).toEqual([0, 0]);
    expect(third.ranks[0]?.said()).toContain(`goes on from ${folder}/earlier/run-1/checkpoint-`);
    expect(lossIn(third.folders.own)).toBe(loss);
  }, 120_000);

  test('that was cut off and goes on while its successor runs changes nothing that this one reads or makes', async () => {
    const loss = await undisturbedLoss();
    const folder = temporaryFolder();
    const cutOff = await startRun(folder, 0, 30);
    await untilItKept(cutOff.ranks, 10);
    for (const { child } of cutOff.ranks) child.kill('SIGSTOP');

    const successor = await startRun(folder, 1, 30);
    const kept = checkpointsOf(successor.folders);
    expect(kept).toContain('checkpoint-00000010.pt');
    await untilItKept(successor.ranks, 15);
    for (const { child } of cutOff.ranks) child.kill('SIGCONT');
    // Its folder is gone: it fails at its next checkpoint.
    expect((await codesOf(cutOff.ranks)).every((code) => code !== 0)).toBe(true);
    expect(cutOff.ranks[0]?.said()).toContain('No such file or directory');

    expect(await codesOf(successor.ranks)).toEqual([0, 0]);
    expect(checkpointsOf(successor.folders)).toEqual(kept);
    expect(lossIn(successor.folders.own)).toBe(loss);
    expect(lossIn(`${folder}/run-0`)).toBeUndefined();
  }, 120_000);
});
