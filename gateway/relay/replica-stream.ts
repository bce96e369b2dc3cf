import type { Fault } from '@rerig/domain/fault';
import type { Dispatcher } from 'undici';
import type { Route } from '../routing/router.ts';
import { type Chunk, isBadChunk, parseChunk } from './chunk.ts';
import { EventStreamReader } from './event-stream.ts';
import { clientGone, refusalOf, replicaFailed } from './refusal.ts';
import { callReplica, isStaleConnection, wordsOf } from './replica-call.ts';
import type { Run } from './run.ts';
import { beginsAnswer } from './usage-count.ts';

/** Until the first token of batch work, its queue included, in ms. */
const BATCH_FIRST_TOKEN_LIMIT_MS = 600_000;
/** The longest that one answer may take, in ms: a million tokens at 280 a second. */
const ANSWER_LIMIT_MS = 3_600_000;
/** Bytes of a stream that wait for a slow reader; past it, the replica's connection is not read on. */
const PENDING_BYTES_MAX = 256 * 1024;
/** How much of a refusal's body is read. */
const REFUSAL_BYTES_MAX = 64 * 1024;

/**
 * One streamed answer of a replica. It begins with its first token: until then it may still be refused, and the request
 * sent elsewhere. What is not read in time waits up to a bound, and then the replica's connection is paused.
 */
export class ReplicaStream implements Dispatcher.DispatchHandler {
  readonly route: Route;
  readonly #run: Run;
  readonly #reader = new EventStreamReader();
  readonly #begun = Promise.withResolvers<Fault | null>();
  #hasBegun = false;
  #isEnded = false;
  #broken: string | null = null;
  #statusCode = 0;
  #refusalText = '';
  #pending: Chunk[] = [];
  #pendingBytes = 0;
  #wake: (() => void) | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #timer: NodeJS.Timeout;
  #hasAnyByte = false;
  readonly #firstTokenLimitMs: number;
  #isRetried = false;
  readonly #onAbort = () => this.#end(null);

  private constructor(run: Run, route: Route) {
    this.#run = run;
    this.route = route;
    this.#firstTokenLimitMs = route.isProbe
      ? run.gateway.waits.probeMs
      : run.ask.priority === 'batch'
        ? BATCH_FIRST_TOKEN_LIMIT_MS
        : run.gateway.waits.firstTokenMs;
    const limitMs = this.#firstTokenLimitMs;
    this.#timer = setTimeout(() => this.#end(`it sent no token within ${limitMs / 1000} s`), limitMs);
    run.ask.signal.addEventListener('abort', this.#onAbort);
  }

  /** Asks a replica; gives the stream at its first token, or the fault with which it refused or failed before. */
  static async open(run: Run, route: Route): Promise<ReplicaStream | Fault> {
    const stream = new ReplicaStream(run, route);
    stream.#call();
    const fault = await stream.#begun.promise;
    if (fault === null) return stream;
    // A full queue, or a wrong request, is the answer of a replica in order.
    const isFailure = fault.code === 'replica_failed';
    const kind = isFailure ? 'failed' : 'unknown';
    const now = run.gateway.ports.now();
    route.end(isFailure || run.ask.signal.aborted ? { kind } : { kind: 'answered', tokensPerSecond: null }, now);
    return fault;
  }

  /** Why it ended before its end, in words that continue "its model server failed: …"; null where it did not. */
  get broken(): string | null {
    return this.#broken;
  }

  /** All chunks that have come since the last call, one or more, waiting for them; null once the stream has ended. */
  async read(): Promise<readonly Chunk[] | null> {
    while (this.#pending.length === 0) {
      if (this.#isEnded) return null;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const chunks = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#controller?.paused === true && !this.#isEnded) this.#controller.resume();
    return chunks;
  }

  /** Ends it, whether its end was reached or not: the replica stops where it was not. */
  close(): void {
    this.#end(null);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isEnded) controller.abort(new StoppedError());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number): void {
    this.#statusCode = statusCode;
    this.#hasAnyByte = true;
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    // What comes after its end is none of ours: the connection is given up.
    if (this.#isEnded) {
      controller.abort(new StoppedError());
      return;
    }
    if (this.#statusCode !== 200) {
      this.#refusalText += bytes.toString('latin1');
      if (this.#refusalText.length <= REFUSAL_BYTES_MAX) return;
      this.#resolveRefusal();
      this.#end(null);
      return;
    }
    const { data, isTooLong } = this.#reader.read(bytes);
    for (const text of data) if (!this.#take(text)) return;
    if (isTooLong) {
      this.#end('it sent an event without end');
      return;
    }
    this.#pendingBytes += bytes.byteLength;
    if (this.#pending.length > 0) {
      this.#wakeReader();
      if (this.#pendingBytes > PENDING_BYTES_MAX) controller.pause();
    }
  }

  onResponseEnd(): void {
    if (this.#isEnded) return;
    if (this.#statusCode !== 200) this.#resolveRefusal();
    this.#finish('it ended before its answer was whole');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isEnded) return;
    if (!this.#hasAnyByte && !this.#isRetried && isStaleConnection(error)) {
      this.#isRetried = true;
      this.#call();
      return;
    }
    this.#end(wordsOf(error));
  }

  #call(): void {
    try {
      callReplica(this.#run, this.route, { isStreamed: true, headersMs: this.#firstTokenLimitMs }, this);
    } catch (error) {
      this.#end(wordsOf(error));
    }
  }

  /** Takes one event; false where it ended the stream. */
  #take(text: string): boolean {
    if (text === '[DONE]') {
      this.#begin();
      // The connection is kept: what is left to come is the end of the response.
      this.#finish(null);
      if (this.#controller?.paused === true) this.#controller.resume();
      return false;
    }
    const chunk = parseChunk(text);
    if (isBadChunk(chunk)) {
      this.#end(chunk.reason);
      return false;
    }
    this.#pending.push(chunk);
    if (!this.#hasBegun && beginsAnswer(chunk, this.route.replica.kind)) this.#begin();
    return true;
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end('it took longer than an answer may'), ANSWER_LIMIT_MS);
    this.#run.noteFirstToken();
    this.#begun.resolve(null);
  }

  #resolveRefusal(): void {
    const text = Buffer.from(this.#refusalText, 'latin1').toString('utf8');
    this.#begun.resolve(refusalOf(this.route.replica, this.#statusCode, text));
  }

  #end(broken: string | null): void {
    if (this.#isEnded) return;
    this.#finish(broken);
    this.#controller?.abort(new StoppedError());
  }

  #finish(broken: string | null): void {
    this.#isEnded = true;
    this.#broken = broken;
    clearTimeout(this.#timer);
    this.#run.ask.signal.removeEventListener('abort', this.#onAbort);
    if (!this.#hasBegun)
      this.#begun.resolve(broken === null ? clientGone() : replicaFailed(this.route.replica, broken));
    this.#wakeReader();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

/** Says to the HTTP library that we stopped reading: nobody sees it. */
class StoppedError extends Error {
  constructor() {
    super('the answer is not read on');
    this.name = 'StoppedError';
  }
}
