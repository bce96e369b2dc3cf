import { InvariantError } from '@rerig/domain/fault';
import { type Target, type Targets, UPSTREAM_MODEL } from '../exchange/gateway-targets.ts';
import type { LoadResult } from '../load/closed-loop.ts';
import { cpuTimeBetween, cpuTimeOf } from '../processes/cpu-time.ts';
import { type MemorySample, sampleMemory } from '../processes/process-memory.ts';

/** Streams that are open at once. */
export const STREAM_COUNT = 200;
/** Events with a count of tokens in each stream. */
export const CHUNKS_PER_STREAM = 200;
/** Tokens of one stream: its first event has the role alone. */
export const TOKENS_PER_STREAM = CHUNKS_PER_STREAM - 1;

const SAMPLE_MS = 100;
const BODY = JSON.stringify({
  model: UPSTREAM_MODEL,
  messages: [{ role: 'user', content: 'Which of my cards serve an 8B model?' }],
  max_tokens: CHUNKS_PER_STREAM,
  stream: true,
});

/** What one run of one target showed. */
export interface StreamTimes {
  readonly chunksPerSecond: number;
  readonly cpuMicrosecondsPerChunk: number;
  readonly postgresCpuMicrosecondsPerChunk: number;
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
  /** Processor time of the load generator over the run's: near 1, it is what limits the chunks a second. */
  readonly generatorBusyShare: number;
}

/** Runs all streams once and times them. Nothing is sampled beside: reading memory takes a core's good part. */
export async function timeStreams(targets: Targets, target: Target): Promise<StreamTimes> {
  const before = cpuTimeOf(target.pid);
  const generatorBefore = cpuTimeOf(targets.generatorPid);
  const result = await runStreams(targets, target, STREAM_COUNT);
  const used = cpuTimeBetween(before, cpuTimeOf(target.pid));
  const generatorUsed = cpuTimeBetween(generatorBefore, cpuTimeOf(targets.generatorPid));
  const chunkCount = STREAM_COUNT * CHUNKS_PER_STREAM;
  return {
    chunksPerSecond: chunkCount / (result.elapsedMs / 1000),
    cpuMicrosecondsPerChunk: (used.ownSeconds * 1e6) / chunkCount,
    postgresCpuMicrosecondsPerChunk: (used.postgresSeconds * 1e6) / chunkCount,
    firstByteP50Ms: result.firstByte.p50Ms,
    firstByteP99Ms: result.firstByte.p99Ms,
    generatorBusyShare: generatorUsed.ownSeconds / (result.elapsedMs / 1000),
  };
}

/** Runs all streams once and gives the memory at its highest. */
export async function weighStreams(targets: Targets, target: Target): Promise<MemorySample> {
  let peak = sampleMemory(target.pid);
  const sampling = setInterval(() => {
    const sample = sampleMemory(target.pid);
    if (sample.totalBytes > peak.totalBytes) peak = sample;
  }, SAMPLE_MS);
  try {
    await runStreams(targets, target, STREAM_COUNT);
  } finally {
    clearInterval(sampling);
  }
  return peak;
}

/** Runs so many streams at once to their ends; throws where one fails or a chunk is missing. */
export async function runStreams(targets: Targets, target: Target, streamCount: number): Promise<LoadResult> {
  const plan = { body: BODY, parallelCount: streamCount, answersMax: streamCount, durationMs: 0 };
  const result = await targets.load(target, plan);
  // Each stream ends with one more event, [DONE].
  const expectedCount = streamCount * (CHUNKS_PER_STREAM + 1);
  if (result.failedCount > 0 || result.answerCount !== streamCount || result.eventCount < expectedCount) {
    const words = `${result.failedCount} streams failed, ${result.eventCount} of ${expectedCount} events came`;
    throw new InvariantError(`${target.name}: ${words}: ${result.firstFailure}`);
  }
  return result;
}
