import type { Finding } from '../grading.ts';
import { type CardPlace, RENT_BLOCKERS } from './limits.ts';
import { numberOfText } from './numbering.ts';

/** What tells findings from others, by what they keep a card from and by the words in which that is told. */
export function limitingText(findings: readonly Finding[]): string {
  let text = '';
  for (const finding of findings) if (isLimiting(finding)) text += `${limitNumber(finding)} `;
  return text;
}

function isLimiting({ code, severity }: Finding): boolean {
  return severity === 'blocking' || RENT_BLOCKERS.has(code) || code === 'ram-small' || code === 'driver-dropped';
}

const limitNumbers = new WeakMap<Finding, number>();

/** The same for findings that limit alike and say so alike. */
export function limitNumber(finding: Finding): number {
  const known = limitNumbers.get(finding);
  if (known !== undefined) return known;
  const { code, severity, what, mend, mendKind, mendCost } = finding;
  // Of RAM that serves some cards, only the mend is told.
  const told = code === 'ram-small' && severity !== 'blocking' ? '' : what;
  const made = numberOfText(`${code} ${severity} ${mendKind} ${mendCost.lowUsd} ${mendCost.highUsd} ${mend} ${told}`);
  limitNumbers.set(finding, made);
  return made;
}

const placeNumbers = new WeakMap<CardPlace, number>();

/** The same for places that give a card the same, and keep the same from it. */
export function placeNumber(place: CardPlace): number {
  const known = placeNumbers.get(place);
  if (known !== undefined) return known;
  const made = numberOfText(placeText(place));
  placeNumbers.set(place, made);
  return made;
}

function placeText({ cardCount, hasSeat, isRoomy, isDriven, findings }: CardPlace): string {
  return `place ${cardCount} ${hasSeat} ${isRoomy} ${isDriven} ${limitingText(findings)}`;
}

const MOST_PLACES = 100_000;
const samePlaces = new Map<number, CardPlace>();

/** One place for all rigs that are alike in what they give a card and keep from it. */
export function samePlace(place: CardPlace): CardPlace {
  const number = placeNumber(place);
  const known = samePlaces.get(number);
  if (known !== undefined) return known;
  if (samePlaces.size >= MOST_PLACES) samePlaces.clear();
  samePlaces.set(number, place);
  return place;
}
