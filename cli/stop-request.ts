import { constants } from 'node:os';

/** The wish to stop, by Ctrl-C or by a supervisor. `signal` is aborted at the first; a second ends the process at once. */
export interface StopRequest {
  readonly signal: AbortSignal;
  /** Resolves at the first wish. */
  readonly asked: Promise<void>;
  /** Takes the listeners away. */
  readonly forget: () => void;
}

/** Listens for SIGINT, SIGTERM and SIGHUP (a closed terminal). `onFirst` is told, so that it can say what happens now. */
export function listenForStop(onFirst: () => void): StopRequest {
  const stop = new AbortController();
  const asked = Promise.withResolvers<void>();
  const hear = (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => {
    // What still runs then is found and ended at the next start.
    if (stop.signal.aborted) process.exit(128 + constants.signals[name]);
    onFirst();
    stop.abort();
    asked.resolve();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, hear);
  return {
    signal: stop.signal,
    asked: asked.promise,
    forget: () => {
      for (const name of names) process.off(name, hear);
    },
  };
}
