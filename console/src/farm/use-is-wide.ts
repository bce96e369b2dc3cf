import { useSyncExternalStore } from 'react';

/** From this width a table of cards stands beside itself without scrolling; below it each card is a tile. */
const WIDE = '(min-width: 64rem)';

/** Whether the window is wide enough for tables, followed as it changes. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, isWide);
}

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

function isWide(): boolean {
  return window.matchMedia(WIDE).matches;
}
