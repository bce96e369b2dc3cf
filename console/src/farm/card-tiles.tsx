import type { CardView } from '@rerig/api/exchange';
import { type ReactNode, useId } from 'react';
import { CardName } from './card-name.tsx';
import { CardStateWords } from './card-state.tsx';
import { sensorWords, vramWords } from './card-words.ts';
import { FindingChips, FindingPanel } from './findings.tsx';
import { CardGrade } from './grade-badge.tsx';
import type { OpenFindings } from './open-findings.ts';
import { Unknown } from './unknown.tsx';

/** A rig's cards one below the other, where there is no room for a table. */
export function CardTiles({ cards, open }: { readonly cards: readonly CardView[]; readonly open: OpenFindings }) {
  return (
    <ul className="sm:grid sm:grid-cols-2">
      {cards.map((card) => (
        <CardTile
          key={card.cardId}
          card={card}
          openIndex={open.indexByCardId.get(card.cardId) ?? null}
          onOpen={open.onOpen}
        />
      ))}
    </ul>
  );
}

interface CardTileProps {
  readonly card: CardView;
  readonly openIndex: number | null;
  readonly onOpen: (cardId: string, index: number | null) => void;
}

function CardTile({ card, openIndex, onOpen }: CardTileProps) {
  const panelId = useId();
  const open = openIndex === null ? undefined : card.findings[openIndex];
  return (
    <li className="min-w-0 border-line border-t px-4 py-3.5 first:border-t-0 sm:even:border-l sm:nth-2:border-t-0">
      <div className="flex items-start justify-between gap-3">
        <h3 className="min-w-0">
          <CardName card={card} />
        </h3>
        <span className="max-w-[45%] shrink-0">
          <CardStateWords card={card} />
        </span>
      </div>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <CardGrade card={card} />
        <span className="text-soft text-xs">{sensorWords(card).join(' · ')}</span>
      </div>
      <dl className="mt-2 grid grid-cols-[4.25rem_5.75rem_4rem_1fr] gap-x-3">
        <Fact label="VRAM">
          {vramWords(card) ?? <Unknown words={card.kind === 'cpu' ? 'none of its own' : 'not known'} />}
        </Fact>
        <Fact label="Fits up to">{card.largestFit ?? <Unknown words="no model is known to fit" />}</Fact>
        <Fact label="Route">{card.route ?? <Unknown words="none" />}</Fact>
        <Fact label="Bus">{card.busId ?? <Unknown words="no bus known" />}</Fact>
      </dl>
      <div className={card.findings.length === 0 ? '' : 'mt-2.5'}>
        <FindingChips
          findings={card.findings}
          panelId={panelId}
          openIndex={openIndex}
          onOpen={(index) => onOpen(card.cardId, index)}
        />
      </div>
      {open === undefined ? null : (
        <div className="mt-2.5">
          <FindingPanel finding={open} panelId={panelId} />
        </div>
      )}
    </li>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-faint text-xs">{label}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  );
}
