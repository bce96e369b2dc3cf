import type { PlacementDemand, PlacementModel, PlacementSnapshot } from './snapshot.ts';

/** A replica that a model should have more, and what may be taken for it. */
export interface Want {
  readonly model: PlacementModel;
  /** Whether an idle replica of another model may be ended for it. */
  readonly mayEvict: boolean;
  readonly oldestWaitMs: number;
  readonly why: string;
}

/** A queue that a burst leaves for a moment is no reason to start a replica. */
const PRESSED_MS_MIN = 5000;

/** What is wanted, the most urgent first: live requests that wait, then what must run, then scaling out, then batches. */
export function wantsOf(snapshot: PlacementSnapshot): readonly Want[] {
  return snapshot.models
    .flatMap((model) => {
      const want = wantOf(model, snapshot);
      return want === null ? [] : [want];
    })
    .toSorted((one, other) => one.rank - other.rank || other.oldestWaitMs - one.oldestWaitMs);
}

function wantOf(model: PlacementModel, { replicas, demands }: PlacementSnapshot) {
  const own = replicas.filter((replica) => replica.model === model.model && replica.state !== 'draining');
  if (own.some(({ state }) => state === 'starting') || own.length >= model.replicasMax) return null;
  const demand = demands.find((each) => each.model === model.model);
  const { oldestWaitMs = 0 } = demand ?? {};
  const reason = reasonOf(model, own.length, demand);
  return reason === null ? null : { model, oldestWaitMs, ...reason };
}

function reasonOf(model: PlacementModel, ownCount: number, demand: PlacementDemand | undefined) {
  const { waitingCount = 0, batchWaitingCount = 0, pressedForMs = 0 } = demand ?? {};
  if (ownCount === 0 && waitingCount > 0) {
    return {
      rank: 0,
      mayEvict: true,
      why: `${countText(waitingCount, 'live request waits', 'live requests wait')} for it and no replica is there`,
    };
  }
  if (ownCount < model.replicasMin) {
    return { rank: 1, mayEvict: false, why: `${ownCount} of at least ${model.replicasMin} replicas are there` };
  }
  if (ownCount > 0 && pressedForMs >= PRESSED_MS_MIN) {
    const seconds = Math.round(pressedForMs / 1000);
    return {
      rank: 2,
      mayEvict: false,
      why: `requests have queued for its ${countText(ownCount, 'replica', 'replicas')} for ${seconds} s`,
    };
  }
  if (ownCount === 0 && batchWaitingCount > 0) {
    return {
      rank: 3,
      mayEvict: false,
      why: `${countText(batchWaitingCount, 'batch request waits', 'batch requests wait')} and a card is idle`,
    };
  }
  return null;
}

function countText(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
