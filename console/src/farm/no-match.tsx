/** What is shown where the filter lets no card through. */
export function NoMatch({ onClear }: { readonly onClear: () => void }) {
  return (
    <section className="mt-6 rounded-lg border border-line-strong border-dashed bg-surface px-6 py-10 text-center">
      <h2 className="font-semibold text-base">No card matches the filter</h2>
      <button
        type="button"
        onClick={onClear}
        className="mt-3 rounded-md border border-line-strong bg-surface px-3 py-1.5 font-medium hover:bg-raised"
      >
        Show all cards
      </button>
    </section>
  );
}
