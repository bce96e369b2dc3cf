import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { InvariantError } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import { type Books, type RunningExchange, startExchange } from './exchange/running-exchange.ts';
import { type LoadPlan, type LoadResult, REQUEST_MARK } from './load/closed-loop.ts';
import { startOwnProgram } from './processes/child-program.ts';
import { cpuTimeBetween, cpuTimeOf } from './processes/cpu-time.ts';
import { descriptorCount, sampleMemory } from './processes/process-memory.ts';
import { type RunningModelServer, startModelServer } from './processes/running-model-server.ts';
import { type Aim, aimOf, printReport, rounded } from './report.ts';
import { driftOf, type Reading } from './soak/memory-series.ts';

const MINUTES_DEFAULT = 10;
/** From here on, the last minute is another than the third. A shorter run says nothing of drift. */
const DRIFT_MINUTES_MIN = 4;
const WARM_UP_MS = 10_000;
const SAMPLE_MS = 1000;
/** Idle connections are closed by both sides within this: the model server keeps one for 75 s. */
const QUIET_LIMIT_MS = 90_000;
const MODEL = 'random-tiny';
const SLOTS = { parallelCount: 16, contextTokens: 1024, threadCount: 1, waitingMax: 64 };
/** Customers at once: more than the slots, so that some always wait. */
const STREAM_COUNT = 24;
const WHOLE_COUNT = 8;
const TOKENS_MAX = 200;
const DRIFT_PERCENT_MAX = 5;
const LOAD_PROGRAM = join(import.meta.dirname, 'load/load-program.ts');

type Kind = 'rerig' | 'modelServer' | 'postgresOwn' | 'postgresBuffers' | 'total';
const KINDS: readonly Kind[] = ['rerig', 'modelServer', 'postgresOwn', 'postgresBuffers', 'total'];
/** PostgreSQL's buffers fill, page by page of the tables, up to the size that is set for them: told, in the total, and no aim of their own. */
const AIMED_KINDS = new Set<Kind>(['rerig', 'modelServer', 'postgresOwn', 'total']);

/** What the load came to. */
interface Soaked {
  readonly minutes: number;
  readonly results: readonly LoadResult[];
  readonly readings: Readonly<Record<Kind, readonly Reading[]>>;
  /** Cores that were busy, on average: near the machine's, the load is full. */
  readonly busyCores: Readonly<Record<'rerig' | 'modelServer' | 'postgres', number>>;
  readonly descriptorsAtStart: number;
  readonly descriptorsAtEnd: number;
  /** What was booked within the load. */
  readonly bookedRequestCount: number;
  readonly bookedTokens: number;
  readonly books: Books;
}

/** Full load of streams and whole answers through the exchange and a real model server: does memory stay, do sockets close? */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: String(MINUTES_DEFAULT) } } });
  const minutes = Number(values.minutes);
  if (!(minutes >= 1)) throw new InvariantError(`--minutes is ${values.minutes}, and must be 1 or more`);
  await using opened = new AsyncDisposableStack();
  const { exchange, modelServer } = await openAll(opened);
  const pids = [exchange.program.pid, modelServer.program.pid];
  const descriptors = () => pids.reduce((sum, pid) => sum + descriptorCount(pid), 0);
  const durationMs = minutes * 60_000;
  await loadBoth(exchange, WARM_UP_MS, opened);
  process.stderr.write('  warm; idle connections are given time to close\n');
  const descriptorsAtStart = await quietCount(descriptors, 0);
  const before = await exchange.readBooks();
  const readings: Record<Kind, Reading[]> = {
    rerig: [],
    modelServer: [],
    postgresOwn: [],
    postgresBuffers: [],
    total: [],
  };
  const startedAtMs = performance.now();
  const cpuTimes = () => ({ exchange: cpuTimeOf(exchange.program.pid), server: cpuTimeOf(modelServer.program.pid) });
  const cpuBefore = cpuTimes();
  const sampling = setInterval(
    () => takeReading(readings, exchange, modelServer, performance.now() - startedAtMs),
    SAMPLE_MS,
  );
  const results = await loadBoth(exchange, durationMs, opened);
  clearInterval(sampling);
  const cpuAfter = cpuTimes();
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
  const ofExchange = cpuTimeBetween(cpuBefore.exchange, cpuAfter.exchange);
  const ofServer = cpuTimeBetween(cpuBefore.server, cpuAfter.server);
  const books = await exchange.readBooks();
  report({
    minutes,
    results,
    readings,
    busyCores: {
      rerig: ofExchange.ownSeconds / elapsedSeconds,
      modelServer: ofServer.ownSeconds / elapsedSeconds,
      postgres: ofExchange.postgresSeconds / elapsedSeconds,
    },
    descriptorsAtStart,
    descriptorsAtEnd: await quietCount(descriptors, descriptorsAtStart),
    bookedRequestCount: books.requestCount - before.requestCount,
    bookedTokens: books.completionTokens - before.completionTokens,
    books,
  });
}

async function openAll(opened: AsyncDisposableStack) {
  const exchange = await startExchange(MODEL);
  opened.defer(async () => {
    await exchange.stop();
    exchange.removeFolder();
  });
  const modelPath = join(exchange.dataFolder, 'random-tiny.gguf');
  writeRandomModel(modelPath, TINY_RECIPE);
  const modelServer = await startModelServer({ ...SLOTS, modelPath, modelName: MODEL });
  opened.defer(modelServer.program.stop);
  const { contextTokens, parallelCount } = SLOTS;
  const { listen } = modelServer;
  await exchange.report({ replicaId: 'replica-1', state: 'ready', listen, model: MODEL, contextTokens, parallelCount });
  return { exchange, modelServer };
}

/** Streams and whole answers side by side, each from a process of its own. */
async function loadBoth(
  exchange: RunningExchange,
  durationMs: number,
  opened: AsyncDisposableStack,
): Promise<readonly LoadResult[]> {
  const plans = [planOf(exchange, durationMs, STREAM_COUNT, true), planOf(exchange, durationMs, WHOLE_COUNT, false)];
  return Promise.all(
    plans.map(async (plan) => {
      const generator = await startOwnProgram(LOAD_PROGRAM);
      opened.defer(generator.stop);
      const result = parseResult(await generator.ask(JSON.stringify(plan)));
      if (result.answerCount === 0) throw new InvariantError(`no answer came: ${result.firstFailure}`);
      return result;
    }),
  );
}

function planOf(exchange: RunningExchange, durationMs: number, parallelCount: number, isStreamed: boolean): LoadPlan {
  return {
    port: exchange.port,
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${exchange.apiKey}` },
    body: JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: `${REQUEST_MARK} Which of my cards serve an 8B model?` }],
      max_tokens: TOKENS_MAX,
      ...(isStreamed ? { stream: true, stream_options: { include_usage: true } } : {}),
    }),
    parallelCount,
    answersMax: null,
    durationMs,
  };
}

function takeReading(
  readings: Record<Kind, Reading[]>,
  exchange: RunningExchange,
  modelServer: RunningModelServer,
  atMs: number,
): void {
  const sample = sampleMemory(exchange.program.pid);
  const { rerigBytes: rerig, postgresBytes: postgres, postgresSharedBytes: postgresBuffers } = sample;
  const ofServer = sampleMemory(modelServer.program.pid).totalBytes;
  const postgresOwn = postgres - postgresBuffers;
  const bytes = { rerig, postgresOwn, postgresBuffers, modelServer: ofServer, total: rerig + postgres + ofServer };
  for (const kind of KINDS) readings[kind].push({ atMs, totalBytes: bytes[kind] });
  if (readings.total.length % 60 !== 0) return;
  const text = KINDS.map((kind) => `${kind} ${rounded(bytes[kind] / MIB, 0)} MiB`).join(', ');
  process.stderr.write(`  ${Math.round(atMs / 1000)} s: ${text}\n`);
}

/** The descriptors once idle connections are closed: the least seen until it is down to `aimCount`, or the limit. */
async function quietCount(count: () => number, aimCount: number): Promise<number> {
  const endsAtMs = performance.now() + QUIET_LIMIT_MS;
  let least = count();
  while (least > aimCount && performance.now() < endsAtMs) {
    await wait(SAMPLE_MS);
    least = Math.min(least, count());
  }
  return least;
}

function report(soaked: Soaked): void {
  const { minutes, results, readings, busyCores, descriptorsAtStart, descriptorsAtEnd } = soaked;
  const { bookedRequestCount, bookedTokens, books } = soaked;
  const sum = (read: (result: LoadResult) => number) => results.reduce((total, result) => total + read(result), 0);
  const answerCount = sum((result) => result.answerCount);
  const deliveredTokens = sum((result) => result.completionTokens);
  const failedCount = sum((result) => result.failedCount);
  const figures: Record<string, number> = {
    minutes,
    coreCount: availableParallelism(),
    answerCount,
    tokensPerSecond: rounded(deliveredTokens / (minutes * 60), 0),
    deliveredTokens,
    chargedTokens: bookedTokens,
    rerigBusyCores: rounded(busyCores.rerig, 2),
    modelServerBusyCores: rounded(busyCores.modelServer, 2),
    postgresBusyCores: rounded(busyCores.postgres, 2),
    descriptorsAtStart,
    descriptorsAtEnd,
  };
  const aims: Aim[] = [];
  for (const kind of KINDS) {
    if (minutes < DRIFT_MINUTES_MIN) {
      figures[`${kind}LastMebibytes`] = rounded((readings[kind].at(-1)?.totalBytes ?? 0) / MIB);
      continue;
    }
    const { thirdMinuteBytes, lastMinuteBytes, driftPercent } = driftOf(readings[kind], minutes * 60_000);
    figures[`${kind}ThirdMinuteMebibytes`] = rounded(thirdMinuteBytes / MIB);
    figures[`${kind}LastMinuteMebibytes`] = rounded(lastMinuteBytes / MIB);
    if (!AIMED_KINDS.has(kind)) continue;
    aims.push(aimOf(`${kind}DriftPercent`, rounded(Math.abs(driftPercent), 2), DRIFT_PERCENT_MAX, 'lower'));
  }
  const counts = {
    leakedDescriptorCount: Math.max(0, descriptorsAtEnd - descriptorsAtStart),
    failedCount,
    bookedOtherThanAnsweredCount: Math.abs(bookedRequestCount - answerCount),
    chargedOtherThanDeliveredTokens: Math.abs(bookedTokens - deliveredTokens),
    ledgerErrorCount: books.ledgerErrorCount,
    unchargedRequestCount: books.unchargedRequestCount,
  };
  for (const [name, value] of Object.entries(counts)) aims.push(aimOf(name, value, 0, 'lower'));
  for (const { firstFailure } of results) if (firstFailure !== null) process.stderr.write(`  ${firstFailure}\n`);
  printReport({ bench: 'soak', figures, aims, peers: {}, runs: 1 });
}

function parseResult(line: string): LoadResult {
  return JSON.parse(line) as LoadResult;
}

await main();
