import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { InvariantError } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import { type RunningExchange, startExchange } from './exchange/running-exchange.ts';
import { type LoadPlan, type LoadResult, REQUEST_MARK } from './load/closed-loop.ts';
import { startOwnProgram } from './processes/child-program.ts';
import { descriptorCount, sampleMemory } from './processes/process-memory.ts';
import { type RunningModelServer, startModelServer } from './processes/running-model-server.ts';
import { type Aim, aimOf, printReport, rounded } from './report.ts';
import { driftOf, type Reading } from './soak/memory-series.ts';

const MINUTES_DEFAULT = 10;
const MINUTES_MIN = 4;
const WARM_UP_MS = 10_000;
const SAMPLE_MS = 1000;
/** Idle connections are closed by both sides within this. */
const QUIET_LIMIT_MS = 60_000;
const MODEL = 'random-tiny';
const SLOTS = { parallelCount: 16, contextTokens: 1024, threadCount: 1, waitingMax: 64 };
/** Customers at once: more than the slots, so that some always wait. */
const STREAM_COUNT = 24;
const WHOLE_COUNT = 8;
const TOKENS_MAX = 200;
const DRIFT_PERCENT_MAX = 5;
const LOAD_PROGRAM = join(import.meta.dirname, 'load/load-program.ts');

type Kind = 'rerig' | 'modelServer' | 'postgres' | 'total';
const KINDS: readonly Kind[] = ['rerig', 'modelServer', 'postgres', 'total'];

/** Full load of streams and whole answers through the exchange and a real model server: does memory stay, do sockets close? */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: String(MINUTES_DEFAULT) } } });
  const minutes = Number(values.minutes);
  if (!(minutes >= MINUTES_MIN))
    throw new InvariantError(`--minutes is ${values.minutes}, and must be ${MINUTES_MIN} or more`);
  await using opened = new AsyncDisposableStack();
  const { exchange, modelServer } = await openAll(opened);
  const pids = [exchange.program.pid, modelServer.program.pid];
  const descriptors = () => pids.reduce((sum, pid) => sum + descriptorCount(pid), 0);
  await loadBoth(exchange, WARM_UP_MS, opened);
  const descriptorsAtStart = await quietCount(descriptors);
  const readings: Record<Kind, Reading[]> = { rerig: [], modelServer: [], postgres: [], total: [] };
  const startedAtMs = performance.now();
  const sampling = setInterval(
    () => takeReading(readings, exchange, modelServer, performance.now() - startedAtMs),
    SAMPLE_MS,
  );
  const durationMs = minutes * 60_000;
  const results = await loadBoth(exchange, durationMs, opened);
  clearInterval(sampling);
  const descriptorsAtEnd = await quietCount(descriptors, descriptorsAtStart);
  report(minutes, results, readings, { descriptorsAtStart, descriptorsAtEnd });
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
  const { rerigBytes: rerig, postgresBytes: postgres } = sampleMemory(exchange.program.pid);
  const modelServerBytes = sampleMemory(modelServer.program.pid).totalBytes;
  const bytes = { rerig, postgres, modelServer: modelServerBytes, total: rerig + postgres + modelServerBytes };
  for (const kind of KINDS) readings[kind].push({ atMs, totalBytes: bytes[kind] });
  if (readings.total.length % 60 !== 0) return;
  const text = KINDS.map((kind) => `${kind} ${rounded(bytes[kind] / MIB, 0)} MiB`).join(', ');
  process.stderr.write(`  ${Math.round(atMs / 1000)} s: ${text}\n`);
}

/** The descriptors once idle connections are closed: the least seen until `aim` or the limit is reached. */
async function quietCount(count: () => number, aim = 0): Promise<number> {
  const endsAtMs = performance.now() + QUIET_LIMIT_MS / (aim === 0 ? 4 : 1);
  let least = count();
  while (least > aim && performance.now() < endsAtMs) {
    await wait(SAMPLE_MS);
    least = Math.min(least, count());
  }
  return least;
}

function report(
  minutes: number,
  results: readonly LoadResult[],
  readings: Readonly<Record<Kind, readonly Reading[]>>,
  { descriptorsAtStart, descriptorsAtEnd }: { readonly descriptorsAtStart: number; readonly descriptorsAtEnd: number },
): void {
  const sum = (read: (result: LoadResult) => number) => results.reduce((total, result) => total + read(result), 0);
  const figures: Record<string, number> = {
    minutes,
    answerCount: sum(({ answerCount }) => answerCount),
    tokensPerSecond: rounded(sum(({ completionTokens }) => completionTokens) / (minutes * 60), 0),
    descriptorsAtStart,
    descriptorsAtEnd,
  };
  const aims: Aim[] = [];
  for (const kind of KINDS) {
    const { thirdMinuteBytes, lastMinuteBytes, driftPercent } = driftOf(readings[kind], minutes * 60_000);
    figures[`${kind}ThirdMinuteMebibytes`] = rounded(thirdMinuteBytes / MIB);
    figures[`${kind}LastMinuteMebibytes`] = rounded(lastMinuteBytes / MIB);
    aims.push(aimOf(`${kind}DriftPercent`, rounded(Math.abs(driftPercent), 2), DRIFT_PERCENT_MAX, 'lower'));
  }
  aims.push(aimOf('leakedDescriptorCount', Math.max(0, descriptorsAtEnd - descriptorsAtStart), 0, 'lower'));
  aims.push(
    aimOf(
      'failedCount',
      sum(({ failedCount }) => failedCount),
      0,
      'lower',
    ),
  );
  for (const { firstFailure } of results) if (firstFailure !== null) process.stderr.write(`  ${firstFailure}\n`);
  printReport({ bench: 'soak', figures, aims, peers: {}, runs: 1 });
}

function parseResult(line: string): LoadResult {
  return JSON.parse(line) as LoadResult;
}

await main();
