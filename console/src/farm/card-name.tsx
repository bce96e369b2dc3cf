import type { CardView } from '@rerig/api/exchange';
import { cardTitle } from './card-words.ts';

/** What the card is, and below it the name that it gives itself where that is another. */
export function CardName({ card }: { readonly card: CardView }) {
  const title = cardTitle(card);
  return (
    <>
      <span className="font-medium">{title}</span>
      {title === card.name ? null : (
        <span className="block truncate text-faint text-xs" title={card.name}>
          {card.name}
        </span>
      )}
    </>
  );
}
