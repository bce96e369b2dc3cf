import type { FigureKind, PriceFigure } from './figure.ts';
import { assumptionFigures } from './figures/assumptions.ts';
import { miningFigures } from './figures/mining.ts';
import { rentalFigures } from './figures/rentals.ts';
import { resaleFigures } from './figures/resale.ts';
import { runningFigures } from './figures/running.ts';
import { tokenFigures } from './figures/tokens.ts';

/** Figures with their sources and dates. */
export interface PriceBook {
  /** When its figures were last gathered. */
  readonly compiledOn: string;
  readonly figures: readonly PriceFigure[];
}

/** The book that ships: public figures gathered on 2026-11-25, each with its own date, venue and source. */
export const priceBook: PriceBook = {
  compiledOn: '2026-11-25',
  figures: [
    ...tokenFigures,
    ...rentalFigures,
    ...miningFigures,
    ...resaleFigures,
    ...runningFigures,
    ...assumptionFigures,
  ],
};

/**
 * A book in which `figures` stand for all that it had of the same kind, subject and coin: what the operator says of a
 * thing is taken instead of what the public says of it. Of several with one id, the last is taken.
 */
export function bookWith(book: PriceBook, figures: readonly PriceFigure[]): PriceBook {
  const replaced = new Set(figures.map(topicOf));
  const byId = new Map(figures.map((figure) => [figure.figureId, figure]));
  return { ...book, figures: [...book.figures.filter((figure) => !replaced.has(topicOf(figure))), ...byId.values()] };
}

/** A book with more figures beside its own; of several with one id, the last is taken. */
export function bookAdding(book: PriceBook, figures: readonly PriceFigure[]): PriceBook {
  const byId = new Map([...book.figures, ...figures].map((figure) => [figure.figureId, figure]));
  return { ...book, figures: [...byId.values()] };
}

/** What a figure speaks of: those of one topic say different things of the same. */
export function topicOf({ kind, subject, coin }: Pick<PriceFigure, 'kind' | 'subject' | 'coin'>): string {
  return `${kind}/${subject.toLowerCase()}/${coin?.toLowerCase() ?? ''}`;
}

/** Figures of a book by kind, then by subject in lower case; made once a book. */
export type FigureIndex = ReadonlyMap<FigureKind, ReadonlyMap<string, readonly PriceFigure[]>>;

const indexes = new WeakMap<PriceBook, FigureIndex>();

/** The index of a book. */
export function indexOf(book: PriceBook): FigureIndex {
  const known = indexes.get(book);
  if (known !== undefined) return known;
  const index = new Map<FigureKind, Map<string, PriceFigure[]>>();
  for (const figure of book.figures) {
    const bySubject = index.get(figure.kind) ?? new Map<string, PriceFigure[]>();
    index.set(figure.kind, bySubject);
    const subject = figure.subject.toLowerCase();
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), figure]);
  }
  indexes.set(book, index);
  return index;
}
