import { availableParallelism } from 'node:os';
import { InvariantError } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { openTargets, type Target, type TargetName, type Targets, UPSTREAM_MODEL } from './exchange/gateway-targets.ts';
import { PORTKEY_VERSION, portkeyMissing } from './peers/portkey.ts';
import { cpuTimeBetween, cpuTimeOf } from './processes/cpu-time.ts';
import { sampleMemory } from './processes/process-memory.ts';
import { type Aim, aimOf, medianOf, printReport, rounded } from './report.ts';

const RUNS = 5;
const PARALLEL_COUNTS = [1, 32, 256] as const;
const RUN_MS = 2500;
const WARM_UP_MS = 2000;
const BODY = JSON.stringify({
  model: UPSTREAM_MODEL,
  messages: [{ role: 'user', content: 'Which of my cards serve an 8B model?' }],
  max_tokens: 16,
});

/** What one run of one target at one concurrency showed. */
interface Measured {
  readonly requestsPerSecond: number;
  readonly requestsPerCpuSecond: number;
  readonly requestsPerPostgresCpuSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type ByPlace = Map<string, Measured[]>;

/** Requests per second and per CPU-second, and what a gateway adds to the upstream's latency: ours, Portkey, a bare relay. */
async function main(): Promise<void> {
  await using opened = new AsyncDisposableStack();
  // One write an answer, streamed or whole: what is measured is the gateway, not the upstream's pauses.
  const targets = await openTargets({ perStreamCount: 8, pauseMs: null }, opened);
  if (!targets.isPortkeyThere) process.stderr.write(portkeyMissing());
  const byPlace: ByPlace = new Map();
  const peakBytes = new Map<TargetName, number>();
  for (const target of targets.all) await loadOnce(targets, target, 32, WARM_UP_MS);
  for (let run = 0; run < RUNS; run += 1) {
    for (const parallelCount of PARALLEL_COUNTS) {
      for (const target of targets.all) {
        const measured = await loadOnce(targets, target, parallelCount, RUN_MS);
        const place = placeOf(target.name, parallelCount);
        byPlace.set(place, [...(byPlace.get(place) ?? []), measured]);
        const { totalBytes } = sampleMemory(target.pid);
        peakBytes.set(target.name, Math.max(peakBytes.get(target.name) ?? 0, totalBytes));
        process.stderr.write(`  ${run + 1}/${RUNS} ${describe(target.name, parallelCount, measured)}\n`);
      }
    }
  }
  const figures = figuresOf(targets, byPlace, peakBytes);
  printReport({
    bench: 'gateway',
    figures,
    aims: aimsOf(byPlace, targets.isPortkeyThere),
    peers: targets.isPortkeyThere ? { portkey: PORTKEY_VERSION, undici: '8.12.4', node: process.version } : {},
    runs: RUNS,
  });
}

async function loadOnce(
  targets: Targets,
  target: Target,
  parallelCount: number,
  durationMs: number,
): Promise<Measured> {
  const before = cpuTimeOf(target.pid);
  const result = await targets.load(target, { body: BODY, parallelCount, answersMax: null, durationMs });
  const used = cpuTimeBetween(before, cpuTimeOf(target.pid));
  if (result.failedCount > 0 || result.answerCount === 0) {
    throw new InvariantError(`${target.name}: ${result.failedCount} requests failed: ${result.firstFailure}`);
  }
  return {
    requestsPerSecond: result.answerCount / (result.elapsedMs / 1000),
    requestsPerCpuSecond: result.answerCount / used.ownSeconds,
    requestsPerPostgresCpuSecond: result.answerCount / used.postgresSeconds,
    p50Ms: result.latency.p50Ms,
    p99Ms: result.latency.p99Ms,
  };
}

function placeOf(name: TargetName, parallelCount: number): string {
  return `${name}At${parallelCount}`;
}

function medianAt(byPlace: ByPlace, name: TargetName, parallelCount: number, read: (run: Measured) => number): number {
  return medianOf((byPlace.get(placeOf(name, parallelCount)) ?? []).map(read));
}

/** What a target adds to the upstream's own latency, in ms. */
function addedMs(byPlace: ByPlace, name: TargetName, parallelCount: number, read: (run: Measured) => number): number {
  return medianAt(byPlace, name, parallelCount, read) - medianAt(byPlace, 'direct', parallelCount, read);
}

function figuresOf(targets: Targets, byPlace: ByPlace, peakBytes: ReadonlyMap<TargetName, number>) {
  const figures: Record<string, number> = { coreCount: availableParallelism() };
  for (const { name } of targets.all) {
    for (const parallelCount of PARALLEL_COUNTS) {
      const place = `${name}At${parallelCount}`;
      const median = (read: (run: Measured) => number) => medianAt(byPlace, name, parallelCount, read);
      figures[`${place}RequestsPerSecond`] = rounded(
        median((run) => run.requestsPerSecond),
        0,
      );
      figures[`${place}RequestsPerCpuSecond`] = rounded(
        median((run) => run.requestsPerCpuSecond),
        0,
      );
      if (name === 'ours') {
        figures[`${place}RequestsPerPostgresCpuSecond`] = rounded(
          median((run) => run.requestsPerPostgresCpuSecond),
          0,
        );
      }
      if (name === 'direct') continue;
      figures[`${place}AddedP50Ms`] = rounded(
        addedMs(byPlace, name, parallelCount, (run) => run.p50Ms),
        3,
      );
      figures[`${place}AddedP99Ms`] = rounded(
        addedMs(byPlace, name, parallelCount, (run) => run.p99Ms),
        3,
      );
    }
    figures[`${name}PeakMemoryMebibytes`] = rounded((peakBytes.get(name) ?? 0) / MIB, 0);
  }
  return figures;
}

function aimsOf(byPlace: ByPlace, isPortkeyThere: boolean): readonly Aim[] {
  const perCpu = (run: Measured) => run.requestsPerCpuSecond;
  const perSecond = (run: Measured) => run.requestsPerSecond;
  return [32, 256].flatMap((parallelCount) => {
    const at = (name: TargetName, read: (run: Measured) => number) => medianAt(byPlace, name, parallelCount, read);
    const overBare = rounded(at('ours', perSecond) / at('bare', perSecond), 3);
    const overBareAim = aimOf(`requestsPerSecondOverBareRelayAt${parallelCount}`, overBare, 0.6, 'higher');
    if (!isPortkeyThere) return [overBareAim];
    const overPortkey = rounded(at('ours', perCpu) / at('portkey', perCpu), 2);
    const added = (name: TargetName) => addedMs(byPlace, name, parallelCount, (run) => run.p99Ms);
    return [
      aimOf(`requestsPerCpuSecondOverPortkeyAt${parallelCount}`, overPortkey, 5, 'higher'),
      aimOf(`addedP99OverPortkeyAt${parallelCount}`, rounded(added('ours') / added('portkey'), 3), 0.1, 'lower'),
      overBareAim,
    ];
  });
}

function describe(name: TargetName, parallelCount: number, measured: Measured): string {
  const { requestsPerSecond, requestsPerCpuSecond, p50Ms, p99Ms } = measured;
  const latency = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
  return `${name} at ${parallelCount}: ${requestsPerSecond.toFixed(0)}/s, ${requestsPerCpuSecond.toFixed(0)} a CPU-second, ${latency}`;
}

await main();
