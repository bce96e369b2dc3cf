import type { CardState, CardView, RigView } from '@rerig/api/exchange';
import { CARD_STATES, cardTitle, GRADE_KEYS, type GradeKey, gradeKeyOf } from './card-words.ts';
import { SORT_KEYS, type SortOrder, sortCards } from './sort-cards.ts';

/** Which cards are shown and in what order. Empty grades or states mean all. */
export interface FarmFilter {
  readonly grades: readonly GradeKey[];
  readonly states: readonly CardState[];
  readonly text: string;
  readonly order: SortOrder | null;
}

/** A filter as the address shows it: `?grade=A.B&state=serving&q=470&sort=-vram`. Absent where nothing is chosen. */
export interface FarmSearch {
  readonly grade?: string;
  readonly state?: string;
  readonly q?: string;
  readonly sort?: string;
}

/** Shows everything, in the order in which the farm lists it. */
export const NO_FILTER: FarmFilter = { grades: [], states: [], text: '', order: null };

/** Takes the four search parameters out of an address. */
export function parseFarmSearch(search: Readonly<Record<string, unknown>>): FarmSearch {
  const entries = ['grade', 'state', 'q', 'sort'].flatMap((name) => {
    const value = search[name];
    return typeof value === 'string' && value !== '' ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}

/** Reads a filter from an address. What it does not know (an old link, a slip) is left out: it then shows more. */
export function fromFarmSearch(search: FarmSearch): FarmFilter {
  const gradeWords = (search.grade ?? '').split('.');
  const stateWords = (search.state ?? '').split('.');
  const key = SORT_KEYS.find((each) => each === (search.sort ?? '').replace(/^-/, ''));
  const direction = search.sort?.startsWith('-') === true ? 'descending' : 'ascending';
  return {
    grades: GRADE_KEYS.filter((grade) => gradeWords.includes(grade)),
    states: CARD_STATES.filter((state) => stateWords.includes(state)),
    text: search.q ?? '',
    order: key === undefined ? null : { key, direction },
  };
}

/** Writes a filter into an address, where `fromFarmSearch` reads the same one back. */
export function toFarmSearch(filter: FarmFilter): FarmSearch {
  const { grades, states, text, order } = filter;
  return {
    ...(grades.length === 0 ? {} : { grade: grades.join('.') }),
    ...(states.length === 0 ? {} : { state: states.join('.') }),
    ...(text === '' ? {} : { q: text }),
    ...(order === null ? {} : { sort: `${order.direction === 'descending' ? '-' : ''}${order.key}` }),
  };
}

/** Whether a filter may hide cards; its order hides none. */
export function hidesCards({ grades, states, text }: FarmFilter): boolean {
  return grades.length > 0 || states.length > 0 || text.trim() !== '';
}

/** Puts `value` in where it is missing and takes it out where it is there, in the order of `all`. */
export function toggled<Value>(all: readonly Value[], chosen: readonly Value[], value: Value): readonly Value[] {
  return all.filter((each) => (each === value) !== chosen.includes(each));
}

/** A rig, and which of its cards are shown, in what order. */
export interface VisibleRig {
  readonly rig: RigView;
  readonly cards: readonly CardView[];
}

/** The rigs with those of their cards that the filter lets through, in its order. Rigs left without cards are left out. */
export function visibleRigs(rigs: readonly RigView[], filter: FarmFilter): readonly VisibleRig[] {
  const shown = rigs.map((rig) => {
    const cards = rig.cards.filter((card) => isVisible(card, rig, filter));
    return { rig, cards: sortCards(cards, filter.order) };
  });
  return hidesCards(filter) ? shown.filter((each) => each.cards.length > 0) : shown;
}

function isVisible(card: CardView, rig: RigView, { grades, states, text }: FarmFilter): boolean {
  if (grades.length > 0 && !grades.includes(gradeKeyOf(card))) return false;
  if (states.length > 0 && !states.includes(card.state)) return false;
  const names = [cardTitle(card), card.name, rig.name, card.workload ?? ''].join('\n').toLowerCase();
  return names.includes(text.trim().toLowerCase());
}
