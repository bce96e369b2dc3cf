import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';

/** What a load generator sends, over and over. */
export interface LoadPlan {
  readonly port: number;
  /** Path and headers of each request; the host and the body's length are added. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Requests under way at once, each on a connection of its own. */
  readonly parallelCount: number;
  /** Whole answers after which it ends; those under way are finished. Or null, and `durationMs` ends it. */
  readonly answersMax: number | null;
  readonly durationMs: number;
}

/** Of many durations. */
export interface Quantiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What came back. */
export interface LoadResult {
  readonly answerCount: number;
  /** Answers that were no 200, and connections that broke. */
  readonly failedCount: number;
  /** Server-sent events in the bodies. */
  readonly eventCount: number;
  readonly bodyBytes: number;
  readonly elapsedMs: number;
  /** From the request's first byte to the answer's last, of whole answers. */
  readonly latency: Quantiles;
  /** From the request's first byte to the first byte of the answer's body. */
  readonly firstByte: Quantiles;
  /** The first body that was no success, for the reader of a failure. */
  readonly firstFailure: string | null;
}

const EVENT_MARK = 'data: ';
const FAILURE_TEXT_MAX = 500;

/** Keeps `parallelCount` requests under way until the plan ends, and measures each. */
export async function runClosedLoop(plan: LoadPlan): Promise<LoadResult> {
  const loop = new ClosedLoop(plan);
  return loop.run();
}

/** The middle and the 99th hundredth of durations in ms; 0 of none. */
export function quantilesOf(durationsMs: readonly number[]): Quantiles {
  const sorted = durationsMs.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

class ClosedLoop {
  readonly #plan: LoadPlan;
  readonly #request: Buffer;
  readonly #latenciesMs: number[] = [];
  readonly #firstBytesMs: number[] = [];
  #failedCount = 0;
  #eventCount = 0;
  #bodyBytes = 0;
  #begunCount = 0;
  #endsAtMs = 0;
  #firstFailure: string | null = null;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    const body = Buffer.from(plan.body);
    const headers = { host: `127.0.0.1:${plan.port}`, ...plan.headers, 'content-length': String(body.length) };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#request = Buffer.concat([Buffer.from(`POST ${plan.path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
  }

  async run(): Promise<LoadResult> {
    const startedAtMs = performance.now();
    this.#endsAtMs = startedAtMs + this.#plan.durationMs;
    await Promise.all(Array.from({ length: this.#plan.parallelCount }, () => this.#keepAsking()));
    return {
      answerCount: this.#latenciesMs.length,
      failedCount: this.#failedCount,
      eventCount: this.#eventCount,
      bodyBytes: this.#bodyBytes,
      elapsedMs: performance.now() - startedAtMs,
      latency: quantilesOf(this.#latenciesMs),
      firstByte: quantilesOf(this.#firstBytesMs),
      firstFailure: this.#firstFailure,
    };
  }

  #mayBegin(): boolean {
    const { answersMax } = this.#plan;
    if (answersMax === null ? performance.now() >= this.#endsAtMs : this.#begunCount >= answersMax) return false;
    this.#begunCount += 1;
    return true;
  }

  async #keepAsking(): Promise<void> {
    let mayGoOn = this.#mayBegin();
    while (mayGoOn) {
      const socket = connect({ host: '127.0.0.1', port: this.#plan.port, noDelay: true });
      mayGoOn = await this.#useConnection(socket);
      socket.destroy();
    }
  }

  /** Asks on one connection for as long as it lasts. Gives whether a request is still to be begun. */
  #useConnection(socket: Socket): Promise<boolean> {
    const concluded = Promise.withResolvers<boolean>();
    let sentAtMs = 0;
    let isFirst = true;
    let lastPart = '';
    const send = () => {
      sentAtMs = performance.now();
      isFirst = true;
      lastPart = '';
      socket.write(this.#request);
    };
    const reader = new AnswerReader({
      onBody: (part) => {
        if (isFirst) {
          this.#firstBytesMs.push(performance.now() - sentAtMs);
          lastPart = part.toString('latin1', 0, FAILURE_TEXT_MAX);
        }
        isFirst = false;
        this.#bodyBytes += part.length;
        for (let at = part.indexOf(EVENT_MARK); at >= 0; at = part.indexOf(EVENT_MARK, at + EVENT_MARK.length)) {
          this.#eventCount += 1;
        }
      },
      onEnd: (statusCode, keepsAlive) => {
        if (statusCode === 200) this.#latenciesMs.push(performance.now() - sentAtMs);
        else this.#fail(`${statusCode} ${lastPart}`);
        if (!this.#mayBegin()) concluded.resolve(false);
        else if (keepsAlive) send();
        else concluded.resolve(true);
      },
    });
    socket.on('data', (bytes) => reader.push(bytes));
    const broke = (reason: string) => {
      this.#fail(reason);
      concluded.resolve(this.#mayBegin());
    };
    socket.once('error', (error) => broke(error.message));
    socket.once('end', () => broke('the server closed the connection'));
    send();
    return concluded.promise;
  }

  #fail(reason: string): void {
    this.#failedCount += 1;
    this.#firstFailure ??= reason;
  }
}
