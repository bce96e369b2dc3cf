import { InvariantError } from '@rerig/domain/fault';

/** What a reader tells of the answers on one connection. */
export interface AnswerListener {
  /** A piece of an answer's body, without the marks of its transfer. */
  onBody(part: Buffer): void;
  /** The answer is whole. `keepsAlive`: the connection takes another request. */
  onEnd(statusCode: number, keepsAlive: boolean): void;
}

type Place = 'head' | 'body' | 'chunk-size' | 'chunk-end' | 'trailer';

const NOTHING = Buffer.alloc(0);
const LINE_END = '\r\n';

/**
 * Reads HTTP/1.1 answers from one connection's bytes. A load generator must cost much less than what it measures, so
 * this takes only what servers under test send: a length or chunks, and no compression.
 */
export class AnswerReader {
  readonly #listener: AnswerListener;
  #place: Place = 'head';
  #carried: Buffer = NOTHING;
  #leftBytes = 0;
  #isChunked = false;
  #statusCode = 0;
  #keepsAlive = true;

  constructor(listener: AnswerListener) {
    this.#listener = listener;
  }

  /** Takes the next bytes of the connection. */
  push(bytes: Buffer): void {
    let left = this.#carried.length === 0 ? bytes : Buffer.concat([this.#carried, bytes]);
    this.#carried = NOTHING;
    while (left.length > 0) {
      const next = this.#step(left);
      if (next === null) {
        this.#carried = left;
        return;
      }
      left = next;
    }
  }

  /** What is left after one step, or null where more bytes are needed first. */
  #step(left: Buffer): Buffer | null {
    if (this.#place === 'body') return this.#readBody(left);
    if (this.#place === 'chunk-end') {
      if (left.length < 2) return null;
      this.#place = 'chunk-size';
      return left.subarray(2);
    }
    const mark = this.#place === 'head' ? LINE_END + LINE_END : LINE_END;
    const end = left.indexOf(mark);
    if (end < 0) return null;
    const line = left.toString('latin1', 0, end);
    if (this.#place === 'head') this.#readHead(line);
    else if (this.#place === 'chunk-size') this.#readChunkSize(line);
    else if (line === '') this.#finish();
    return left.subarray(end + mark.length);
  }

  #readBody(left: Buffer): Buffer {
    const taken = left.subarray(0, this.#leftBytes);
    this.#leftBytes -= taken.length;
    this.#listener.onBody(taken);
    if (this.#leftBytes === 0) {
      if (this.#isChunked) this.#place = 'chunk-end';
      else this.#finish();
    }
    return left.subarray(taken.length);
  }

  #readHead(head: string): void {
    const lower = head.toLowerCase();
    this.#statusCode = Number(head.slice(9, 12));
    this.#keepsAlive = !lower.includes('\r\nconnection: close');
    this.#isChunked = lower.includes('\r\ntransfer-encoding: chunked');
    const length = /\r\ncontent-length: *(\d+)/.exec(lower)?.[1];
    if (this.#isChunked) {
      this.#place = 'chunk-size';
      return;
    }
    if (length === undefined) throw new InvariantError(`an answer has neither a length nor chunks: ${head}`);
    this.#leftBytes = Number(length);
    this.#place = 'body';
    if (this.#leftBytes === 0) this.#finish();
  }

  #readChunkSize(line: string): void {
    this.#leftBytes = Number.parseInt(line, 16);
    this.#place = this.#leftBytes === 0 ? 'trailer' : 'body';
  }

  #finish(): void {
    this.#place = 'head';
    this.#listener.onEnd(this.#statusCode, this.#keepsAlive);
  }
}
