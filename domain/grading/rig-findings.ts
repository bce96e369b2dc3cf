import type { ObservedCard, Rig } from '../inventory.ts';
import type { AssessedCard } from './assessed.ts';
import { contradictionFindings, missingFindings } from './contradiction-findings.ts';
import { driverFindings } from './driver-findings.ts';
import { type Finding, finding, once, shown } from './finding.ts';
import { hostFindings } from './host-findings.ts';
import { ramFindings } from './ram-findings.ts';

/** What limits a whole rig, said once and not for each card. */
export function rigFindings(rig: Rig, cards: readonly AssessedCard[]): readonly Finding[] {
  return [
    ...emptyFindings(rig),
    ...missingFindings(rig),
    ...ramFindings(rig, cards),
    ...hostFindings(rig, cards),
    ...driverFindings(rig, cards),
    ...vendorFindings(cards),
    ...linkFindings(rig),
    ...contradictionFindings(rig.contradictions),
  ];
}

function emptyFindings({ cards, host }: Rig): readonly Finding[] {
  if (cards.length > 0) return [];
  const graphics = host.integratedGraphicsName;
  return [graphics === undefined ? noCards : integratedOnly(shown(graphics))];
}

const SEAT = 'Look whether its cards are powered and seated, then start it again.';

const noCards = finding('no-cards', {
  what: 'The rig has no cards.',
  why: 'No source lists one.',
  mend: SEAT,
  gain: { kind: 'works-again' },
});

const integratedOnly = once((graphics: string) =>
  finding('integrated-only', {
    what: 'The rig has no cards.',
    why: `Only "${graphics}" is listed, which is built into its processor or board.`,
    mend: SEAT,
    gain: { kind: 'works-again' },
  }),
);

function vendorOf({ card, match }: AssessedCard): ObservedCard['vendor'] {
  return card.vendor ?? (match?.kind === 'matched' ? match.model.vendor : undefined);
}

function vendorFindings(cards: readonly AssessedCard[]): readonly Finding[] {
  const vendors = new Set<string>();
  for (const assessed of cards) {
    const vendor = assessed.card.kind === 'gpu' ? vendorOf(assessed) : undefined;
    if (vendor !== undefined) vendors.add(vendor);
  }
  return vendors.size < 2 ? [] : [mixedVendors([...vendors].toSorted().join(' '))];
}

const vendorNames: Readonly<Record<string, string>> = { nvidia: 'NVIDIA', amd: 'AMD', intel: 'Intel' };

const mixedVendors = once((vendors: string) =>
  finding('vendors-mixed', {
    what: `Cards of ${vendors
      .split(' ')
      .map((vendor) => vendorNames[vendor] ?? vendor)
      .join(' and ')} share the rig.`,
    why: 'Two driver stacks must be kept alive on one system, and one model cannot be split over cards of both but by Vulkan.',
    mend: 'Serve one model a card, as now; when cards are moved anyway, part them by vendor.',
    unlocks: 'One driver a rig to keep, and models split over its cards.',
  }),
);

function linkFindings({ cards, source }: Rig): readonly Finding[] {
  const unknownCount = cards.reduce(
    (count, { kind, pcieLink }) => count + (kind === 'gpu' && pcieLink === undefined ? 1 : 0),
    0,
  );
  if (unknownCount === 0) return [];
  return [unknownLinks(`${unknownCount} ${source}`)];
}

const unknownLinks = once((countAndSource: string) => {
  const [count, source] = countAndSource.split(' ');
  const why = source === 'hiveos' ? 'HiveOS’s messages do not carry it.' : 'No source tells it.';
  return finding('link-unknown', {
    what: `The PCIe link of ${count === '1' ? 'one card' : `${count} cards`} is not known.`,
    why: `${why} On mining boards most slots have one lane: loading is slow, and cards cannot share one model.`,
    mend: 'Run "rerig probe" on the rig, which reads the link of every card.',
  });
});
