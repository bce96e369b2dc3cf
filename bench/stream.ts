import { parseArgs } from 'node:util';
import { InvariantError } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { openTargets, type TargetName, type Targets } from './exchange/gateway-targets.ts';
import { PORTKEY_VERSION, portkeyMissing } from './peers/portkey.ts';
import { type MemorySample, sampleMemory } from './processes/process-memory.ts';
import { medianOf, printReport, rounded } from './report.ts';
import {
  CHUNKS_PER_STREAM,
  runStreams,
  STREAM_COUNT,
  type StreamTimes,
  TOKENS_PER_STREAM,
  timeStreams,
  weighStreams,
} from './stream/measured-streams.ts';

const RUNS_DEFAULT = '5';
/** A model of 100 tokens a second, as a small one on an old card is: 20,000 chunks a second in all. */
const PAUSE_MS = 10;
const WARM_UP_STREAM_COUNT = 8;
const COMPARED = [
  'ChunksPerSecond',
  'CpuMicrosecondsPerChunk',
  'AddedFirstByteP50Ms',
  'AddedFirstByteP99Ms',
  'MemoryKibibytesPerStream',
  'PeakMemoryMebibytes',
];

type Pace = 'paced' | 'burst';
type Figures = Record<string, number>;

/** All that was seen of one target at one pace. */
interface Seen {
  readonly times: StreamTimes[];
  readonly peaks: MemorySample[];
  /** After a few streams, before many were open. */
  readonly idleBytes: number;
}

/** 200 streams of 200 small chunks at once, at a model's pace and as fast as they go: ours, Portkey, a bare relay. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: RUNS_DEFAULT } } });
  const runCount = Number(values.runs);
  if (!Number.isInteger(runCount) || runCount < 1) {
    throw new InvariantError(`--runs is ${values.runs}, and must be a whole number from 1`);
  }
  const figures: Figures = {};
  let isPortkeyThere = false;
  for (const pace of ['paced', 'burst'] as const) {
    await using opened = new AsyncDisposableStack();
    const pauseMs = pace === 'paced' ? PAUSE_MS : 0;
    const targets = await openTargets({ perStreamCount: CHUNKS_PER_STREAM, pauseMs }, opened);
    isPortkeyThere = targets.isPortkeyThere;
    if (!isPortkeyThere) process.stderr.write(portkeyMissing());
    const seen = await measureAll(targets, pace, runCount);
    Object.assign(figures, figuresOf(seen, pace));
    await checkMeter(targets, WARM_UP_STREAM_COUNT + (2 * runCount + 1) * STREAM_COUNT);
  }
  printReport({
    bench: 'stream',
    figures,
    aims: [],
    peers: isPortkeyThere ? { portkey: PORTKEY_VERSION, undici: '8.12.4', node: process.version } : {},
    runs: runCount,
  });
}

async function measureAll(targets: Targets, pace: Pace, runCount: number): Promise<ReadonlyMap<TargetName, Seen>> {
  const seen = new Map<TargetName, Seen>();
  for (const target of targets.all) {
    await runStreams(targets, target, WARM_UP_STREAM_COUNT);
    const idleBytes = sampleMemory(target.pid).totalBytes;
    // The first run of all streams warms up: what the compiler takes then is taken once, and so is its memory.
    await runStreams(targets, target, STREAM_COUNT);
    seen.set(target.name, { times: [], peaks: [], idleBytes });
  }
  for (let run = 1; run <= runCount; run += 1) {
    // Each target is first as often as any other, as far as the runs go.
    const turn = targets.all.map((_, index) => targets.all[(index + run) % targets.all.length]);
    for (const target of turn) {
      const at = target === undefined ? undefined : seen.get(target.name);
      if (target === undefined || at === undefined) continue;
      const times = await timeStreams(targets, target);
      at.times.push(times);
      at.peaks.push(await weighStreams(targets, target));
      const text = `${times.chunksPerSecond.toFixed(0)} chunks/s, ${times.cpuMicrosecondsPerChunk.toFixed(1)} µs a chunk`;
      const more = `first byte p50 ${times.firstByteP50Ms.toFixed(1)} ms, generator busy ${times.generatorBusyShare.toFixed(2)}`;
      process.stderr.write(`  ${pace} ${run}/${runCount} ${target.name}: ${text}, ${more}\n`);
    }
  }
  return seen;
}

/** Throws where a stream through ours has no row in PostgreSQL, or one with another count than was delivered. */
async function checkMeter(targets: Targets, streamCount: number): Promise<void> {
  const books = await targets.readBooks();
  const { requestCount, completionTokens, ledgerErrorCount, unchargedRequestCount } = books;
  const isRight =
    requestCount === streamCount &&
    completionTokens === streamCount * TOKENS_PER_STREAM &&
    ledgerErrorCount === 0 &&
    unchargedRequestCount === 0;
  if (!isRight) throw new InvariantError(`${streamCount} streams came whole, and booked is ${JSON.stringify(books)}`);
  process.stderr.write(`  booked: ${requestCount} streams of ${TOKENS_PER_STREAM} tokens, all that were delivered\n`);
}

function figuresOf(seen: ReadonlyMap<TargetName, Seen>, pace: Pace): Figures {
  const figures: Figures = {};
  const timeOf = (name: TargetName, read: (run: StreamTimes) => number) =>
    medianOf((seen.get(name)?.times ?? []).map(read));
  for (const [name, { peaks, idleBytes }] of seen) {
    const put = (figure: string, value: number, digits = 0) => {
      figures[`${name}${prefixOf(pace)}${figure}`] = rounded(value, digits);
    };
    const added = (read: (run: StreamTimes) => number) => timeOf(name, read) - timeOf('direct', read);
    const perSecond = timeOf(name, (run) => run.chunksPerSecond);
    const cpu = timeOf(name, (run) => run.cpuMicrosecondsPerChunk);
    const busyShare = timeOf(name, (run) => run.generatorBusyShare);
    put('ChunksPerSecond', perSecond);
    put('CpuMicrosecondsPerChunk', cpu, 1);
    put('GeneratorBusyShare', busyShare, 2);
    if (name === 'direct') continue;
    const peakBytes = medianOf(peaks.map(({ totalBytes }) => totalBytes));
    const firstByteP50Ms = added((run) => run.firstByteP50Ms);
    const firstByteP99Ms = added((run) => run.firstByteP99Ms);
    put('AddedFirstByteP50Ms', firstByteP50Ms, 1);
    put('AddedFirstByteP99Ms', firstByteP99Ms, 1);
    put('MemoryKibibytesPerStream', (peakBytes - idleBytes) / 1024 / STREAM_COUNT);
    put('PeakMemoryMebibytes', peakBytes / MIB);
    if (name !== 'ours') continue;
    const postgresCpu = timeOf(name, (run) => run.postgresCpuMicrosecondsPerChunk);
    put('PostgresCpuMicrosecondsPerChunk', postgresCpu, 1);
    put('PostgresPeakMemoryMebibytes', medianOf(peaks.map(({ postgresBytes }) => postgresBytes)) / MIB);
  }
  return { ...figures, ...ratiosOf(figures, pace, seen.has('portkey') ? ['portkey', 'bare'] : ['bare']) };
}

/** Ours over each peer's, of what is compared. */
function ratiosOf(figures: Figures, pace: Pace, peers: readonly ('bare' | 'portkey')[]): Figures {
  const ratios: Figures = {};
  for (const peer of peers) {
    for (const figure of COMPARED) {
      const at = (name: TargetName) => figures[`${name}${prefixOf(pace)}${figure}`] ?? Number.NaN;
      const name = `${pace}${figure}Over${peer === 'bare' ? 'BareRelay' : 'Portkey'}`;
      ratios[name] = rounded(at('ours') / at(peer), 2);
    }
  }
  return ratios;
}

function prefixOf(pace: Pace): string {
  return pace === 'paced' ? 'Paced' : 'Burst';
}

await main();
