import type { FleetEntry } from './entry.ts';
import { type FleetTerm, fleetTerms, termsSource } from './terms.ts';

/**
 * What HiveOS said of the cards that it ran on 15 November 2021: 55 % NVIDIA, the others AMD; 17 % of NVIDIA's were RTX
 * 3070, 33 % of AMD's RX 580. As quoted by McDonald, arXiv:2112.01238.
 */
const hiveOs = {
  ofAllPercent: { nvidia: 55, amd: 45, intel: 0 },
  ofVendorPercentByTerm: new Map([
    ['3070', 17],
    ['rx580', 33],
  ]),
} as const;

function cardCountOf({ terahashesPerSecond, cardMegahashesPerSecond }: FleetTerm): number {
  return (terahashesPerSecond * 1e6) / cardMegahashesPerSecond;
}

function sumOf(terms: readonly FleetTerm[]): number {
  return terms.reduce((sum, term) => sum + cardCountOf(term), 0);
}

/** A term's share as HiveOS says it, or its vendor's remainder split as on Nanopool. */
function hiveOsPercent(term: FleetTerm): number {
  const ofAllPercent = hiveOs.ofAllPercent[term.vendor];
  const told = hiveOs.ofVendorPercentByTerm;
  const toldPercent = told.get(term.term);
  if (toldPercent !== undefined) return (ofAllPercent * toldPercent) / 100;
  const sameVendor = fleetTerms.filter(({ vendor }) => vendor === term.vendor);
  const otherPercent = sameVendor.reduce((rest, other) => rest - (told.get(other.term) ?? 0), 100);
  const untold = sumOf(sameVendor.filter((other) => !told.has(other.term)));
  return (((ofAllPercent * otherPercent) / 100) * cardCountOf(term)) / untold;
}

const allCardCount = sumOf(fleetTerms);

/**
 * What cards mined Ethereum late in 2021, as far as can be told. Shares of each weighting sum to 100: Nanopool's by hash
 * rates of rigs that name their cards, HiveOS's by three figures of HiveOS with Nanopool's split of the rest.
 */
export const fleetEntries: readonly FleetEntry[] = fleetTerms.flatMap((term) =>
  term.cards.map(({ name, ofTermPercent, vram }) => ({
    name,
    term: term.term,
    vram,
    sharePercent: {
      nanopool: (cardCountOf(term) / allCardCount) * ofTermPercent,
      hiveos: (hiveOsPercent(term) * ofTermPercent) / 100,
    },
    trust: term.trust,
  })),
);

/** Where the fleet's figures come from, what in them is a guess, and what was left out. */
export const fleetSources = {
  nanopool: { what: termsSource.what, source: termsSource.source },
  hiveos: {
    what:
      'Three figures of the cards that HiveOS ran on 15 November 2021 (55 % NVIDIA; of those 17 % RTX 3070; of AMD’s 33 % ' +
      'RX 580), the rest split as on Nanopool.',
    source: 'K. McDonald, arXiv:2112.01238, section Hashing Efficiency',
  },
  guesses: termsSource.guesses,
  leftOut: termsSource.leftOut,
} as const;
