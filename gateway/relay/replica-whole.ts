import { type Fault, isFault } from '@rerig/domain/fault';
import type { Dispatcher } from 'undici';
import type { Replica } from '../ports.ts';
import type { Route } from '../routing/router.ts';
import { isRecord } from './chunk.ts';
import { clientGone, refusalOf, replicaFailed } from './refusal.ts';
import { callReplica, isStaleConnection, wordsOf } from './replica-call.ts';
import type { Run } from './run.ts';

/** The longest that a whole answer to batch work may take, in ms, its queue included. */
const BATCH_LIMIT_MS = 3_600_000;
/** The largest whole answer: 2,048 embeddings of 1,024 numbers, as text. */
const WHOLE_BYTES_MAX = 48 * 1024 * 1024;

/** A whole answer of a replica, as it came. */
export interface WholeAnswer {
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Asks a replica for a whole answer; gives what `accept` makes of it, or the fault with which it refused or failed, as
 * one does whose answer is not accepted. Ends the route.
 */
export async function askWhole<T extends object>(
  run: Run,
  route: Route,
  accept: (answer: WholeAnswer) => T | null,
): Promise<T | Fault> {
  const came = await new WholeCall(run, route).answer();
  const answer = isFault(came)
    ? came
    : (accept(came) ?? replicaFailed(route.replica, 'it sent an answer of another shape'));
  const { ports } = run.gateway;
  const isFailure = isFault(answer) && answer.code === 'replica_failed';
  if (run.ask.signal.aborted) route.end({ kind: 'unknown' }, ports.now());
  else if (isFailure) route.end({ kind: 'failed' }, ports.now());
  else route.end({ kind: 'answered', tokensPerSecond: null }, ports.now());
  return answer;
}

class WholeCall implements Dispatcher.DispatchHandler {
  readonly #run: Run;
  readonly #route: Route;
  readonly #answer = Promise.withResolvers<WholeAnswer | Fault>();
  readonly #pieces: Buffer[] = [];
  readonly #limitMs: number;
  readonly #timer: NodeJS.Timeout;
  #byteCount = 0;
  #statusCode = 0;
  #isEnded = false;
  #isRetried = false;
  #controller: Dispatcher.DispatchController | null = null;
  readonly #onAbort = () => this.#stop(clientGone());

  constructor(run: Run, route: Route) {
    this.#run = run;
    this.#route = route;
    const { wholeMs, probeMs } = run.gateway.waits;
    this.#limitMs = route.isProbe ? probeMs : run.ask.priority === 'batch' ? BATCH_LIMIT_MS : wholeMs;
    this.#timer = setTimeout(() => this.#fail(`it did not answer within ${this.#limitMs / 1000} s`), this.#limitMs);
  }

  answer(): Promise<WholeAnswer | Fault> {
    const { signal } = this.#run.ask;
    if (signal.aborted) this.#stop(clientGone());
    else {
      signal.addEventListener('abort', this.#onAbort);
      this.#call();
    }
    return this.#answer.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isEnded) controller.abort(new NotAwaitedError());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number): void {
    this.#statusCode = statusCode;
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#isEnded) return;
    this.#byteCount += bytes.byteLength;
    if (this.#byteCount > WHOLE_BYTES_MAX) {
      this.#fail('its answer has no end');
      return;
    }
    this.#pieces.push(bytes);
  }

  onResponseEnd(): void {
    if (this.#isEnded) return;
    const [first] = this.#pieces;
    const bytes = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
    const text = bytes.toString('utf8');
    const { replica } = this.#route;
    this.#finish(this.#statusCode === 200 ? parseWhole(replica, text) : refusalOf(replica, this.#statusCode, text));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isEnded) return;
    if (this.#statusCode === 0 && !this.#isRetried && isStaleConnection(error)) {
      this.#isRetried = true;
      this.#call();
      return;
    }
    this.#fail(wordsOf(error));
  }

  #call(): void {
    try {
      callReplica(this.#run, this.#route, { isStreamed: false, headersMs: this.#limitMs }, this);
    } catch (error) {
      this.#fail(wordsOf(error));
    }
  }

  #fail(reason: string): void {
    this.#stop(replicaFailed(this.#route.replica, reason));
  }

  #stop(fault: Fault): void {
    if (this.#isEnded) return;
    this.#finish(fault);
    this.#controller?.abort(new NotAwaitedError());
  }

  #finish(answer: WholeAnswer | Fault): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#run.ask.signal.removeEventListener('abort', this.#onAbort);
    this.#answer.resolve(answer);
  }
}

function parseWhole(replica: Replica, text: string): WholeAnswer | Fault {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Not our wire: the fault says so, and the request goes to another.
    return replicaFailed(replica, 'it sent an answer that is not JSON');
  }
  return isRecord(body) ? { body } : replicaFailed(replica, 'it sent an answer that is not an object');
}

/** Says to the HTTP library that the answer is not awaited any more: nobody sees it. */
class NotAwaitedError extends Error {
  constructor() {
    super('the answer is not awaited any more');
    this.name = 'NotAwaitedError';
  }
}
