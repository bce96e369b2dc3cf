import { InvariantError } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { openTargets, type Target, type TargetName, type Targets, UPSTREAM_MODEL } from './exchange/gateway-targets.ts';
import { PORTKEY_VERSION, portkeyMissing } from './peers/portkey.ts';
import { cpuTimeBetween, cpuTimeOf } from './processes/cpu-time.ts';
import { sampleMemory } from './processes/process-memory.ts';
import { medianOf, printReport, rounded } from './report.ts';

const RUNS = 5;
const STREAM_COUNT = 200;
const CHUNKS_PER_STREAM = 200;
/** A model of 100 tokens a second, as a small one on an old card is: 20,000 chunks a second in all. */
const PAUSE_MS = 10;
const SAMPLE_MS = 100;
const BODY = JSON.stringify({
  model: UPSTREAM_MODEL,
  messages: [{ role: 'user', content: 'Which of my cards serve an 8B model?' }],
  max_tokens: CHUNKS_PER_STREAM,
  stream: true,
});

/** What one run of one target showed. */
interface Measured {
  readonly chunksPerSecond: number;
  readonly cpuMicrosecondsPerChunk: number;
  readonly postgresCpuMicrosecondsPerChunk: number;
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
  readonly memoryKibibytesPerStream: number;
}

type Pace = 'paced' | 'burst';

/** 200 streams of 200 small chunks at once, at a model's pace and as fast as they go: ours, Portkey, a bare relay. */
async function main(): Promise<void> {
  const figures: Record<string, number> = {};
  let isPortkeyThere = false;
  for (const pace of ['paced', 'burst'] as const) {
    await using opened = new AsyncDisposableStack();
    const pauseMs = pace === 'paced' ? PAUSE_MS : 0;
    const targets = await openTargets({ perStreamCount: CHUNKS_PER_STREAM, pauseMs }, opened);
    isPortkeyThere = targets.isPortkeyThere;
    if (!isPortkeyThere) process.stderr.write(portkeyMissing());
    Object.assign(figures, await measureAll(targets, pace));
  }
  printReport({
    bench: 'stream',
    figures,
    aims: [],
    peers: isPortkeyThere ? { portkey: PORTKEY_VERSION, undici: '8.12.4', node: process.version } : {},
    runs: RUNS,
  });
}

async function measureAll(targets: Targets, pace: Pace): Promise<Record<string, number>> {
  const byTarget = new Map<TargetName, Measured[]>();
  for (let run = 0; run <= RUNS; run += 1) {
    for (const target of targets.all) {
      const measured = await streamOnce(targets, target);
      // The first run warms up.
      if (run === 0) continue;
      byTarget.set(target.name, [...(byTarget.get(target.name) ?? []), measured]);
      const { chunksPerSecond, cpuMicrosecondsPerChunk, firstByteP50Ms } = measured;
      const text = `${chunksPerSecond.toFixed(0)} chunks/s, ${cpuMicrosecondsPerChunk.toFixed(1)} µs a chunk, first byte p50 ${firstByteP50Ms.toFixed(1)} ms`;
      process.stderr.write(`  ${pace} ${run}/${RUNS} ${target.name}: ${text}\n`);
    }
  }
  return figuresOf(targets, byTarget, pace);
}

async function streamOnce(targets: Targets, target: Target): Promise<Measured> {
  const idleBytes = sampleMemory(target.pid).totalBytes;
  let peakBytes = idleBytes;
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, sampleMemory(target.pid).totalBytes);
  }, SAMPLE_MS);
  const before = cpuTimeOf(target.pid);
  const plan = { body: BODY, parallelCount: STREAM_COUNT, answersMax: STREAM_COUNT, durationMs: 0 };
  const result = await targets.load(target, plan);
  clearInterval(sampling);
  const used = cpuTimeBetween(before, cpuTimeOf(target.pid));
  const chunkCount = STREAM_COUNT * CHUNKS_PER_STREAM;
  if (result.failedCount > 0 || result.eventCount < chunkCount) {
    const words = `${result.failedCount} streams failed, ${result.eventCount} of ${chunkCount} chunks came`;
    throw new InvariantError(`${target.name}: ${words}: ${result.firstFailure}`);
  }
  return {
    chunksPerSecond: chunkCount / (result.elapsedMs / 1000),
    cpuMicrosecondsPerChunk: (used.ownSeconds * 1e6) / chunkCount,
    postgresCpuMicrosecondsPerChunk: (used.postgresSeconds * 1e6) / chunkCount,
    firstByteP50Ms: result.firstByte.p50Ms,
    firstByteP99Ms: result.firstByte.p99Ms,
    memoryKibibytesPerStream: (peakBytes - idleBytes) / 1024 / STREAM_COUNT,
  };
}

function figuresOf(targets: Targets, byTarget: ReadonlyMap<TargetName, readonly Measured[]>, pace: Pace) {
  const figures: Record<string, number> = {};
  const median = (name: TargetName, read: (run: Measured) => number) => medianOf((byTarget.get(name) ?? []).map(read));
  for (const { name, pid } of targets.all) {
    const put = (figure: string, value: number, digits: number) => {
      figures[`${name}${pace === 'paced' ? 'Paced' : 'Burst'}${figure}`] = rounded(value, digits);
    };
    put(
      'ChunksPerSecond',
      median(name, (run) => run.chunksPerSecond),
      0,
    );
    put(
      'CpuMicrosecondsPerChunk',
      median(name, (run) => run.cpuMicrosecondsPerChunk),
      1,
    );
    if (name === 'direct') continue;
    const added = (read: (run: Measured) => number) => median(name, read) - median('direct', read);
    put(
      'AddedFirstByteP50Ms',
      added((run) => run.firstByteP50Ms),
      1,
    );
    put(
      'AddedFirstByteP99Ms',
      added((run) => run.firstByteP99Ms),
      1,
    );
    put(
      'MemoryKibibytesPerStream',
      median(name, (run) => run.memoryKibibytesPerStream),
      0,
    );
    if (name === 'ours') {
      put(
        'PostgresCpuMicrosecondsPerChunk',
        median(name, (run) => run.postgresCpuMicrosecondsPerChunk),
        1,
      );
    }
    put('PeakMemoryMebibytes', sampleMemory(pid).totalBytes / MIB, 0);
  }
  return figures;
}

await main();
