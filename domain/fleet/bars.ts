import type { Grade, gradeMeanings } from '../grading.ts';
import { GIB } from '../quantity.ts';
import { fitOf, type GradedFleetCard, type SpeedEnd } from './graded.ts';

/** What a card is asked, and whose question it is. */
export interface FleetBar {
  /** Stable: `vram-8-gib`. */
  readonly barId: string;
  /** For people, at most 48 characters. */
  readonly title: string;
  /** `hardware`: as press and miners count; `work`: as we do; `grade`; `refused` by others; `unknown` to us. */
  readonly kind: 'hardware' | 'work' | 'grade' | 'refused' | 'unknown';
  /** Whether a card passes, with its speeds at one end of what is predicted. */
  readonly isPassed: (card: GradedFleetCard, end: SpeedEnd) => boolean;
}

/** A chat that is slower is read faster than it is written; five words a second is reading speed. */
export const CHAT_TOKENS_PER_SECOND = 15;
export const USEFUL_TOKENS_PER_SECOND = 5;

/** By VRAM as sold, and whether the chip has NVIDIA's tensor cores. */
function hasHardware(vramGib: number, needsTensorCores: boolean): FleetBar['isPassed'] {
  return ({ vramBytes, models }) =>
    vramBytes >= vramGib * GIB &&
    (!needsTensorCores || (models.length > 0 && models.every(({ matrixUnits }) => matrixUnits === 'tensor-cores')));
}

function hardware(vramGib: number, needsTensorCores: boolean): FleetBar {
  return {
    barId: `vram-${vramGib}-gib${needsTensorCores ? '-tensor-cores' : ''}`,
    title: `at least ${vramGib} GB${needsTensorCores ? ' and tensor cores' : ''}`,
    kind: 'hardware',
    isPassed: hasHardware(vramGib, needsTensorCores),
  };
}

function isServing(workloadName: string, tokensPerSecond: number): FleetBar['isPassed'] {
  return (card, end) => {
    const fit = fitOf(card, workloadName);
    return fit?.isFitting === true && (fit.speed?.generateTokensPerSecond[end] ?? 0) >= tokensPerSecond;
  };
}

const servesChat: FleetBar = {
  barId: 'serves-8b-4-bit-15-tokens-per-second',
  title: `serves 8B at 4 bits in VRAM, ${CHAT_TOKENS_PER_SECOND} tokens/s or more`,
  kind: 'work',
  isPassed: isServing('8B Q4_K_M', CHAT_TOKENS_PER_SECOND),
};

const servesAny: FleetBar = {
  barId: 'serves-1b-4-bit-5-tokens-per-second',
  title: `serves any model usefully (1B, ${USEFUL_TOKENS_PER_SECOND} tokens/s)`,
  kind: 'work',
  isPassed: isServing('1B Q4_K_M', USEFUL_TOKENS_PER_SECOND),
};

const fineTunes: FleetBar = {
  barId: 'fine-tunes-8b',
  title: 'fine-tunes 8B (grade A)',
  kind: 'work',
  isPassed: ({ grades }, end) => grades[end] === 'A',
};

const gradeTitles: Readonly<Record<keyof typeof gradeMeanings, string>> = {
  A: 'A  fine-tunes 8B',
  B: 'B  serves 14B at 4 bits',
  C: 'C  serves 8B at 4 bits',
  D: 'D  serves 1B to 3B at 4 bits',
  E: 'E  none of these usefully',
};

function graded(grade: Grade | null): FleetBar {
  return {
    barId: grade === null ? 'ungraded' : `grade-${grade.toLowerCase()}`,
    title: grade === null ? '–  no grade: not known well enough' : gradeTitles[grade],
    kind: 'grade',
    isPassed: ({ grades }, end) => grades[end] === grade,
  };
}

function isOfVendor({ models }: GradedFleetCard, vendor: 'amd' | 'nvidia'): boolean {
  return models.length > 0 && models.every((model) => model.vendor === vendor);
}

function isForMining({ models }: GradedFleetCard): boolean {
  return models.length > 0 && models.every(({ isMiningOnly }) => isMiningOnly);
}

const refusedBars: readonly FleetBar[] = [
  { barId: 'amd', title: 'AMD', kind: 'refused', isPassed: (card) => isOfVendor(card, 'amd') },
  { barId: 'mining-only', title: 'sold for mining only (P10x, CMP)', kind: 'refused', isPassed: isForMining },
  {
    barId: 'refused-yet-serves-8b',
    title: 'either of these, and serves 8B as above',
    kind: 'refused',
    isPassed: (card, end) => (isOfVendor(card, 'amd') || isForMining(card)) && servesChat.isPassed(card, end),
  },
];

const unmatched: FleetBar = {
  barId: 'unmatched',
  title: 'not in the catalogue (counted in every share)',
  kind: 'unknown',
  isPassed: ({ models }) => models.length !== 1,
};

/** By VRAM and tensor cores, each stricter than the one before: what claims of others are held against. */
export const hardwareLadder: readonly FleetBar[] = [8, 10, 12, 16, 24].map((vramGib) => hardware(vramGib, true));

/** Every bar that the fleet is held against, in the order that it is shown. */
export const fleetBars: readonly FleetBar[] = [
  hardware(8, false),
  hardware(10, true),
  hardware(12, true),
  hardware(24, false),
  servesChat,
  servesAny,
  fineTunes,
  ...(['A', 'B', 'C', 'D', 'E', null] as const).map(graded),
  ...refusedBars,
  unmatched,
];
