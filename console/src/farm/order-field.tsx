import { SORT_KEYS, SORT_TITLES, type SortOrder } from './sort-cards.ts';

interface OrderFieldProps {
  readonly order: SortOrder | null;
  readonly onOrder: (order: SortOrder | null) => void;
}

/** The order of the cards where they stand in tiles, which have no headings to click on. */
export function OrderField({ order, onOrder }: OrderFieldProps) {
  const direction = order?.direction ?? 'ascending';
  return (
    <div className="flex items-center gap-1.5">
      <select
        aria-label="Order cards by"
        value={order?.key ?? ''}
        onChange={(event) => {
          const key = SORT_KEYS.find((each) => each === event.target.value);
          onOrder(key === undefined ? null : { key, direction });
        }}
        className="h-9 rounded-md border border-line-strong bg-surface px-2"
      >
        <option value="">In the farm’s order</option>
        {SORT_KEYS.map((key) => (
          <option key={key} value={key}>
            By {SORT_TITLES[key]}
          </option>
        ))}
      </select>
      {order === null ? null : (
        <button
          type="button"
          onClick={() => onOrder({ ...order, direction: direction === 'ascending' ? 'descending' : 'ascending' })}
          className="h-9 rounded-md border border-line bg-surface px-2.5 hover:bg-raised"
        >
          {direction}
        </button>
      )}
    </div>
  );
}
