import type { RouteName } from '../cards.ts';
import type { Bytes } from '../quantity.ts';
import { type FindingCode, findingCodes } from './finding-codes.ts';
import type { MendCost, MendKind, Severity } from './finding-meaning.ts';
import { mendCosts } from './mend-cost.ts';

/**
 * Something wrong or limiting. `info`: worth knowing; `warning`: it costs speed, money or hardware; `blocking`: the
 * card or rig cannot do AI work until it is mended.
 */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  /** What the card or rig can do once it is mended that it cannot now; absent where the mend only makes sure or keeps. */
  readonly unlocks?: string;
  readonly mendKind: MendKind;
  /** For this one card or rig, in US dollars and minutes, without what the mend brings. */
  readonly mendCost: MendCost;
  /** What the mend brings, as far as it can be put in figures. */
  readonly gain?: MendGain;
  /** Of a rig's finding that keeps only some of its cards from work: which; absent where it is said of all. */
  readonly cardIds?: readonly string[];
}

/** What a mend brings. */
export type MendGain =
  /** So many more of the rig's cards can serve at once, of those that have a model that fits: surely, and at best. */
  | { readonly kind: 'serving-cards'; readonly leastCardCount: number; readonly mostCardCount: number }
  /** The card or rig can do AI work again, which it cannot now. */
  | { readonly kind: 'works-again' }
  /** So many times as fast: reading prompts, and writing answers. */
  | { readonly kind: 'speed'; readonly promptTimes: number; readonly generateTimes: number }
  /** Loading a model takes so many times less. */
  | { readonly kind: 'loading'; readonly times: number }
  | { readonly kind: 'vram'; readonly bytes: Bytes };

/** The words of a finding, and what of it differs from its code's meaning. */
export interface FindingWords {
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  readonly unlocks?: string;
  readonly severity?: Severity;
  readonly mendKind?: MendKind;
  readonly mendCost?: MendCost;
  readonly gain?: MendGain;
  readonly cardIds?: readonly string[];
}

/** Makes a finding: its severity, kind of mend and cost are those of its code where the words do not say otherwise. */
export function finding(code: FindingCode, words: FindingWords): Finding {
  const meaning = findingCodes[code];
  const mendKind = words.mendKind ?? meaning.mendKind;
  return { code, severity: meaning.severities[0], mendKind, mendCost: mendCosts[mendKind], ...words };
}

const MOST_REMEMBERED = 2000;

/**
 * A rule's finding, made once for each key: farms have thousands of cards in the same state, and the same finding of
 * all of them is one object.
 */
export function once<Key extends string | number | object>(make: (key: Key) => Finding): (key: Key) => Finding {
  const made = new Map<Key, Finding>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= MOST_REMEMBERED) made.clear();
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}

const LONGEST_SHOWN_CHARACTERS = 60;

/** Another's word as it is put in a sentence of ours: never longer than a line. */
export function shown(text: string): string {
  return text.length <= LONGEST_SHOWN_CHARACTERS ? text : `${text.slice(0, LONGEST_SHOWN_CHARACTERS - 1)}…`;
}

/** Counts from here on are no counts: a tool’s overflow is shown as such. */
const LARGEST_COUNT = 1e12;

/** A count for people: `156,000`. */
export function countText(count: number): string {
  return count < LARGEST_COUNT ? Math.round(count).toLocaleString('en') : count.toExponential(1);
}

/** Names whose first letter is spoken with a vowel: an RTX, an RX, an A100, an L40, an Arc. */
const SPOKEN_WITH_VOWEL = /^(R[TX9]|[AHLM]\d|M[IX]|Arc|Instinct)/;

/** A card model's name with its article: `an RTX 3070`, `a GTX 1070`. */
export function oneOf(modelName: string): string {
  return `${SPOKEN_WITH_VOWEL.test(modelName) ? 'an' : 'a'} ${modelName}`;
}

const routeTitles: Readonly<Record<RouteName, string>> = {
  'cuda-13': 'CUDA 13',
  'cuda-12': 'CUDA 12',
  rocm: 'ROCm',
  vulkan: 'Vulkan',
  cpu: 'the processor',
};

/** A route as people write it: `CUDA 13`. */
export function routeTitle(name: RouteName): string {
  return routeTitles[name];
}
