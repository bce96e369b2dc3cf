import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';

/** What a load generator sends, over and over. */
export interface LoadPlan {
  /** 127.0.0.1 where none is given. */
  readonly host?: string;
  readonly port: number;
  /** Path and headers of each request; the host and the body's length are added. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Each `REQUEST_MARK` in it becomes the request's number, from `firstNumber` on, so that no prompt comes twice. */
  readonly body: string;
  readonly firstNumber?: number;
  /** Requests under way at once, each on a connection of its own. */
  readonly parallelCount: number;
  /** A connection for each request: llama-server closes one after each stream, and says that it keeps it. */
  readonly isFreshEach?: boolean;
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
  /** From the request's first byte to the first event with text, of streams. */
  readonly firstToken: Quantiles;
  /** Completion tokens by the usage at the end of each answer. */
  readonly completionTokens: number;
  /** The first body that was no success, for the reader of a failure. */
  readonly firstFailure: string | null;
}

/** Stands for the number of a request: as long as what it becomes, so that every body has one length. */
export const REQUEST_MARK = '#NUMBER#';

const EVENT_MARK = 'data: ';
const FIRST_TEXT = /"(?:content|text)": ?"[^"]/;
const USAGE = /"completion_tokens": ?(\d+)/g;
const LOOPBACK = '127.0.0.1';
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
  readonly #head: string;
  readonly #latenciesMs: number[] = [];
  readonly #firstBytesMs: number[] = [];
  readonly #firstTokensMs: number[] = [];
  #failedCount = 0;
  #eventCount = 0;
  #bodyBytes = 0;
  #begunCount = 0;
  #endsAtMs = 0;
  #completionTokens = 0;
  #firstFailure: string | null = null;
  /** The request where all are the same. */
  readonly #fixed: Buffer | null;
  #nextNumber: number;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    const contentLength = String(Buffer.byteLength(plan.body));
    const host = `${plan.host ?? LOOPBACK}:${plan.port}`;
    const headers = { host, ...plan.headers, 'content-length': contentLength };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#head = `POST ${plan.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
    this.#fixed = plan.body.includes(REQUEST_MARK) ? null : Buffer.from(this.#head + plan.body);
    this.#nextNumber = plan.firstNumber ?? 0;
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
      firstToken: quantilesOf(this.#firstTokensMs),
      completionTokens: this.#completionTokens,
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
      const socket = connect({ host: this.#plan.host ?? LOOPBACK, port: this.#plan.port, noDelay: true });
      mayGoOn = await this.#useConnection(socket);
      socket.destroy();
    }
  }

  /** Asks on one connection for as long as it lasts. Gives whether a request is still to be begun. */
  #useConnection(socket: Socket): Promise<boolean> {
    const concluded = Promise.withResolvers<boolean>();
    let answer = new AnswerSoFar();
    const send = () => {
      answer = new AnswerSoFar();
      socket.write(this.#nextRequest());
    };
    const reader = new AnswerReader({
      onBody: (part) => this.#takePart(answer, part),
      onEnd: (statusCode, keepsAlive) => {
        this.#takeEnd(answer, statusCode);
        if (!this.#mayBegin()) concluded.resolve(false);
        else if (keepsAlive && this.#plan.isFreshEach !== true) send();
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

  #nextRequest(): Buffer {
    if (this.#fixed !== null) return this.#fixed;
    const text = String(this.#nextNumber).padStart(REQUEST_MARK.length, '0');
    this.#nextNumber += 1;
    return Buffer.from(this.#head + this.#plan.body.replaceAll(REQUEST_MARK, text));
  }

  #takePart(answer: AnswerSoFar, part: Buffer): void {
    if (answer.lastParts.length === 0) this.#firstBytesMs.push(performance.now() - answer.sentAtMs);
    if (!answer.hasText && FIRST_TEXT.test(part.toString('latin1'))) {
      answer.hasText = true;
      this.#firstTokensMs.push(performance.now() - answer.sentAtMs);
    }
    answer.lastParts = [...answer.lastParts.slice(-1), part];
    this.#bodyBytes += part.length;
    for (let at = part.indexOf(EVENT_MARK); at >= 0; at = part.indexOf(EVENT_MARK, at + EVENT_MARK.length)) {
      this.#eventCount += 1;
    }
  }

  #takeEnd(answer: AnswerSoFar, statusCode: number): void {
    const text = Buffer.concat(answer.lastParts).toString('latin1');
    if (statusCode !== 200) {
      this.#fail(`${statusCode} ${text.slice(0, FAILURE_TEXT_MAX)}`);
      return;
    }
    this.#latenciesMs.push(performance.now() - answer.sentAtMs);
    const counts = [...text.matchAll(USAGE)];
    this.#completionTokens += Number(counts.at(-1)?.[1] ?? 0);
  }

  #fail(reason: string): void {
    this.#failedCount += 1;
    this.#firstFailure ??= reason;
  }
}

/** One answer while it comes. */
class AnswerSoFar {
  readonly sentAtMs = performance.now();
  hasText = false;
  /** The last two parts of its body: its usage stands there, however they are cut. */
  lastParts: readonly Buffer[] = [];
}
