import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { rankEnvironment } from './rank-environment.ts';
import { rankFunctions, rankFunctionsPath } from './rank-functions.ts';

/** Runs sh with the functions at hand, and gives what it prints. */
function shell(script: string, environment: Readonly<Record<string, string>> = {}): string {
  const run = spawnSync('/bin/sh', ['-c', `. "$0"; ${script}`, rankFunctionsPath], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...environment },
  });
  expect(run.stderr).toBe('');
  return run.stdout;
}

/** As Slurm writes it: 2,2,1 is 2(x2),1. */
function slurmCounts(counts: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < counts.length; ) {
    let end = at;
    while (counts[end] === counts[at]) end++;
    parts.push(end - at > 1 ? `${counts[at]}(x${end - at})` : `${counts[at]}`);
    at = end;
  }
  return parts.join(',');
}

test('what a job script makes of what Slurm tells a rank is what every executor tells it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }), fc.nat(), (counts, pick) => {
      const places = counts
        .flatMap((count, rig) => Array.from({ length: count }, () => rig))
        .map((rig, rank) => ({ rank, rigId: `rig-${rig}`, cardIds: [] }));
      const rank = pick % places.length;
      const { MASTER_ADDR, MASTER_PORT, RERIG_WORKLOAD_ID, ...expected } = rankEnvironment(
        { workloadId: 'g', places, rank },
        { masterAddress: 'rig-0', masterPort: 1 },
      );
      expect([MASTER_ADDR, MASTER_PORT, RERIG_WORKLOAD_ID]).toEqual(['rig-0', '1', 'g']);
      const names = Object.keys(expected);
      const printed = shell(`rerig_rank; for n in ${names.join(' ')}; do eval "echo $n=\\$$n"; done`, {
        SLURM_PROCID: `${rank}`,
        SLURM_LOCALID: `${expected.LOCAL_RANK}`,
        SLURM_NODEID: `${expected.GROUP_RANK}`,
        SLURM_NTASKS: `${places.length}`,
        SLURM_STEP_TASKS_PER_NODE: slurmCounts(counts),
      });
      expect(printed.trim().split('\n')).toEqual(names.map((name) => `${name}=${expected[name]}`));
    }),
    { numRuns: 40 },
  );
});

test('gangs whose job ids are neighbours get different ports, outside of those for outgoing connections', () => {
  const ports = shell('for id in 41 42 43 1041 12041; do rerig_master_port $id; done').trim().split('\n').map(Number);
  expect(new Set(ports.slice(0, 4)).size).toBe(4);
  for (const port of ports) expect(port >= 20_000 && port < 32_000).toBe(true);
});

test('a port that something listens on is passed over', async () => {
  const first = Number(shell('rerig_master_port 7'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, resolve));
  onTestFinished(() => void server.close());
  expect(Number(shell('rerig_master_port 7'))).not.toBe(first);
});

test('a notice that a job script writes is whole, alone in its folder, and says when', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-notice-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const before = Date.now();
  shell(`rerig_notice '${folder}' preempted 120`);
  expect(readdirSync(folder)).toEqual(['notice.json']);
  const notice = JSON.parse(readFileSync(join(folder, 'notice.json'), 'utf8'));
  expect(notice).toEqual({ reason: 'preempted', endsAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) });
  expect(Math.abs(Date.parse(notice.endsAt) - before - 120_000)).toBeLessThan(5_000);
});

test('the functions are text that a script can hold whole', () => {
  expect(rankFunctions()).toContain('rerig_output_folders()');
  expect(rankFunctions().endsWith('}\n')).toBe(true);
});
