import type { CardView } from '@rerig/api/exchange';
import { CardRow } from './card-row.tsx';
import type { OpenFindings } from './open-findings.ts';
import { nextOrder, SORT_KEYS, SORT_TITLES, type SortKey, type SortOrder } from './sort-cards.ts';

/** Fixed widths, so that the columns of all rigs stand under one another. */
const WIDTHS: Readonly<Record<SortKey, string>> = {
  bus: 'w-[9%]',
  card: 'w-[16.5%]',
  vram: 'w-[6.5%]',
  grade: 'w-[12%]',
  fit: 'w-[9%]',
  route: 'w-[6.5%]',
  state: 'w-[12.5%]',
  sensors: 'w-[10.5%]',
  findings: 'w-[17.5%]',
};

interface CardTableProps {
  readonly rigName: string;
  readonly cards: readonly CardView[];
  readonly open: OpenFindings;
  readonly order: SortOrder | null;
  readonly onOrder: (order: SortOrder | null) => void;
}

/** A rig's cards as a table, which each heading puts in order. */
export function CardTable({ rigName, cards, open, order, onOrder }: CardTableProps) {
  return (
    <table className="w-full table-fixed border-collapse text-left">
      <caption className="sr-only">Cards of {rigName}</caption>
      <thead>
        <tr className="border-line border-b bg-raised">
          {SORT_KEYS.map((key) => (
            <th
              key={key}
              scope="col"
              aria-sort={order?.key === key ? order.direction : 'none'}
              className={`px-2 py-1.5 align-bottom font-medium text-faint text-xs first:pl-4 last:pr-4 ${WIDTHS[key]}`}
            >
              <button
                type="button"
                onClick={() => onOrder(nextOrder(order, key))}
                className="group inline-flex items-baseline gap-1 rounded-sm text-left hover:text-ink"
              >
                {SORT_TITLES[key]}
                <SortMark direction={order?.key === key ? order.direction : null} />
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {cards.map((card) => (
          <CardRow
            key={card.cardId}
            card={card}
            columnCount={SORT_KEYS.length}
            openIndex={open.indexByCardId.get(card.cardId) ?? null}
            onOpen={open.onOpen}
          />
        ))}
      </tbody>
    </table>
  );
}

function SortMark({ direction }: { readonly direction: SortOrder['direction'] | null }) {
  const path = direction === 'descending' ? 'M0 1h8L4 6z' : 'M0 6h8L4 1z';
  const tone = direction === null ? 'opacity-0 group-hover:opacity-50' : 'text-ink';
  return (
    <svg viewBox="0 0 8 7" aria-hidden="true" className={`h-1.5 w-2 shrink-0 fill-current ${tone}`}>
      <path d={path} />
    </svg>
  );
}
