import type { ReplicaStateEvent } from '@rerig/api/agent';
import { type ModelServerStart, type RunningModelServer, startModelServer } from '../processes/running-model-server.ts';

/** What is told of a replica, as its agent would tell it. */
export type ReplicaWord = Pick<ReplicaStateEvent, 'replicaId' | 'state'> &
  Partial<Pick<ReplicaStateEvent, 'listen' | 'model' | 'contextTokens' | 'parallelCount'>>;

/** A replica of ours that is started again whenever it ends, and says so, as an agent does. */
export class FragileReplica {
  readonly replicaId: string;
  readonly #start: ModelServerStart;
  readonly #tell: (word: ReplicaWord) => void;
  #server: RunningModelServer | null = null;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;
  #startCount = 0;

  constructor(replicaId: string, start: ModelServerStart, tell: (word: ReplicaWord) => void) {
    this.replicaId = replicaId;
    this.#start = start;
    this.#tell = tell;
  }

  /** How often it was ready again after it had ended. */
  get restartCount(): number {
    return Math.max(0, this.#startCount - 1);
  }

  /** Starts it, and resolves once it is ready and told. */
  start(): Promise<void> {
    this.#starting = this.#startOnce();
    return this.#starting;
  }

  /** Ends its process at once, as a rig without power does; false where it was down already. */
  kill(): boolean {
    if (this.#server === null) return false;
    void this.#server.program.kill();
    return true;
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#starting;
    await this.#server?.program.stop();
  }

  async #startOnce(): Promise<void> {
    const server = await startModelServer(this.#start);
    this.#server = server;
    this.#startCount += 1;
    const { modelName, contextTokens, parallelCount } = this.#start;
    const { replicaId } = this;
    this.#tell({ replicaId, state: 'ready', listen: server.listen, model: modelName, contextTokens, parallelCount });
    void server.program.ended.then(() => this.#afterEnd());
  }

  async #afterEnd(): Promise<void> {
    this.#server = null;
    if (this.#isClosed) return;
    this.#tell({ replicaId: this.replicaId, state: 'lost' });
    await this.start();
  }
}
