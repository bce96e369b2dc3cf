import type { CardState, CardView } from '@rerig/api/exchange';
import { formatBytes, formatMicroUsd } from '@rerig/domain/quantity';

/** The grades from the best to the worst; `unknown` is a card that has none yet. */
export const GRADE_KEYS = ['A', 'B', 'C', 'D', 'E', 'unknown'] as const;
export type GradeKey = (typeof GRADE_KEYS)[number];

/** What a card can be doing, from the busiest to the most idle. */
export const CARD_STATES: readonly CardState[] = ['serving', 'starting', 'ready', 'failed', 'listed'];

/** Under which grade a card is counted. */
export function gradeKeyOf(card: CardView): GradeKey {
  return card.grade ?? 'unknown';
}

/** The letter that is shown for a grade. */
export function gradeLetter(key: GradeKey): string {
  return key === 'unknown' ? '?' : key;
}

/** How a grade is known, in words; empty where there is none. */
export function evidenceWords(card: CardView): string {
  switch (card.evidence) {
    case 'measured-card':
      return 'measured on this card';
    case 'measured-model':
      return 'measured on this model';
    case 'predicted':
      return 'predicted';
    case null:
      return '';
  }
}

const MODEL_NAMES = new Intl.ListFormat('en', { type: 'disjunction' });

/** What the card is: its model, each of the models that it may be, or the name that it gives itself. */
export function cardTitle(card: CardView): string {
  return card.modelNames.length === 0 ? card.name : MODEL_NAMES.format(card.modelNames);
}

/** A finding's code as words, for a chip: `pcie-link-x1` → `pcie link x1`. */
export function findingTitle(code: string): string {
  return code.replaceAll(/[-_.]+/g, ' ').trim();
}

const COUNTS = new Intl.NumberFormat('en-US');

/** A count with its thousands apart: `1,234,567`. */
export function formatCount(count: number): string {
  return COUNTS.format(count);
}

/** A count with its noun, which takes an s: `1 card`, `14 cards`. */
export function formatCountOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** What a card's sensors say, each with its unit; empty where it has said nothing. */
export function sensorWords(card: CardView): readonly string[] {
  return [
    card.temperatureCelsius === undefined ? '' : `${Math.round(card.temperatureCelsius)} °C`,
    card.powerWatts === undefined ? '' : `${Math.round(card.powerWatts)} W`,
    card.fanPercent === undefined ? '' : `fan ${Math.round(card.fanPercent)} %`,
  ].filter((words) => words !== '');
}

/** A card's own memory, or null where it is not known or where it has none of its own (a CPU). */
export function vramWords(card: CardView): string | null {
  return card.vramBytes === undefined || card.kind === 'cpu' ? null : formatBytes(card.vramBytes);
}

/** Writes whole micro-USD as `parseFarm` lets them through, exactly: `"1234567"` → `$1.234567`. */
export function moneyWords(microUsdText: string): string {
  return formatMicroUsd(BigInt(microUsdText));
}
