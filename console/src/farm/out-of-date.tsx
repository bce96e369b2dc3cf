import type { Fault } from '@rerig/domain/fault';
import { UpdateTime } from './update-time.tsx';

/** Says, above what was last known, why it may no longer be so. */
export function OutOfDate(props: { readonly fault: Fault; readonly updatedAt: string; readonly onRetry: () => void }) {
  const { fault, updatedAt, onRetry } = props;
  return (
    <section
      aria-label="Not live"
      className="mt-4 flex flex-wrap items-start gap-x-6 gap-y-3 rounded-lg border border-line border-l-4 border-l-warning bg-warning-wash px-4 py-3"
    >
      <div className="min-w-0 flex-1 basis-72">
        <p>
          <strong className="font-semibold">{fault.what}</strong> {fault.why}
        </p>
        <p className="mt-0.5 text-soft">{fault.mend}</p>
        <p className="mt-0.5 text-soft">
          Below is the farm as of <UpdateTime updatedAt={updatedAt} />.
        </p>
      </div>
      <button
        type="button"
        onClick={onRetry}
        className="rounded-md border border-line-strong bg-surface px-3 py-1.5 font-medium hover:bg-raised"
      >
        Try now
      </button>
    </section>
  );
}
