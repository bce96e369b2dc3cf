import { type Dispatcher, Pool } from 'undici';

/** Most connections to one replica: those past what it answers at once wait in its own queue. */
const CONNECTIONS_MAX = 256;
/** By what the gateway tells a replica that nobody waits for a request. */
const PRIORITY_HEADER = 'x-rerig-priority';

/** The connections to one replica, which know how many requests are under way and whether any came lately. */
export class CountedPool extends Pool {
  /** Requests that were sent this way, ever. */
  sentCount = 0;
  /** Of those under way, the ones of batches. */
  batchInFlightCount = 0;

  /** `listen`: `unix:/path`, `host:port`, or an origin. */
  constructor(listen: string) {
    const isSocket = listen.startsWith('unix:');
    super(isSocket ? 'http://replica' : originOf(listen), {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      connect: isSocket ? { socketPath: listen.slice('unix:'.length) } : {},
    });
  }

  /** Requests that are sent, or wait to be, and have no whole answer yet. */
  get inFlightCount(): number {
    return this.stats.size;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.sentCount += 1;
    if (!isBatch(options.headers)) return super.dispatch(options, handler);
    this.batchInFlightCount += 1;
    let isOver = false;
    const ended = () => {
      if (!isOver) this.batchInFlightCount -= 1;
      isOver = true;
    };
    return super.dispatch(options, tellingEnd(handler, ended));
  }
}

/** Tells that a request of a batch has ended, whichever way. Live ones are not wrapped: they cost nothing more. */
function tellingEnd(handler: Dispatcher.DispatchHandler, ended: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade: (controller, statusCode, headers, socket) =>
      handler.onRequestUpgrade?.(controller, statusCode, headers, socket),
    onResponseStart: (controller, statusCode, headers, statusMessage) =>
      handler.onResponseStart?.(controller, statusCode, headers, statusMessage),
    onResponseData: (controller, bytes) => handler.onResponseData?.(controller, bytes),
    onResponseEnd: (controller, trailers) => {
      ended();
      handler.onResponseEnd?.(controller, trailers);
    },
    onResponseError: (controller, error) => {
      ended();
      handler.onResponseError?.(controller, error);
    },
  };
}

function isBatch(headers: Dispatcher.DispatchOptions['headers']): boolean {
  if (headers === undefined || headers === null) return false;
  if (Array.isArray(headers)) return headers[headers.indexOf(PRIORITY_HEADER) + 1] === 'batch';
  return PRIORITY_HEADER in headers && headers[PRIORITY_HEADER] === 'batch';
}

function originOf(listen: string): string {
  return /^https?:\/\//.test(listen) ? listen : `http://${listen}`;
}
