import type { CardView } from '@rerig/api/exchange';
import { memo, useId } from 'react';
import { CardName } from './card-name.tsx';
import { CardStateWords } from './card-state.tsx';
import { sensorWords, vramWords } from './card-words.ts';
import { FindingChips, FindingPanel } from './findings.tsx';
import { CardGrade } from './grade-badge.tsx';
import { Unknown } from './unknown.tsx';

const CELL = 'px-2 py-2.5 align-top first:pl-4 last:pr-4';

/** One card as a row, and below it, where a finding is open, that finding over the whole width. */
export const CardRow = memo(CardRowOf);

interface CardRowProps {
  readonly card: CardView;
  readonly columnCount: number;
  readonly openIndex: number | null;
  readonly onOpen: (cardId: string, index: number | null) => void;
}

function CardRowOf({ card, columnCount, openIndex, onOpen }: CardRowProps) {
  const panelId = useId();
  const open = openIndex === null ? undefined : card.findings[openIndex];
  const sensors = sensorWords(card);
  return (
    <>
      <tr className="border-line border-t first:border-t-0">
        <td className={`${CELL} break-words text-soft`}>{card.busId ?? <Unknown words="no bus known" />}</td>
        <th scope="row" className={`${CELL} font-normal`}>
          <CardName card={card} />
        </th>
        <td className={`${CELL} whitespace-nowrap`}>
          {vramWords(card) ?? <Unknown words={card.kind === 'cpu' ? 'none of its own' : 'not known'} />}
        </td>
        <td className={CELL}>
          <CardGrade card={card} />
        </td>
        <td className={CELL}>{card.largestFit ?? <Unknown words="none is known to fit" />}</td>
        <td className={CELL}>{card.route ?? <Unknown words="none" />}</td>
        <td className={CELL}>
          <CardStateWords card={card} />
        </td>
        <td className={`${CELL} text-soft`}>
          {sensors.length === 0 ? <Unknown /> : null}
          <span className="flex flex-wrap gap-x-2">
            {sensors.map((words) => (
              <span key={words} className="whitespace-nowrap first:text-ink">
                {words}
              </span>
            ))}
          </span>
        </td>
        <td className={CELL}>
          {card.findings.length === 0 ? <Unknown words="none" /> : null}
          <FindingChips
            findings={card.findings}
            panelId={panelId}
            openIndex={openIndex}
            onOpen={(index) => onOpen(card.cardId, index)}
          />
        </td>
      </tr>
      {open === undefined ? null : (
        <tr>
          <td colSpan={columnCount} className="px-4 pb-3">
            <FindingPanel finding={open} panelId={panelId} />
          </td>
        </tr>
      )}
    </>
  );
}
