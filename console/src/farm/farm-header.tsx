import type { FarmView } from '@rerig/api/exchange';
import { useEffect } from 'react';
import type { LiveStatus } from '../live.ts';
import { LiveIndicator } from './live-indicator.tsx';
import { Wordmark } from './wordmark.tsx';

/** The bar at the top: whose farm this is, and whether what is shown is what is. */
export function FarmHeader({ farm, live }: { readonly farm: FarmView | null; readonly live: LiveStatus }) {
  const farmName = farm?.farmName ?? 'Farm';
  useEffect(() => {
    document.title = `${farmName} · Rerig`;
  }, [farmName]);
  return (
    <header className="sticky top-0 z-10 border-line border-b bg-surface">
      <div className="mx-auto flex min-h-14 max-w-[84rem] flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 sm:px-6">
        <Wordmark />
        <span aria-hidden="true" className="h-5 w-px bg-line" />
        <h1 className="min-w-0 truncate font-semibold text-base">{farmName}</h1>
        <div className="ml-auto">
          <LiveIndicator live={live} updatedAt={farm?.updatedAt ?? null} />
        </div>
      </div>
    </header>
  );
}
