import type { CardView } from '@rerig/api/exchange';
import { CARD_STATES, cardTitle } from './card-words.ts';

/** The columns by which a table of cards can be ordered. */
export const SORT_KEYS = ['bus', 'card', 'vram', 'grade', 'fit', 'route', 'state', 'sensors', 'findings'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What the columns are called. */
export const SORT_TITLES: Readonly<Record<SortKey, string>> = {
  bus: 'Bus',
  card: 'Card',
  vram: 'VRAM',
  grade: 'Grade',
  fit: 'Largest model that fits',
  route: 'Route',
  state: 'State',
  sensors: 'Sensors',
  findings: 'Findings',
};

/** By which column, and whether from the smallest, the first of the alphabet or the best. */
export interface SortOrder {
  readonly key: SortKey;
  readonly direction: 'ascending' | 'descending';
}

const NAMES = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const SEVERITIES = ['blocking', 'warning', 'info'];

/**
 * Orders cards by a column. Cards of which it is not known come last in both directions; cards that are equal in it
 * keep their order. Without an order the cards stay as they are.
 */
export function sortCards(cards: readonly CardView[], order: SortOrder | null): readonly CardView[] {
  if (order === null) return cards;
  const sign = order.direction === 'ascending' ? 1 : -1;
  const keyed = cards.map((card) => ({ card, value: sortValue(card, order.key) }));
  return keyed.toSorted((left, right) => compareKnownFirst(left.value, right.value, sign)).map((each) => each.card);
}

/** The order that a click on a column's heading leads to: ascending, descending, then the farm's own. */
export function nextOrder(order: SortOrder | null, key: SortKey): SortOrder | null {
  if (order?.key !== key) return { key, direction: 'ascending' };
  return order.direction === 'ascending' ? { key, direction: 'descending' } : null;
}

type SortValue = string | number | null;

function compareKnownFirst(left: SortValue, right: SortValue, sign: number): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
  return sign * NAMES.compare(String(left), String(right));
}

function sortValue(card: CardView, key: SortKey): SortValue {
  switch (key) {
    case 'bus':
      return card.busId ?? null;
    case 'card':
      return cardTitle(card);
    case 'vram':
      return card.kind === 'cpu' ? null : (card.vramBytes ?? null);
    case 'grade':
      return card.grade;
    case 'fit':
      return card.largestFit;
    case 'route':
      return card.route;
    case 'state':
      return CARD_STATES.indexOf(card.state);
    case 'sensors':
      return card.temperatureCelsius ?? null;
    case 'findings':
      return findingsWeight(card);
  }
}

/** One number for a card's findings: the severer come first whatever their count; null where there are none. */
function findingsWeight(card: CardView): number | null {
  if (card.findings.length === 0) return null;
  const ranks = card.findings.map((finding) => SEVERITIES.indexOf(finding.severity));
  return Math.min(...ranks) * 1000 - card.findings.length;
}
