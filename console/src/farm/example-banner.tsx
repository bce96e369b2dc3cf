/** Says that these are not the reader's own cards, and how to see those. */
export function ExampleBanner() {
  return (
    <p className="mt-4 rounded-lg border border-line border-l-4 border-l-info bg-info-wash px-4 py-3">
      <strong className="font-semibold">This is the example farm.</strong> Show your own:{' '}
      <code className="whitespace-nowrap rounded-sm bg-surface px-1.5 py-0.5 text-[0.8125rem]">
        npm start -- --inventory FILE
      </code>
    </p>
  );
}
