import type { Vendor } from '../cards.ts';
import { GIB } from '../quantity.ts';
import type { FleetTrust, FleetVrams } from './entry.ts';

/** A name and its part of the cards behind a term. */
export interface TermCard {
  readonly name: string;
  /** Of the term's cards, 0 to 100: a guess, since a rig that calls itself `3060` may have 3060 Ti. */
  readonly ofTermPercent: number;
  readonly vram: FleetVrams;
}

/** What rigs put in their names, how much such rigs hashed, and which cards that were. */
export interface FleetTerm {
  readonly term: string;
  readonly vendor: Vendor;
  /** Of all such rigs, in 10¹² Ethash hashes a second. */
  readonly terahashesPerSecond: number;
  /** What one of its cards is taken to hash, in 10⁶ a second: by it hashes become cards. */
  readonly cardMegahashesPerSecond: number;
  readonly trust: FleetTrust;
  readonly cards: readonly TermCard[];
}

/** Where the terms' figures come from, and what is a guess in them. */
export const termsSource = {
  what:
    'Hash rates of rigs on Nanopool whose own name holds one of 28 terms for hardware, on 5 days of October and ' +
    'November 2021: about 6,000 rigs a day of 69,000 seen, small farms more than large ones. Read off the plot.',
  source:
    'K. McDonald, Ethereum Emissions: A Bottom-up Estimate, arXiv:2112.01238, figure of Nanopool’s hardware mix; ' +
    'read off as collected in fleet-nanopool-2021.csv, November 2026',
  guesses:
    'How much one card hashed, how a term’s cards split over names (ofTermPercent) and a name’s over amounts of VRAM ' +
    '(ofNamePercent): fleet-reconstructed.csv, November 2026, trust low.',
  leftOut: 'Rigs named after Ethash ASICs, Innosilicon A10 and Linzhi Phoenix: 8.2 % of the hash rate that was named.',
} as const;

/** Of cards that were sold with two amounts: how many have the first. */
interface TwoAmounts {
  readonly ofNamePercent: number;
  readonly otherGib: number;
}

function card(name: string, ofTermPercent: number, vramGib: number, two?: TwoAmounts): TermCard {
  const vram: FleetVrams =
    two === undefined
      ? [{ vramBytes: vramGib * GIB, ofNamePercent: 100 }]
      : [
          { vramBytes: vramGib * GIB, ofNamePercent: two.ofNamePercent },
          { vramBytes: two.otherGib * GIB, ofNamePercent: 100 - two.ofNamePercent },
        ];
  return { name, ofTermPercent, vram };
}

type Rest = readonly [
  terahashesPerSecond: number,
  cardMegahashesPerSecond: number,
  cards: readonly TermCard[],
  trust?: FleetTrust,
];

function nvidia(
  term: string,
  [terahashesPerSecond, cardMegahashesPerSecond, cards, trust = 'medium']: Rest,
): FleetTerm {
  return { term, vendor: 'nvidia', terahashesPerSecond, cardMegahashesPerSecond, trust, cards };
}

function amd(term: string, [terahashesPerSecond, cardMegahashesPerSecond, cards, trust = 'medium']: Rest): FleetTerm {
  return { term, vendor: 'amd', terahashesPerSecond, cardMegahashesPerSecond, trust, cards };
}

/** The terms; 3080 and 3060 varied most from day to day, hence their trust. */
export const fleetTerms: readonly FleetTerm[] = [
  nvidia('3080', [
    ...([0.9147, 90] as const),
    [card('RTX 3080 10GB', 80, 10), card('RTX 3080 Ti', 15, 12), card('RTX 3080 12GB', 5, 12)],
    'low',
  ]),
  nvidia('3060', [0.3981, 52, [card('RTX 3060 Ti', 60, 8), card('RTX 3060 12GB', 40, 12)], 'low']),
  nvidia('3070', [0.2071, 60, [card('RTX 3070', 80, 8), card('RTX 3070 Ti', 20, 8)]]),
  amd('5700', [0.1046, 53, [card('RX 5700 XT', 75, 8), card('RX 5700', 25, 8)]]),
  nvidia('3090', [0.0985, 118, [card('RTX 3090', 100, 24)]]),
  nvidia('1660', [
    ...([0.0732, 28] as const),
    [card('GTX 1660 SUPER', 70, 6), card('GTX 1660 Ti', 20, 6), card('GTX 1660', 10, 6)],
  ]),
  amd('vega', [0.069, 47, [card('RX Vega 56', 60, 8), card('RX Vega 64', 30, 8), card('Radeon VII', 10, 16)]]),
  amd('rx580', [0.0595, 31, [card('RX 580', 100, 8, { ofNamePercent: 85, otherGib: 4 })]]),
  amd('rx570', [0.0528, 30, [card('RX 570', 100, 8, { ofNamePercent: 40, otherGib: 4 })]]),
  nvidia('2060', [0.0442, 32, [card('RTX 2060', 60, 6), card('RTX 2060 SUPER', 40, 8)]]),
  nvidia('1070', [0.0416, 28, [card('GTX 1070', 60, 8), card('GTX 1070 Ti', 40, 8)]]),
  amd('6700', [0.0348, 46, [card('RX 6700 XT', 100, 12)]]),
  amd('6800', [0.03, 62, [card('RX 6800', 50, 16), card('RX 6800 XT', 50, 16)]]),
  nvidia('1080', [0.03, 41, [card('GTX 1080', 30, 8), card('GTX 1080 Ti', 70, 11)]]),
  nvidia('p106', [0.0251, 20, [card('P106-100', 85, 6), card('P106-090', 15, 3)]]),
  nvidia('p104', [0.0223, 34, [card('P104-100', 100, 8, { ofNamePercent: 100, otherGib: 4 })]]),
  nvidia('1060', [0.0204, 20, [card('GTX 1060 6GB', 60, 6), card('GTX 1060 3GB', 40, 3)]]),
  amd('5600', [0.0152, 39, [card('RX 5600 XT', 100, 6)]]),
  nvidia('2070', [0.0147, 39, [card('RTX 2070', 50, 8), card('RTX 2070 SUPER', 50, 8)]]),
  amd('5500', [0.0123, 26, [card('RX 5500 XT', 100, 8, { ofNamePercent: 60, otherGib: 4 })]]),
  amd('rx470', [0.0106, 29, [card('RX 470', 100, 8, { ofNamePercent: 40, otherGib: 4 })]]),
  amd('6900', [0.0079, 62, [card('RX 6900 XT', 100, 16)]]),
  nvidia('a40', [0.0062, 100, [card('A40', 100, 48)]]),
  nvidia('40hx', [0.0048, 38, [card('CMP 40HX', 100, 8)]]),
  nvidia('a100', [0.0046, 171, [card('A100 PCIe 40GB', 100, 40)]]),
  nvidia('2080', [0.0045, 46, [card('RTX 2080 Ti', 50, 11), card('RTX 2080', 50, 8)]]),
];
