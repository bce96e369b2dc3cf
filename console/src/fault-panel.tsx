import type { Fault } from '@rerig/domain/fault';

/** A refusal where a page would be: what, why and what to do, and a way to try again where one is given. */
export function FaultPanel(props: { readonly fault: Fault; readonly onRetry?: () => void }) {
  const { fault, onRetry } = props;
  return (
    <section
      role="alert"
      className="rounded-lg border border-line border-l-4 border-l-blocking bg-surface p-5 shadow-xs sm:p-6"
    >
      <h2 className="font-semibold text-base">{fault.what}</h2>
      <p className="mt-1 text-soft">{fault.why}</p>
      <p className="mt-3">
        <span className="font-medium">What to do: </span>
        {fault.mend}
      </p>
      {onRetry === undefined ? null : (
        <button
          type="button"
          onClick={onRetry}
          className="mt-4 rounded-md border border-line-strong bg-surface px-3 py-1.5 font-medium hover:bg-raised"
        >
          Try now
        </button>
      )}
      <p className="mt-4 text-faint text-xs">{fault.code}</p>
    </section>
  );
}
