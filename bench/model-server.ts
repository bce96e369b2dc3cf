import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MIB } from '@rerig/domain/quantity';
import { askServer } from './model-server/ask-server.ts';
import { measureLongPrompt } from './model-server/long-prompt.ts';
import { type MeasuredServer, otherServer, type ServerName, startServers } from './model-server/measured-server.ts';
import {
  type MeasuredModel,
  measuredModels,
  RANDOM_100M_CACHE_BYTES_PER_TOKEN,
} from './model-server/models-measured.ts';
import { hasLlamaServer, LLAMA_SERVER_VERSION, llamaServerMissing } from './peers/llama-server.ts';
import { memoryBesideFile } from './processes/process-memory.ts';
import { type Aim, aimOf, medianOf, printReport, rounded } from './report.ts';

const RUNS = 5;
const PARALLEL_COUNTS = [1, 4, 8, 32] as const;
const SLOTS = { parallelCount: 32, contextTokens: 512 };
const LONG_SLOTS = { parallelCount: 4, contextTokens: 5120 };
const QUESTION = 'Which of my cards serve an 8B model, and which of them should rather mine or sleep?';
const TOKENS_MAX_OF_OTHERS = 128;

/** What one load showed. */
interface Measured {
  readonly tokensPerSecond: number;
  readonly tokenCount: number;
  readonly firstTokenP50Ms: number;
  readonly firstTokenP99Ms: number;
}

type Figures = Record<string, number>;

/** Tokens per second and time to first token of whole servers over HTTP, beside llama-server; or of any, by `--server`. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { server: { type: 'string' }, model: { type: 'string' } } });
  if (values.server !== undefined) return measureOther(values.server, values.model ?? 'default');
  if (!hasLlamaServer()) process.stderr.write(llamaServerMissing());
  const folder = mkdtempSync(join(tmpdir(), 'rerig-bench-'));
  try {
    const figures: Figures = {};
    const aims: Aim[] = [];
    for (const model of measuredModels(folder)) {
      await measureModel(model, figures, aims);
      if (model.name === 'random100m') await measureLong(model, figures, aims);
    }
    const peers = hasLlamaServer() ? { 'llama-server': LLAMA_SERVER_VERSION } : {};
    printReport({ bench: 'model-server', figures, aims, peers, runs: RUNS });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOther(baseUrl: string, model: string): Promise<void> {
  const figures: Figures = {};
  const byServer = await measureLoads([otherServer(baseUrl, model)], 'model', TOKENS_MAX_OF_OTHERS);
  for (const [place, runs] of byServer) putFigures(figures, place, runs);
  printReport({ bench: 'model-server', figures, aims: [], peers: { [model]: baseUrl }, runs: RUNS });
}

async function measureModel(model: MeasuredModel, figures: Figures, aims: Aim[]): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const servers = await startServers(model.path, SLOTS, opened);
  const byPlace = await measureLoads(servers, model.name, model.tokensMax);
  for (const [place, runs] of byPlace) putFigures(figures, place, runs);
  for (const parallelCount of PARALLEL_COUNTS) {
    const of = (name: ServerName) => byPlace.get(placeOf(name, model.name, parallelCount)) ?? [];
    const speed = (name: ServerName) => medianOf(of(name).map(({ tokensPerSecond }) => tokensPerSecond));
    const countsOf = (name: ServerName) => of(name).reduce((sum, { tokenCount }) => sum + tokenCount, 0);
    if (servers.length < 2) continue;
    const place = `Of${capital(model.name)}At${parallelCount}`;
    figures[`tokensMadeOverLlamaServer${place}`] = rounded(countsOf('ours') / countsOf('llamaServer'), 3);
    const ratio = rounded(speed('ours') / speed('llamaServer'), 3);
    aims.push(aimOf(`tokensPerSecondOverLlamaServer${place}`, ratio, 1, 'higher'));
  }
  for (const { name, program } of servers) {
    if (program === null) continue;
    const mebibytes = rounded(memoryBesideFile(program.pid, model.path) / MIB, 0);
    figures[`${name}MemoryBeside${capital(model.name)}Mebibytes`] = mebibytes;
    // The random model's cache is as large as its slots are many: it is the model's, on a card in the card's memory.
    if (name === 'ours' && model.name === 'shipped') {
      aims.push(aimOf('memoryBesideShippedModelMebibytes', mebibytes, 300, 'lower'));
    }
  }
  if (model.name === 'random100m') {
    const cacheBytes = RANDOM_100M_CACHE_BYTES_PER_TOKEN * SLOTS.parallelCount * SLOTS.contextTokens;
    figures.cacheOfRandom100mMebibytes = rounded(cacheBytes / MIB, 0);
  }
}

async function measureLong(model: MeasuredModel, figures: Figures, aims: Aim[]): Promise<void> {
  await using opened = new AsyncDisposableStack();
  for (const server of await startServers(model.path, LONG_SLOTS, opened)) {
    const waits = await measureLongPrompt(server);
    process.stderr.write(`  ${server.name} beside a long prompt: ${JSON.stringify(waits)}\n`);
    const ratio = rounded(waits.busyMs / waits.idleMs, 2);
    figures[`${server.name}IdleFirstTokenMs`] = rounded(waits.idleMs);
    figures[`${server.name}BesideLongPromptFirstTokenMs`] = rounded(waits.busyMs);
    figures[`${server.name}LongPromptFirstTokenMs`] = rounded(waits.longFirstTokenMs);
    if (server.name === 'ours') aims.push(aimOf('firstTokenBesideLongPromptOverIdle', ratio, 2, 'lower'));
  }
}

async function measureLoads(
  servers: readonly MeasuredServer[],
  modelName: string,
  tokensMax: number,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const byPlace = new Map<string, Measured[]>();
  let firstNumber = 1;
  for (const server of servers) await loadOnce(server, 4, tokensMax, firstNumber);
  for (let run = 1; run <= RUNS; run += 1) {
    for (const parallelCount of PARALLEL_COUNTS) {
      firstNumber += 100;
      for (const server of servers) {
        const place = placeOf(server.name, modelName, parallelCount);
        const measured = await loadOnce(server, parallelCount, tokensMax, firstNumber);
        byPlace.set(place, [...(byPlace.get(place) ?? []), measured]);
        const { tokensPerSecond, tokenCount, firstTokenP50Ms } = measured;
        const text = `${tokensPerSecond.toFixed(0)} tokens/s of ${tokenCount}, first token p50 ${firstTokenP50Ms.toFixed(0)} ms`;
        process.stderr.write(`  ${run}/${RUNS} ${place}: ${text}\n`);
      }
    }
  }
  return byPlace;
}

async function loadOnce(
  server: MeasuredServer,
  parallelCount: number,
  tokensMax: number,
  firstNumber: number,
): Promise<Measured> {
  // One request alone says little: the shortest load has four.
  const requestCount = Math.max(4, parallelCount);
  const result = await askServer(server, { content: QUESTION, tokensMax, parallelCount, requestCount, firstNumber });
  return {
    tokensPerSecond: result.completionTokens / (result.elapsedMs / 1000),
    tokenCount: result.completionTokens,
    firstTokenP50Ms: result.firstToken.p50Ms,
    firstTokenP99Ms: result.firstToken.p99Ms,
  };
}

function putFigures(figures: Figures, place: string, runs: readonly Measured[]): void {
  const median = (read: (run: Measured) => number) => medianOf(runs.map(read));
  figures[`${place}TokensPerSecond`] = rounded(median((run) => run.tokensPerSecond));
  figures[`${place}FirstTokenP50Ms`] = rounded(median((run) => run.firstTokenP50Ms));
  figures[`${place}FirstTokenP99Ms`] = rounded(median((run) => run.firstTokenP99Ms));
}

function placeOf(name: ServerName, modelName: string, parallelCount: number): string {
  return `${name}${capital(modelName)}At${parallelCount}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

await main();
