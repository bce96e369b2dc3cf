const TABLES = ['first', 'second'];
const ROWS = ['a', 'b', 'c', 'd', 'e'];

/** The shape of the page while the farm is on its way. */
export function FarmSkeleton() {
  return (
    <div role="status" aria-label="Loading the farm" className="pulse mt-4">
      <div className="h-32 rounded-lg border border-line bg-surface" />
      <div className="mt-4 h-9 w-2/3 rounded-md bg-line" />
      {TABLES.map((table) => (
        <div key={table} className="mt-6 rounded-lg border border-line bg-surface p-4">
          <div className="h-4 w-48 rounded-sm bg-line" />
          {ROWS.map((row) => (
            <div key={row} className="mt-4 h-3 rounded-sm bg-raised" />
          ))}
        </div>
      ))}
    </div>
  );
}
