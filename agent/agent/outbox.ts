import type { AgentEvent, ReplicaStateEvent, RigProbedEvent } from '@rerig/api/agent';
import { FaultError } from '@rerig/domain/fault';
import type { AgentClock, ServerLink } from './agent-options.ts';

type Envelope = 'eventId' | 'agentBootId' | 'sequence' | 'occurredAt';

/** What happened, without the envelope that the outbox puts around it. */
export type News = Omit<RigProbedEvent, Envelope> | Omit<ReplicaStateEvent, Envelope>;

/** A delivery that takes longer is tried again: the exchange applies the second as nothing. */
const DELIVER_MS_MAX = 30_000;
const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 30_000;
/** Past it, what a later event of the same subject has made void is dropped. */
export const WAITING_MAX = 1000;

/** Keeps events until the exchange has them: in order, one at a time, again and again until it takes them. */
export class Outbox {
  readonly #server: ServerLink;
  readonly #clock: AgentClock;
  readonly #agentBootId: string;
  readonly #waiting: AgentEvent[] = [];
  readonly #emptied = new Set<() => void>();
  #sequence = 0;
  #isDelivering = false;
  #isClosed = false;
  #problem: string | null = null;
  #cancelWait: (() => void) | undefined;

  constructor(server: ServerLink, clock: AgentClock, agentBootId: string) {
    this.#server = server;
    this.#clock = clock;
    this.#agentBootId = agentBootId;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Why the last try failed; null where it did not. */
  get problem(): string | null {
    return this.#problem;
  }

  add(news: News): void {
    this.#sequence += 1;
    const envelope = {
      eventId: `${this.#agentBootId}-${this.#sequence}`,
      agentBootId: this.#agentBootId,
      sequence: this.#sequence,
      occurredAt: new Date(this.#clock.nowMs()).toISOString(),
    };
    this.#waiting.push({ ...envelope, ...news });
    if (this.#waiting.length > WAITING_MAX) this.#dropVoid();
    void this.#deliver();
  }

  /** Resolves `true` once nothing waits, `false` after `limitMs`. */
  async drained(limitMs: number): Promise<boolean> {
    if (this.#waiting.length === 0) return true;
    const drained = Promise.withResolvers<boolean>();
    const succeed = () => drained.resolve(true);
    this.#emptied.add(succeed);
    const cancel = this.#clock.after(limitMs, () => drained.resolve(false));
    const isDrained = await drained.promise;
    this.#emptied.delete(succeed);
    cancel();
    return isDrained;
  }

  /** Delivers nothing more; what waits is forgotten. */
  close(): void {
    this.#isClosed = true;
    this.#cancelWait?.();
  }

  async #deliver(): Promise<void> {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    let waitMs = FIRST_WAIT_MS;
    for (let event = this.#waiting[0]; event !== undefined && !this.#isClosed; event = this.#waiting[0]) {
      this.#problem = await this.#tryOnce(event);
      if (this.#problem === null) {
        this.#waiting.shift();
        waitMs = FIRST_WAIT_MS;
      } else {
        await this.#wait(waitMs);
        waitMs = Math.min(WAIT_MS_MAX, waitMs * 2);
      }
    }
    this.#isDelivering = false;
    if (this.#waiting.length === 0) for (const tell of this.#emptied) tell();
  }

  /** Null once the exchange has the event; otherwise why not. */
  async #tryOnce(event: AgentEvent): Promise<string | null> {
    const limit = Promise.withResolvers<string>();
    const cancel = this.#clock.after(DELIVER_MS_MAX, () => limit.resolve(`no answer within ${DELIVER_MS_MAX} ms`));
    const problem = await Promise.race([this.#problemOf(event), limit.promise]);
    cancel();
    return problem;
  }

  async #problemOf(event: AgentEvent): Promise<string | null> {
    try {
      await this.#server.deliver(event);
      return null;
    } catch (error) {
      if (error instanceof FaultError) return `${error.fault.what} ${error.fault.why}`;
      return error instanceof Error ? error.message : String(error);
    }
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve();
      const cancel = this.#clock.after(waitMs, resolve);
      this.#cancelWait = () => {
        cancel();
        resolve();
      };
    });
  }

  /** The first is under way and stays; of the rest, only the newest of each subject says anything. */
  #dropVoid(): void {
    const [first, ...rest] = this.#waiting;
    const newest = new Map(rest.map((event) => [subjectOf(event), event]));
    const kept = rest.filter((event) => newest.get(subjectOf(event)) === event);
    this.#waiting.splice(0, this.#waiting.length, ...(first === undefined ? [] : [first]), ...kept);
  }
}

function subjectOf(event: AgentEvent): string {
  return event.kind === 'rig-probed' ? `rig ${event.rig.rigId}` : `replica ${event.replicaId}`;
}
