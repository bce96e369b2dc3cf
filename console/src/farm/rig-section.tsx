import type { CardView, RigView } from '@rerig/api/exchange';
import { formatBytes } from '@rerig/domain/quantity';
import { useId, useState } from 'react';
import { CardTable } from './card-table.tsx';
import { CardTiles } from './card-tiles.tsx';
import { formatCountOf } from './card-words.ts';
import { FindingChips, FindingPanel } from './findings.tsx';
import { useOpenFindings } from './open-findings.ts';
import type { SortOrder } from './sort-cards.ts';
import { useIsWide } from './use-is-wide.ts';

interface RigSectionProps {
  readonly rig: RigView;
  /** Those of its cards that are shown. */
  readonly cards: readonly CardView[];
  readonly order: SortOrder | null;
  readonly onOrder: (order: SortOrder | null) => void;
}

/** One rig: what machine it is, what limits it, and its cards. */
export function RigSection({ rig, cards, order, onOrder }: RigSectionProps) {
  const isWide = useIsWide();
  const open = useOpenFindings();
  const headingId = useId();
  return (
    <section
      aria-labelledby={headingId}
      className="mt-5 overflow-hidden rounded-lg border border-line bg-surface shadow-xs"
    >
      <RigHeading rig={rig} shownCount={cards.length} headingId={headingId} />
      {rig.cards.length === 0 ? <p className="px-4 py-5 text-soft">No card was found in this rig.</p> : null}
      {rig.cards.length > 0 && isWide ? (
        <CardTable rigName={rig.name} cards={cards} open={open} order={order} onOrder={onOrder} />
      ) : null}
      {rig.cards.length > 0 && !isWide ? <CardTiles cards={cards} open={open} /> : null}
    </section>
  );
}

function RigHeading(props: { readonly rig: RigView; readonly shownCount: number; readonly headingId: string }) {
  const { rig, shownCount, headingId } = props;
  const [openIndex, setOpenIndex] = useState<number | null>(null);
  const panelId = useId();
  const open = openIndex === null ? undefined : rig.findings[openIndex];
  return (
    <header className="border-line border-b px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h2 id={headingId} className="font-semibold text-base">
          {rig.name}
        </h2>
        <RigSource source={rig.source} />
        <p className="text-soft">{machineWords(rig, shownCount).join(' · ')}</p>
        <div className="sm:ml-auto">
          <FindingChips findings={rig.findings} panelId={panelId} openIndex={openIndex} onOpen={setOpenIndex} />
        </div>
      </div>
      {open === undefined ? null : (
        <div className="mt-3">
          <FindingPanel finding={open} panelId={panelId} />
        </div>
      )}
    </header>
  );
}

function RigSource({ source }: { readonly source: RigView['source'] }) {
  const isLive = source === 'live';
  return (
    <span
      title={isLive ? 'An agent runs on this rig' : 'Read from an inventory file; no agent runs on this rig'}
      className={`inline-flex items-center gap-1.5 rounded-full border px-2 py-px text-xs ${isLive ? 'border-live font-medium text-accent' : 'border-line-strong text-soft'}`}
    >
      {isLive ? <span aria-hidden="true" className="pulse size-1.5 rounded-full bg-live" /> : null}
      {isLive ? 'live' : 'from inventory'}
    </span>
  );
}

/** The machine in words, each with its unit; what is not known is left out. */
function machineWords(rig: RigView, shownCount: number): readonly string[] {
  const cores = rig.cpuCoreCount === undefined ? '' : formatCountOf(rig.cpuCoreCount, 'core');
  const cpu = rig.cpu ?? (cores === '' ? '' : 'CPU');
  const cards = formatCountOf(rig.cards.length, 'card');
  return [
    shownCount === rig.cards.length ? cards : `${shownCount} of ${cards}`,
    cores === '' ? cpu : `${cpu}, ${cores}`,
    rig.ramBytes === undefined ? '' : `${formatBytes(rig.ramBytes)} RAM`,
    rig.motherboard ?? '',
  ].filter((words) => words !== '');
}
