import type { Confidence, FigureKind, PriceFigure } from '../figure.ts';

/** A figure in one line: what of, value, unit, date, venue, how far to believe it, source, and a note where it needs one. */
export type FigureRow = readonly [
  subject: string,
  value: number | readonly [low: number, mid: number, high: number],
  unit: string,
  date: string,
  venue: string,
  confidence: Confidence,
  source: string,
  note?: string,
];

/** Rows of one kind as figures. Two of the same subject, venue and date are numbered. */
export function figuresOf(
  kind: FigureKind,
  rows: readonly FigureRow[],
  more: Pick<PriceFigure, 'coin' | 'powerWatts'> = {},
): readonly PriceFigure[] {
  const seenCounts = new Map<string, number>();
  return rows.map(([subject, value, unit, date, venue, confidence, source, note]) => {
    const base = [kind, more.coin, subject, venue, date].flatMap((part) => (part === undefined ? [] : slugOf(part)));
    const seenCount = (seenCounts.get(base.join('/')) ?? 0) + 1;
    seenCounts.set(base.join('/'), seenCount);
    return {
      figureId: `${base.join('/')}${seenCount === 1 ? '' : `-${seenCount}`}`,
      kind,
      subject,
      ...spread(value),
      unit,
      ...more,
      date,
      venue,
      confidence,
      source,
      ...(note === undefined ? {} : { note }),
    };
  });
}

function spread(value: FigureRow[1]): Pick<PriceFigure, 'value' | 'low' | 'high'> {
  if (typeof value === 'number') return { value };
  const [low, mid, high] = value;
  return { value: mid, low, high };
}

/** `RTX 3060 12GB` → `rtx-3060-12gb`. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
