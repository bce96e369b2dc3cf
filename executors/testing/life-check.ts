import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import { holdsCards, isFinal } from '@rerig/domain/workloads';
import type { Executor, Workload, WorkloadSpec } from '../port.ts';
import type { Fact, WholeLife } from './whole-life.ts';

/** A run of a workload that has a process now. */
export interface LivingRun {
  readonly workloadId: string;
  /** Of each rank, and of each start of it, another. */
  readonly runId: string;
}

/** What is left of lives of executors over one folder, and what is known of it without asking an executor. */
export interface KilledLife {
  readonly life: WholeLife;
  /** What callers were told. */
  facts(): readonly Fact[];
  open(): Promise<Executor>;
  /** A job on one card, this one where the executor can choose, which runs until it is stopped. */
  jobOn(workloadId: string, cardId: string): WorkloadSpec;
  /** What runs of workloads, asked of the kernel. */
  runs(): readonly LivingRun[];
  /** All that runs, or waits to, workloads and what stands beside them, in words. */
  left(): Promise<readonly string[]>;
  /** Cards that two have held at once, as those said themselves. */
  violations(): readonly string[];
}

/** Until what is said and what runs are the same. */
const SETTLE_MS_MAX = 30_000;
const LOOK_MS = 20;
/** What stands beside a run has a moment to end after it. */
const LEFT_MS_MAX = 5000;

/**
 * Opens an executor over what a killed one has left, and gives everything that is not as it has to be: what callers were
 * told, what the executor says and what the kernel knows must agree, and all can be stopped and started again.
 */
export async function checkLife(life: KilledLife): Promise<readonly string[]> {
  const facts = life.facts();
  const told = lastTold(facts);
  const runsBefore = new Map(life.runs().map(({ workloadId, runId }) => [workloadId, runId]));
  const executor = await life.open();
  const problems: string[] = [];
  const problem = (text: string) => problems.push(text);
  const find = async (workloadId: string) =>
    (await executor.list()).find((workload) => workload.workloadId === workloadId);

  if (!(await settles(life, executor))) problem(`said is not what runs: ${await differences(life, executor)}`);
  for (const before of told.values()) {
    const after = await find(before.workloadId);
    problems.push(...contradictions(before, after, runsBefore.get(before.workloadId), runsOf(life, before.workloadId)));
  }
  for (const spec of unanswered(facts, life, told)) {
    const again = await executor.start(spec);
    if (isFault(again) && again.code !== 'workload-exists') problem(`${spec.workloadId} again: ${again.why}`);
  }
  if (!(await settles(life, executor)))
    problem(`asked again, said is not what runs: ${await differences(life, executor)}`);
  problems.push(...(await endAll(life, executor)), ...(await useEachCard(life, executor)), ...life.violations());
  await executor.close();
  return problems;
}

/** What each workload was when somebody was told of it last. */
function lastTold(facts: readonly Fact[]): ReadonlyMap<string, Workload> {
  const told = facts.flatMap((fact) => ('workload' in fact ? [fact.workload] : []));
  return new Map(told.map((workload) => [workload.workloadId, workload]));
}

/** What was asked for, and neither answered nor told of. */
function unanswered(
  facts: readonly Fact[],
  { life: { specs } }: KilledLife,
  told: ReadonlyMap<string, Workload>,
): readonly WorkloadSpec[] {
  const asked = new Set(facts.flatMap((fact) => (fact.kind === 'asked' ? [fact.workloadId] : [])));
  return Object.values(specs).filter(({ workloadId }) => asked.has(workloadId) && !told.has(workloadId));
}

/** What is said now, and can't follow on what was said before. */
function contradictions(
  before: Workload,
  after: Workload | undefined,
  runBefore: string | undefined,
  runsAfter: readonly string[],
): readonly string[] {
  const { workloadId, state } = before;
  if (after === undefined) return [`${workloadId} was told to be ${state}, and is not listed`];
  const was = `${workloadId} was told to be ${state}, and is ${after.state} (${after.fault?.why})`;
  if (isFinal(state)) return after.state === state && after.exitCode === before.exitCode ? [] : [was];
  if (state === 'stopping') return after.state === 'stopped' ? [] : [was];
  // What ends with its executor.
  if (workloadId === 'serves') return ['stopped', 'failed'].includes(after.state) ? [] : [was];
  // Its own is 3; 1 is Slurm's, for a run that it could not launch.
  if (workloadId === 'short') return after.state === 'failed' && [1, 3].includes(after.exitCode ?? 0) ? [] : [was];
  if (['starting', 'failed', 'stopped', 'stopping', 'lost'].includes(after.state)) return [was];
  const isSameRun = runBefore === undefined || runsAfter.length === 0 || runsAfter.includes(runBefore);
  return state === 'running' && workloadId !== 'keeps' && !isSameRun ? [`${workloadId} runs anew`] : [];
}

function runsOf(life: KilledLife, workloadId: string): readonly string[] {
  const own = life.runs().filter((each) => each.workloadId === workloadId);
  return [...new Set(own.map(({ runId }) => runId))];
}

/** Waits until nothing is under way, and what is said is what runs; false where it never is. */
async function settles(life: KilledLife, executor: Executor): Promise<boolean> {
  const endAtMs = performance.now() + SETTLE_MS_MAX;
  while (performance.now() < endAtMs) {
    const workloads = await executor.list();
    const isStill = workloads.every(
      ({ workloadId, kind, state }) =>
        state !== 'stopping' &&
        (state !== 'starting' || kind === 'replica') &&
        (workloadId !== 'short' || isFinal(state)),
    );
    const isTaken = (cardIds: readonly string[]) => cardIds.length > 0;
    const waiting = workloads.filter(({ state }) => state === 'queued' || state === 'preempted');
    const isServed = waiting.every(() => workloads.some(({ cardIds }) => isTaken(cardIds)));
    if (isStill && isServed && isTrue(life, workloads)) return true;
    await wait(LOOK_MS);
  }
  return false;
}

/** Whether what is said of each is what runs: as many runs as it has ranks, or none. */
function isTrue(life: KilledLife, workloads: readonly Workload[]): boolean {
  return workloads.every(({ workloadId, state, places }) => {
    return runsOf(life, workloadId).length === (holdsCards(state) ? places.length : 0);
  });
}

async function differences(life: KilledLife, executor: Executor): Promise<string> {
  const workloads = (await executor.list()).map(({ workloadId, state, fault }) => [workloadId, state, fault?.why]);
  return JSON.stringify({ workloads, runs: life.runs() });
}

/** Ends all; what is left, is a problem. */
async function endAll(life: KilledLife, executor: Executor): Promise<readonly string[]> {
  const ends = await Promise.all((await executor.list()).map(({ workloadId }) => executor.stop(workloadId)));
  const unended = ends.filter((end) => isFault(end) || !isFinal(end.state) || holdsCards(end.state));
  const endAtMs = performance.now() + LEFT_MS_MAX;
  while ((await life.left()).length > 0 && performance.now() < endAtMs) await wait(LOOK_MS);
  const held = (await executor.cards()).filter(({ workloadId }) => workloadId !== null);
  return [
    ...unended.map((end) => `not ended: ${JSON.stringify(end)}`),
    ...held.map(({ cardId, workloadId }) => `${cardId} is still held by ${workloadId}`),
    ...(await life.left()).map((each) => `still there: ${each}`),
  ];
}

/** Starts work on each card, and stops it. */
async function useEachCard(life: KilledLife, executor: Executor): Promise<readonly string[]> {
  const problems: string[] = [];
  await executor.resume(life.life.drained);
  const cards = await executor.cards();
  for (const [index, { cardId }] of cards.entries()) {
    const started = await executor.start({ ...life.jobOn(`new-${index}`, cardId), whenBusy: 'refuse' });
    if (isFault(started)) problems.push(`${cardId} can't be used: ${started.why}`);
  }
  if (!(await settles(life, executor))) problems.push(`new ones: ${await differences(life, executor)}`);
  if ((await executor.cards()).some(({ workloadId }) => workloadId === null)) problems.push('a card stays free');
  return [...problems, ...(await endAll(life, executor))];
}
