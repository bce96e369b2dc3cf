import { type Fault, isFault } from '@rerig/domain/fault';
import type { DemandEntry } from '../demand.ts';
import { gatewayFault } from '../faults.ts';
import { modelNotFound } from '../model-not-found.ts';
import type { Replica } from '../ports.ts';
import { requestIdOf } from '../request-id.ts';
import { boundsOf } from './asked.ts';
import { noReplica } from './refusal.ts';
import { type Ask, type Gateway, Run } from './run.ts';

/** Cold starts that one request waits for, one after another, as a replica may be gone again when it is asked. */
const COLD_STARTS_MAX = 3;

/**
 * Admits a request: the caller's limits, a replica that may serve it (waiting for one to start where there is none),
 * and the money, in this order, so that nothing is held for a request that can't be answered.
 */
export async function beginRun(gateway: Gateway, ask: Ask): Promise<Run | Fault> {
  const { ports, crowd, demand } = gateway;
  const crowded = crowd.enter(ask.caller.organisationId);
  if (crowded !== null) return crowded;
  const beganAtMs = ports.now();
  const entry = demand.enter(ask.asked.request.model, 'queued', beganAtMs);
  let isAdmitted = false;
  try {
    const begun = await admitted(gateway, ask, entry, beganAtMs);
    isAdmitted = !isFault(begun);
    return begun;
  } finally {
    if (!isAdmitted) {
      entry.end(0, ports.now());
      crowd.leave(ask.caller.organisationId);
    }
  }
}

async function admitted(gateway: Gateway, ask: Ask, entry: DemandEntry, beganAtMs: number): Promise<Run | Fault> {
  const { ports, limits } = gateway;
  const { caller, asked, priority } = ask;
  const contextTokens = await servedContextTokens(gateway, ask, entry);
  if (isFault(contextTokens)) return contextTokens;
  const bounds = boundsOf(asked, contextTokens);
  const passage = limits.take(caller, bounds.promptTokens + bounds.completionTokens, ports.now());
  ask.onLimitHeaders?.(passage.headers);
  if ('fault' in passage) return passage.fault;
  const requestId = ask.requestId ?? requestIdOf(asked.door, ports.makeUniqueId());
  const refused = await ports
    .admit(caller, {
      requestId,
      model: asked.request.model,
      bounds,
      priority,
      door: ask.entrance ?? asked.door,
    })
    .catch((error: unknown) => {
      passage.settle(0, ports.now());
      throw error;
    });
  if (refused !== null) {
    passage.settle(0, ports.now());
    return refused;
  }
  return new Run({ gateway, ask, requestId, bounds, passage, entry, beganAtMs });
}

/** The longest context that may serve a request, in tokens, once a replica that may serve it is there. */
async function servedContextTokens(gateway: Gateway, ask: Ask, entry: DemandEntry): Promise<number | Fault> {
  const { ports, router } = gateway;
  const { caller, asked, priority, signal } = ask;
  const { model } = asked.request;
  for (let coldStartCount = 0; ; coldStartCount += 1) {
    const replicas = await ports.replicas(caller, model);
    if (isFault(replicas)) {
      return replicas.code === 'model_not_found' ? modelNotFound(caller, model, ports) : replicas;
    }
    const contextTokens = router.longestContextTokens(replicas, asked.door, caller.constraints);
    if (contextTokens !== null) return contextTokens;
    if (!router.isEmpty(replicas)) return notServed(ask, replicas);
    if (coldStartCount === COLD_STARTS_MAX) return noReplica(model, 'A replica of it started and was gone again.');
    entry.move('waiting');
    const refused = await ports.awaitReplica(caller, model, signal, priority);
    if (refused !== null) return refused;
    entry.move('queued');
  }
}

function notServed({ asked, caller }: Ask, replicas: readonly Replica[]): Fault {
  const { model } = asked.request;
  if (!replicas.some((replica) => !replica.isDraining && replica.doors.includes(asked.door))) {
    return gatewayFault('unsupported_door', {
      what: `"${model}" does not serve ${asked.door}.`,
      why: 'None of its replicas answers such requests.',
      mend: 'Ask for another model; GET /v1/models lists them.',
    });
  }
  const { regions, operatorIds, isolation } = caller.constraints;
  const asks = [
    ...(regions.length > 0 ? [`a region of ${regions.join(', ')}`] : []),
    ...(operatorIds.length > 0 ? [`an operator of ${operatorIds.join(', ')}`] : []),
    `isolation of "${isolation}" or stronger`,
  ];
  return noReplica(model, `No replica of it has ${asks.join(', and ')}, as the organisation demands.`);
}
