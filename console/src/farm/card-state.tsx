import type { CardState, CardView } from '@rerig/api/exchange';

const DOTS: Readonly<Record<CardState, string>> = {
  serving: 'pulse bg-live',
  starting: 'pulse bg-info',
  ready: 'border-2 border-live',
  failed: 'bg-blocking',
  listed: 'border-2 border-line-strong',
};

const MEANINGS: Readonly<Record<CardState, string>> = {
  serving: 'Answers requests now',
  starting: 'Loads its model',
  ready: 'Free for work',
  failed: 'What ran on it stopped by itself',
  listed: 'Known from an inventory; no agent runs on its rig',
};

/** A state's dot: filled and breathing while the card works, filled where it failed, hollow while it rests. */
export function StateDot({ state }: { readonly state: CardState }) {
  return <span aria-hidden="true" className={`inline-block size-2 shrink-0 rounded-full ${DOTS[state]}`} />;
}

/** What a card does now, and the model that it serves. */
export function CardStateWords({ card }: { readonly card: CardView }) {
  const tone = card.state === 'failed' ? 'text-blocking' : card.state === 'listed' ? 'text-soft' : 'text-ink';
  return (
    <span className="inline-flex min-w-0 items-baseline gap-2" title={MEANINGS[card.state]}>
      <StateDot state={card.state} />
      <span className="min-w-0">
        <span className={`${tone} ${card.state === 'listed' ? '' : 'font-medium'}`}>{card.state}</span>
        {card.workload === null ? null : <span className="block break-words text-soft text-xs">{card.workload}</span>}
      </span>
    </span>
  );
}
