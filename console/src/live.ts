import type { FarmView } from '@rerig/api/exchange';
import { type Fault, FaultError } from '@rerig/domain/fault';
import { EventStreamReader } from './event-stream.ts';
import { consoleFault } from './faults.ts';
import { parseFarm } from './parse-farm.ts';
import { faultOf } from './server-answer.ts';

/** Whether what is shown is what is. `fault` says why not, from the first failure until the next view arrives. */
export type LiveStatus =
  | { readonly status: 'connecting'; readonly fault: Fault | null }
  | { readonly status: 'live' }
  | { readonly status: 'waiting'; readonly fault: Fault; readonly retryAtMs: number };

/** What keeps a farm live needs of the world. */
export interface LivePorts {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly nowMs: () => number;
  /** In [0, 1): spreads the pages of many people over the moment at which a server comes back. */
  readonly random: () => number;
  readonly onFarm: (farm: FarmView) => void;
  /** The stream failed; the last good data may be refreshed another way. */
  readonly onFault: () => void;
}

/** A farm that is kept live until it is closed. `subscribe` and `status` fit React's useSyncExternalStore. */
export interface LiveFarm {
  readonly status: () => LiveStatus;
  readonly subscribe: (listener: () => void) => () => void;
  /** Connects at once where it would wait. */
  readonly retryNow: () => void;
  readonly close: () => void;
}

const EVENTS_PATH = '/api/v1/farm/events';
/** The server says "still here" every 15 s; three of them missed mean that the line is dead. */
const SILENCE_LIMIT_MS = 45_000;
const FIRST_DELAY_MS = 1_000;
const DELAY_MS_MAX = 30_000;

/** How long to wait before attempt `failureCount + 1`: doubling from 1 s to 30 s, ± 20 %. */
export function retryDelayMs(failureCount: number, random: number): number {
  const doubledMs = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** Math.max(0, failureCount - 1));
  return Math.round(doubledMs * (0.8 + 0.4 * random));
}

/** Opens the farm's event stream and keeps it open: after each failure it waits, longer each time, and tries again. */
export function openLiveFarm(ports: LivePorts): LiveFarm {
  const listeners = new Set<() => void>();
  let status: LiveStatus = { status: 'connecting', fault: null };
  let failureCount = 0;
  let retryTimer: ReturnType<typeof setTimeout> | null = null;
  let connection = new AbortController();

  function show(next: LiveStatus): void {
    status = next;
    for (const listener of listeners) listener();
  }

  async function connect(): Promise<void> {
    retryTimer = null;
    connection = new AbortController();
    const { signal } = connection;
    try {
      await readFarms(ports, connection, (farm) => {
        failureCount = 0;
        ports.onFarm(farm);
        if (status.status !== 'live') show({ status: 'live' });
      });
    } catch (error) {
      const fault = await faultOf(error);
      if (!signal.aborted || signal.reason instanceof FaultError) failed(fault);
    }
  }

  function failed(fault: Fault): void {
    connection.abort(new FaultError(fault));
    failureCount += 1;
    const delayMs = retryDelayMs(failureCount, ports.random());
    retryTimer = setTimeout(retry, delayMs);
    show({ status: 'waiting', fault, retryAtMs: ports.nowMs() + delayMs });
    ports.onFault();
  }

  function retry(): void {
    if (status.status !== 'waiting') return;
    if (retryTimer !== null) clearTimeout(retryTimer);
    show({ status: 'connecting', fault: status.fault });
    void connect();
  }

  void connect();
  return {
    status: () => status,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    retryNow: retry,
    close: () => {
      if (retryTimer !== null) clearTimeout(retryTimer);
      listeners.clear();
      connection.abort();
    },
  };
}

/** Reads views until the stream ends, which is always a failure: it throws why. */
async function readFarms(
  ports: LivePorts,
  connection: AbortController,
  onFarm: (farm: FarmView) => void,
): Promise<never> {
  let silence = watchSilence(connection);
  try {
    const headers = { accept: 'text/event-stream' };
    const response = await ports.fetch(EVENTS_PATH, { headers, signal: connection.signal, cache: 'no-store' });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (!response.ok || !isStream || response.body === null) throw new FaultError(await faultOf(response));
    const events = new EventStreamReader();
    const reader = response.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clearTimeout(silence);
      silence = watchSilence(connection);
      const newest = events.read(read.value).findLast((event) => event.name === 'farm');
      if (newest !== undefined) onFarm(parseFarm(JSON.parse(newest.data)));
    }
    throw new FaultError(streamEnded());
  } finally {
    clearTimeout(silence);
  }
}

function watchSilence(connection: AbortController): ReturnType<typeof setTimeout> {
  return setTimeout(() => connection.abort(new FaultError(streamSilent())), SILENCE_LIMIT_MS);
}

function streamEnded(): Fault {
  return consoleFault('console-stream-ended', {
    what: 'The live connection was closed.',
    why: 'The server ended it: it is stopping, or starting again.',
    mend: 'Nothing, if it comes back: the page connects again by itself. If it does not, run npm start.',
  });
}

function streamSilent(): Fault {
  return consoleFault('console-stream-silent', {
    what: 'The live connection went silent.',
    why: `Nothing came for ${SILENCE_LIMIT_MS / 1000} s, though the server speaks every 15 s: the line is cut, or this computer slept.`,
    mend: 'Nothing, if it comes back: the page connects again by itself.',
  });
}
