/** Over how long the tokens of late are averaged, in ms. */
const LATELY_MS = 60_000;
/** Models whose demand is remembered; past it, those that nobody asks for are forgotten. */
const MODELS_MAX = 10_000;

/** What is asked of a model now. */
export interface ModelDemand {
  /** Requests that wait for a replica to start. */
  readonly waitingCount: number;
  /** Requests that were sent to a replica and have no first token yet. */
  readonly queuedCount: number;
  /** Requests that are being answered. */
  readonly answeringCount: number;
  /** How long the oldest of those that wait or are queued has waited, in ms; 0 where none does. */
  readonly oldestWaitMs: number;
  /** Tokens of answers over the last minute. */
  readonly tokensPerSecond: number;
}

/** Where a request stands, as far as demand goes. */
export type DemandStage = 'waiting' | 'queued' | 'answering';

/** One request in the count. */
export class DemandEntry {
  readonly #model: DemandOfModel;
  readonly #sinceMs: number;
  #stage: DemandStage | 'ended';

  constructor(model: DemandOfModel, stage: DemandStage, nowMs: number) {
    this.#model = model;
    this.#sinceMs = nowMs;
    this.#stage = stage;
    model.enter(this, stage);
  }

  /** When it came, on the gateway's clock. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Moves it on. */
  move(stage: DemandStage): void {
    if (this.#stage === 'ended' || this.#stage === stage) return;
    this.#model.leave(this, this.#stage);
    this.#stage = stage;
    this.#model.enter(this, stage);
  }

  /** Takes it out, once or more, with the tokens that it was answered by. */
  end(completionTokenCount: number, nowMs: number): void {
    if (this.#stage === 'ended') return;
    this.#model.leave(this, this.#stage);
    this.#stage = 'ended';
    this.#model.noteTokens(completionTokenCount, nowMs);
  }
}

class DemandOfModel {
  readonly #stages = {
    waiting: new Set<DemandEntry>(),
    queued: new Set<DemandEntry>(),
    answering: new Set<DemandEntry>(),
  };
  #lateTokenCount = 0;
  #atMs = 0;

  enter(entry: DemandEntry, stage: DemandStage): void {
    this.#stages[stage].add(entry);
  }

  leave(entry: DemandEntry, stage: DemandStage): void {
    this.#stages[stage].delete(entry);
  }

  noteTokens(completionTokenCount: number, nowMs: number): void {
    this.#lateTokenCount = this.#faded(nowMs) + completionTokenCount;
    this.#atMs = nowMs;
  }

  get isIdle(): boolean {
    const { waiting, queued, answering } = this.#stages;
    return waiting.size + queued.size + answering.size === 0;
  }

  view(nowMs: number): ModelDemand {
    const { waiting, queued, answering } = this.#stages;
    return {
      waitingCount: waiting.size,
      queuedCount: queued.size,
      answeringCount: answering.size,
      oldestWaitMs: Math.max(waitedMs(waiting, nowMs), waitedMs(queued, nowMs)),
      tokensPerSecond: (this.#faded(nowMs) / LATELY_MS) * 1000,
    };
  }

  /** Tokens fade evenly out of the average, by e in the time that it covers: no list of them is kept. */
  #faded(nowMs: number): number {
    return this.#lateTokenCount * Math.exp(-Math.max(0, nowMs - this.#atMs) / LATELY_MS);
  }
}

/** What is asked of each model: counted as requests come and go, so that a look at it costs nothing to them. */
export class Demand {
  readonly #models = new Map<string, DemandOfModel>();

  /** Counts a request. */
  enter(model: string, stage: DemandStage, nowMs: number): DemandEntry {
    let demand = this.#models.get(model);
    if (demand === undefined) {
      if (this.#models.size >= MODELS_MAX) this.#forgetIdle();
      demand = new DemandOfModel();
      this.#models.set(model, demand);
    }
    return new DemandEntry(demand, stage, nowMs);
  }

  /** By model, as it stands. Models that nobody asked for are not in it. */
  view(nowMs: number): ReadonlyMap<string, ModelDemand> {
    return new Map([...this.#models].map(([model, demand]) => [model, demand.view(nowMs)]));
  }

  #forgetIdle(): void {
    for (const [model, demand] of this.#models) if (demand.isIdle) this.#models.delete(model);
  }
}

/** A set keeps the order in which things came: the first is the oldest of its stage, near enough. */
function waitedMs(entries: ReadonlySet<DemandEntry>, nowMs: number): number {
  const oldest = entries.values().next();
  return oldest.done === true ? 0 : nowMs - oldest.value.sinceMs;
}
