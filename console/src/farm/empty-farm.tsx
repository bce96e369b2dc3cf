/** What is shown of a farm without rigs: how it gets some. */
export function EmptyFarm() {
  return (
    <section className="mt-6 rounded-lg border border-line-strong border-dashed bg-surface px-6 py-12 text-center">
      <h2 className="font-semibold text-lg">This farm has no rigs yet</h2>
      <p className="mx-auto mt-1 max-w-prose text-soft">
        Rerig knows a farm from an inventory file, or from an agent that runs on it. Neither has told of a rig so far.
      </p>
      <p className="mt-4">
        Show a farm from its inventory:{' '}
        <code className="whitespace-nowrap rounded-sm bg-raised px-1.5 py-0.5 text-[0.8125rem]">
          npm start -- --inventory FILE
        </code>
      </p>
    </section>
  );
}
