import { type Dispatcher, Pool } from 'undici';

/** Most connections to one replica: those past what it answers at once wait in its own queue. */
const CONNECTIONS_MAX = 256;

/** The connections to one replica, which know how many requests are under way and whether any came lately. */
export class CountedPool extends Pool {
  /** Requests that were sent this way, ever. */
  sentCount = 0;

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
    return super.dispatch(options, handler);
  }
}

function originOf(listen: string): string {
  return /^https?:\/\//.test(listen) ? listen : `http://${listen}`;
}
