import type { ServerResponse } from 'node:http';
import { MIB } from '@rerig/domain/quantity';
import { endAnswer, UNREAD_MS_MAX } from './answer.ts';

/** Most bytes that wait in memory for a client that reads slowly. */
const UNSENT_BYTES_MAX = MIB;

/** A stream of server-sent events. It gives a slow reader up rather than let its answer pile up in memory. */
export class EventStream {
  readonly #response: ServerResponse;
  #stalledSinceMs: number | undefined;

  /** Sends the head at once. */
  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    response.on('drain', () => {
      this.#stalledSinceMs = undefined;
    });
  }

  /** Sends events as they stand. Ends the connection where its reader is too slow. */
  send(events: string): void {
    const taken = this.#response.write(events);
    if (taken) return;
    this.#stalledSinceMs ??= performance.now();
    const isTooSlow =
      this.#response.writableLength > UNSENT_BYTES_MAX || performance.now() - this.#stalledSinceMs > UNREAD_MS_MAX;
    if (isTooSlow) this.#response.destroy();
  }

  /** Ends the stream with its last events; the connection stays for the next request. */
  finish(events: string): void {
    endAnswer(this.#response, events);
  }

  /** Ends the stream with an error, whose JSON is in OpenAI's shape, and without the sign that it is whole. */
  breakOff(json: string): void {
    endAnswer(this.#response, `data: ${json}\n\n`);
  }
}
