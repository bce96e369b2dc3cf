import { setTimeout as wait } from 'node:timers/promises';
import { type Fault, isFault } from '@rerig/domain/fault';
import { prefixMarks } from '../routing/prefix-affinity.ts';
import type { Route, RouteRequest } from '../routing/router.ts';
import { completionTokensExpected, contextTokensNeeded, promptTexts } from './asked.ts';
import { clientGone, noReplica } from './refusal.ts';
import type { Run } from './run.ts';

/** How often one request is sent before it is refused. */
const TRIES_MAX = 8;
/** The first pause where no replica may be asked now, in ms, doubled each time up to the longest. */
const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MAX = 1_000;

/**
 * Asks replicas, the one with the least expected wait first, until one begins to answer. One that fails before that,
 * or has no room, is passed over for the next; when all did, they are asked again after a pause with jitter. What a
 * replica refuses as wrong is given back at once. The route of what is given is the caller's to end.
 */
export async function askReplicas<T extends object>(
  run: Run,
  ask: (route: Route) => Promise<T | Fault>,
): Promise<T | Fault> {
  const { gateway, model } = run;
  const { ports, random } = gateway;
  const { caller, signal, priority } = run.ask;
  const deadlineMs = ports.now() + gateway.waits.lookingMs;
  const passedOver = new Set<string>();
  const request = routeRequestOf(run, passedOver);
  let last: Fault = noReplica(model, 'Every replica of it failed lately, and is tried again soon.');
  let pauseMs = PAUSE_MS_FIRST;
  for (let triedCount = 0; triedCount < TRIES_MAX; ) {
    if (signal.aborted) return clientGone();
    const replicas = await ports.replicas(caller, model);
    if (isFault(replicas)) return replicas;
    const route = gateway.router.route(replicas, request, ports.now());
    if (route !== null) {
      triedCount += 1;
      run.noteReplica(route.replica);
      const answer = await ask(route);
      if (!isFault(answer)) return answer;
      if (signal.aborted) return clientGone();
      if (answer.code !== 'replica_failed' && answer.code !== 'replica_busy') return answer;
      last = answer;
      passedOver.add(route.replica.replicaId);
      continue;
    }
    if (ports.now() >= deadlineMs) return last;
    if (gateway.router.isEmpty(replicas)) {
      const refused = await ports.awaitReplica(caller, model, signal, priority);
      if (refused !== null) return refused;
      triedCount += 1;
    } else {
      await pause(pauseMs * (0.5 + random()), signal);
      pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
    }
    passedOver.clear();
  }
  return last;
}

function routeRequestOf(run: Run, passedOver: ReadonlySet<string>): RouteRequest {
  const { asked, caller } = run.ask;
  const texts = promptTexts(asked);
  return {
    door: asked.door,
    constraints: caller.constraints,
    contextTokens: contextTokensNeeded(asked, Number.MAX_SAFE_INTEGER),
    promptLength: texts.reduce((sum, text) => sum + text.length, 0),
    completionTokenCount: completionTokensExpected(asked),
    marks: prefixMarks(`${caller.organisationId} ${run.model}`, texts),
    passedOver,
  };
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(durationMs, undefined, { signal });
  } catch {
    // The client left: the loop sees its signal and ends.
  }
}
