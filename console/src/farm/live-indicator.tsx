import { useEffect, useState } from 'react';
import type { LiveStatus } from '../live.ts';
import { UpdateTime } from './update-time.tsx';

/** Whether the page is live, in words and as a dot, with the time of the newest change that it knows of. */
export function LiveIndicator(props: { readonly live: LiveStatus; readonly updatedAt: string | null }) {
  const { live, updatedAt } = props;
  const isLive = live.status === 'live';
  return (
    <div className="flex items-center gap-2 text-soft">
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${isLive ? 'pulse bg-live' : 'border-2 border-warning'}`}
      />
      <span className={`font-medium ${isLive ? 'text-ink' : 'text-warning'}`}>
        {live.status === 'waiting' ? <Countdown retryAtMs={live.retryAtMs} /> : statusWords(live)}
      </span>
      {/* The countdown changes each second; only the change of state is read out. */}
      <span role="status" className="sr-only">
        {isLive ? 'The page is live.' : live.fault === null ? '' : 'The page is not live.'}
      </span>
      {updatedAt === null ? null : (
        <span className="text-faint">
          <span className="hidden sm:inline">updated </span>
          <UpdateTime updatedAt={updatedAt} />
        </span>
      )}
    </div>
  );
}

function statusWords(live: LiveStatus): string {
  if (live.status === 'live') return 'live';
  return live.status === 'connecting' && live.fault === null ? 'connecting…' : 'reconnecting…';
}

function Countdown({ retryAtMs }: { readonly retryAtMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return `reconnecting in ${Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000))} s`;
}
