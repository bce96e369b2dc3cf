import { InvariantError } from '@rerig/domain/fault';
import { type Constraints, prefixMarks, type Replica, type Route, Router } from '@rerig/gateway/gateway';
import { aimOf, medianOf, printReport, rounded } from './report.ts';
import { madeUpReplicas, seededRandom } from './routing/made-up-replicas.ts';

const RUNS = 5;
const REPLICA_COUNT = 10_000;
const MODEL_COUNT = 50;
const DECISION_COUNT = 300_000;
/** Requests that are under way at once. */
const RUNNING_COUNT = 5000;
/** Conversations that go on: each is asked again and again, so that its cache counts. */
const CONVERSATION_COUNT = 20_000;
const FAILED_SHARE = 0.01;

const anywhere: Constraints = { regions: [], operatorIds: [], isolation: 'process' };
const constraintsOf: readonly Constraints[] = [
  anywhere,
  anywhere,
  { regions: ['eu-north', 'eu-central'], operatorIds: [], isolation: 'process' },
  { regions: [], operatorIds: [], isolation: 'container' },
];

/** Decisions per second of the gateway's router over 10,000 replicas of 50 models, ends of requests included. */
function main(): void {
  const bare: number[] = [];
  const withMarks: number[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const bareRate = decisionsPerSecond(run, false);
    const markedRate = decisionsPerSecond(run, true);
    // The first run warms up.
    if (run === 0) continue;
    bare.push(bareRate);
    withMarks.push(markedRate);
    process.stderr.write(
      `  ${run}/${RUNS}: ${bareRate.toFixed(0)}/s, ${markedRate.toFixed(0)}/s with hashing of prompts\n`,
    );
  }
  const decisions = rounded(medianOf(bare), 0);
  printReport({
    bench: 'routing',
    figures: {
      decisionsPerSecond: decisions,
      decisionsWithPromptHashingPerSecond: rounded(medianOf(withMarks), 0),
      replicaCount: REPLICA_COUNT,
      modelCount: MODEL_COUNT,
    },
    aims: [aimOf('decisionsPerSecond', decisions, 100_000, 'higher')],
    peers: {},
    runs: RUNS,
  });
}

/** One run: choose a replica for each request, end one for each, some of them failed. `isHashing`: prompts are hashed in it. */
function decisionsPerSecond(run: number, isHashing: boolean): number {
  const random = seededRandom(run + 1);
  const byModel = madeUpReplicas(REPLICA_COUNT, MODEL_COUNT, random);
  const prompts = Array.from({ length: CONVERSATION_COUNT }, (_, index) => [
    `You are the assistant of farm ${index % 200}. Answer in one sentence, and name the card.`.repeat(3),
    `Question ${index}: which of my cards serve an 8B model, and what do they cost a day?`,
  ]);
  const marksOf = prompts.map((texts, index) => prefixMarks(`model-${index % MODEL_COUNT}`, texts));
  const router = new Router({ random, onHealth: () => undefined });
  const running: Route[] = [];
  const startedAtMs = performance.now();
  for (let decision = 0; decision < DECISION_COUNT; decision += 1) {
    const conversation = Math.floor(random() * CONVERSATION_COUNT);
    const model = conversation % MODEL_COUNT;
    const nowMs = performance.now();
    const marks = isHashing ? prefixMarks(`model-${model}`, prompts[conversation] ?? []) : marksOf[conversation];
    const route = router.route(
      replicasOf(byModel, model),
      {
        door: 'chat',
        constraints: constraintsOf[decision % constraintsOf.length] ?? anywhere,
        contextTokens: 500 + Math.floor(random() * 3000),
        promptLength: 400,
        completionTokenCount: 200,
        marks: marks ?? [],
        passedOver: new Set(),
      },
      nowMs,
    );
    if (route === null)
      throw new InvariantError(`no replica of model ${model} is chosen among ${REPLICA_COUNT / MODEL_COUNT}`);
    endOne(running, route, random, nowMs);
  }
  return DECISION_COUNT / ((performance.now() - startedAtMs) / 1000);
}

/** Puts a request among those under way; where they are many, one of them ends. */
function endOne(running: Route[], route: Route, random: () => number, nowMs: number): void {
  if (running.length < RUNNING_COUNT) {
    running.push(route);
    return;
  }
  const at = Math.floor(random() * RUNNING_COUNT);
  const isFailed = random() < FAILED_SHARE;
  running[at]?.end(isFailed ? { kind: 'failed' } : { kind: 'answered', tokensPerSecond: 20 + random() * 60 }, nowMs);
  running[at] = route;
}

function replicasOf(byModel: readonly (readonly Replica[])[], model: number): readonly Replica[] {
  return byModel[model] ?? [];
}

main();
