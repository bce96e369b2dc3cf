import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '@rerig/domain/quantity';
import { type MemorySample, sampleMemory } from './processes/process-memory.ts';
import { aimOf, medianOf, printReport, rounded } from './report.ts';
import { startRerig, type UpDocument, upOnce } from './up/rerig-process.ts';
import { streamOnce } from './up/streams.ts';

const RUNS = 5;
const STREAM_COUNT = 8;
const STREAM_ROUNDS = 12;
const TOKENS_MAX = 256;
const SAMPLE_MS = 50;

/** Start to first token, cold and warm, and the memory of all processes while 8 streams are served. */
async function main(): Promise<void> {
  const folders: string[] = [];
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'rerig-bench-'));
    folders.push(folder);
    return folder;
  };
  try {
    const cold = await firstTokens(() => newFolder(), 'cold');
    const kept = newFolder();
    await upOnce(kept);
    const warm = await firstTokens(() => kept, 'warm');
    const memory = await memoryOfStreams(kept);
    const coldSeconds = rounded(medianOf(cold) / 1000, 2);
    const warmSeconds = rounded(medianOf(warm) / 1000, 2);
    printReport({
      bench: 'up',
      figures: {
        coldStartToFirstTokenSeconds: coldSeconds,
        warmStartToFirstTokenSeconds: warmSeconds,
        ...memory,
      },
      aims: [
        aimOf('coldStartToFirstTokenSeconds', coldSeconds, 120, 'lower'),
        aimOf('warmStartToFirstTokenSeconds', warmSeconds, 5, 'lower'),
      ],
      peers: {},
      runs: RUNS,
    });
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

async function firstTokens(folderOf: () => string, label: string): Promise<readonly number[]> {
  const times: number[] = [];
  while (times.length < RUNS) {
    const { demonstration } = await upOnce(folderOf());
    times.push(demonstration.firstTokenSinceStartMs);
    process.stderr.write(
      `  ${label} ${times.length}/${RUNS}: ${Math.round(demonstration.firstTokenSinceStartMs)} ms\n`,
    );
  }
  return times;
}

async function memoryOfStreams(folder: string) {
  const rerig = await startRerig(folder);
  const idle = sampleMemory(rerig.pid);
  const samples: MemorySample[] = [];
  const sampling = setInterval(() => samples.push(sampleMemory(rerig.pid)), SAMPLE_MS);
  try {
    const startedAtMs = performance.now();
    const counts = await Promise.all(
      Array.from({ length: STREAM_COUNT }, (_, index) => streamRounds(rerig.document, index)),
    );
    const seconds = (performance.now() - startedAtMs) / 1000;
    const tokenCount = counts.reduce((sum, count) => sum + count, 0);
    process.stderr.write(`  ${tokenCount} tokens in ${seconds.toFixed(1)} s, ${samples.length} samples of memory\n`);
    const peak = (read: (sample: MemorySample) => number) => rounded(Math.max(...samples.map(read)) / MIB, 0);
    return {
      peakMemoryMebibytes: peak(({ totalBytes }) => totalBytes),
      peakRerigMebibytes: peak(({ rerigBytes }) => rerigBytes),
      peakModelServerMebibytes: peak(({ modelServerBytes }) => modelServerBytes),
      peakPostgresMebibytes: peak(({ postgresBytes }) => postgresBytes),
      idleMemoryMebibytes: rounded(idle.totalBytes / MIB, 0),
      tokensPerSecondOf8Streams: rounded(tokenCount / seconds, 0),
    };
  } finally {
    clearInterval(sampling);
    await rerig.stop();
  }
}

async function streamRounds(document: UpDocument, index: number): Promise<number> {
  let tokenCount = 0;
  for (let round = 0; round < STREAM_ROUNDS; round += 1) {
    tokenCount += await streamOnce(document, `Which of my ${index + round + 2} cards serve an 8B model?`, TOKENS_MAX);
  }
  return tokenCount;
}

await main();
