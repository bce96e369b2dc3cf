import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import {
  checkStoredLedger,
  demoCustomerId,
  type Exchange,
  ensureDemoTenants,
  issueApiKey,
  openExchange,
  readRequestReceipt,
} from '@rerig/server/server';
import { FragileReplica } from './fragile-replica.ts';
import { type StreamEnd, type StreamOutcome, streamToItsEnd } from './stream-client.ts';

/** How much is broken, and for how long. */
export interface ChaosPlan {
  readonly replicaCount: number;
  /** Streams that are open at once, always. */
  readonly streamCount: number;
  readonly durationMs: number;
  /** One replica is killed (SIGKILL) this often, in turn, and started again. */
  readonly killEveryMs: number;
  readonly tokensPerStream: number;
}

/** What came of it. */
export interface ChaosReport {
  readonly endCounts: Readonly<Record<StreamEnd, number>>;
  readonly killCount: number;
  readonly restartCount: number;
  readonly tokensDelivered: number;
  readonly tokensCharged: number;
  /** Streams whose meter row differs from what arrived, or is missing. */
  readonly mismatches: readonly string[];
  readonly ledgerErrorCount: number;
  readonly openHoldCount: number;
  readonly unchargedRequestCount: number;
  /** Words of the streams that failed as none may, each once. */
  readonly violations: readonly string[];
}

const MODEL = 'random-tiny';
const CONSOLE_DIST = join(import.meta.dirname, '../../console/dist');
/** Slots for one and a half times the streams: the replicas that are left take those of the one that was killed. */
const SLOTS_PER_STREAM = 1.5;
const SHOWN_MAX = 10;

/** Keeps streams open through the real exchange over real model servers, while these are killed one after another. */
export async function runChaos(plan: ChaosPlan, say: (words: string) => void): Promise<ChaosReport> {
  await using opened = new AsyncDisposableStack();
  const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-chaos-'));
  opened.defer(() => rmSync(dataFolder, { recursive: true, force: true }));
  const exchange = orThrow(await openExchange({ dataFolder, consoleDistFolder: CONSOLE_DIST }));
  opened.defer(() => exchange.close());
  orThrow(await ensureDemoTenants(exchange.database, MODEL));
  const { secret: apiKey } = await issueApiKey(exchange.database, demoCustomerId, 'key-chaos');
  const port = orThrow(await exchange.listen({ port: null, preferredPort: null }));
  const modelPath = join(dataFolder, 'random-tiny.gguf');
  writeRandomModel(modelPath, TINY_RECIPE);
  const replicas = await startReplicas(plan, modelPath, exchange, opened);
  const breaking = breakInTurn(plan, replicas, say);
  const outcomes = await keepStreaming(plan, { port, apiKey });
  const killCount = breaking.finish();
  await exchange.chargeAll();
  const booked = await compareBooks(exchange, outcomes);
  const ledger = orThrow(await checkStoredLedger(dataFolder));
  const broken = outcomes.filter(({ end }) => end === 'failed-before-first-token' || end === 'broken-silently');
  return {
    endCounts: countEnds(outcomes),
    killCount,
    restartCount: replicas.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ...booked,
    ledgerErrorCount: ledger.errors.length,
    openHoldCount: ledger.openHoldCount,
    unchargedRequestCount: ledger.unchargedRequestCount,
    violations: [...new Set(broken.map(({ end, why }) => `${end}: ${why}`))].slice(0, SHOWN_MAX),
  };
}

async function startReplicas(
  plan: ChaosPlan,
  modelPath: string,
  exchange: Exchange,
  opened: AsyncDisposableStack,
): Promise<readonly FragileReplica[]> {
  const agentBootId = randomUUID();
  let sequence = 0;
  const replicas = Array.from({ length: plan.replicaCount }, (_, index) => {
    const start = {
      modelPath,
      modelName: MODEL,
      parallelCount: Math.ceil((plan.streamCount * SLOTS_PER_STREAM) / plan.replicaCount),
      contextTokens: TINY_RECIPE.trainedContextTokens,
      threadCount: 1,
      waitingMax: plan.streamCount,
    };
    return new FragileReplica(`replica-${index + 1}`, start, (news) => {
      sequence += 1;
      const envelope = { eventId: `${agentBootId}-${sequence}`, agentBootId, sequence };
      const occurredAt = new Date().toISOString();
      exchange.applyAgentEvent({
        ...envelope,
        occurredAt,
        kind: 'replica-state',
        cardId: `card-${index + 1}`,
        ...news,
      });
    });
  });
  for (const replica of replicas) {
    opened.defer(() => replica.close());
    await replica.start();
  }
  return replicas;
}

/** Kills one replica after another, until `finish`, which gives how many. */
function breakInTurn(plan: ChaosPlan, replicas: readonly FragileReplica[], say: (words: string) => void) {
  let turn = 0;
  let killCount = 0;
  const timer = setInterval(() => {
    const replica = replicas[turn % replicas.length];
    turn += 1;
    const wasUp = replica?.kill() ?? false;
    if (wasUp) killCount += 1;
    say(`${replica?.replicaId} ${wasUp ? 'is killed' : 'was still down'}: ${killCount} kills`);
  }, plan.killEveryMs);
  return {
    finish: () => {
      clearInterval(timer);
      return killCount;
    },
  };
}

/** Keeps so many streams open until the time is over, then lets them end. */
async function keepStreaming(
  plan: ChaosPlan,
  door: { readonly port: number; readonly apiKey: string },
): Promise<readonly StreamOutcome[]> {
  const outcomes: StreamOutcome[] = [];
  const endsAtMs = performance.now() + plan.durationMs;
  const keepOneOpen = async (index: number) => {
    for (let round = 1; performance.now() < endsAtMs; round += 1) {
      const content = `Customer ${index} asks for the ${round}th time which cards serve an 8B model.`;
      outcomes.push(await streamToItsEnd({ ...door, model: MODEL, content, tokensMax: plan.tokensPerStream }));
    }
  };
  await Promise.all(Array.from({ length: plan.streamCount }, (_, index) => keepOneOpen(index)));
  return outcomes;
}

/** Each stream's meter row beside what its customer counted. */
async function compareBooks(exchange: Exchange, outcomes: readonly StreamOutcome[]) {
  const mismatches: string[] = [];
  let tokensDelivered = 0;
  let tokensCharged = 0;
  for (const { requestId, tokenCount, end } of outcomes) {
    tokensDelivered += tokenCount;
    const receipt = requestId === null ? null : await readRequestReceipt(exchange.database, requestId);
    tokensCharged += receipt?.completionTokens ?? 0;
    if ((receipt?.completionTokens ?? 0) !== tokenCount) {
      mismatches.push(`${requestId}: ${end}, ${tokenCount} delivered, ${receipt?.completionTokens ?? 'none'} charged`);
    }
  }
  return { tokensDelivered, tokensCharged, mismatches };
}

function countEnds(outcomes: readonly StreamOutcome[]): Record<StreamEnd, number> {
  const counts = { completed: 0, 'honest-error': 0, 'failed-before-first-token': 0, 'broken-silently': 0 };
  for (const { end } of outcomes) counts[end] += 1;
  return counts;
}

function orThrow<Value>(value: Value | Fault): Value {
  if (isFault(value)) throw new FaultError(value);
  return value;
}
