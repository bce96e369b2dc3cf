import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figureFault, figureKinds } from './check-figure.ts';
import { isStaleFigure, type PriceFigure } from './figure.ts';
import { bookAdding, bookWith, priceBook } from './price-book.ts';
import { pricingOf, quoteOf } from './pricing.ts';
import { defaultSettings } from './settings.ts';

const TODAY = '2026-11-25';

function figure(fields: Partial<PriceFigure>): PriceFigure {
  return {
    figureId: 'resale/test',
    kind: 'resale',
    subject: 'RTX 3070',
    value: 200,
    unit: 'USD',
    date: TODAY,
    venue: 'a market',
    confidence: 'medium',
    source: 'a test',
    ...fields,
  };
}

function quoted(figures: readonly PriceFigure[], subject = 'RTX 9999') {
  return quoteOf(pricingOf(bookAdding(priceBook, figures), defaultSettings(TODAY)), 'resale', subject, subject);
}

describe('the price book that ships', () => {
  it('holds no figure that its own check refuses', () => {
    const refused = priceBook.figures.map((each) => figureFault(each, priceBook, TODAY)?.what);
    expect(refused.filter((what) => what !== undefined)).toEqual([]);
  });

  it('gives each figure an id of its own, a venue, and a source in words', () => {
    const ids = priceBook.figures.map(({ figureId }) => figureId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(priceBook.figures.filter(({ venue, source }) => venue === '' || source.length < 8)).toEqual([]);
  });

  it('says of every kind of figure but mends, whose costs come with their findings', () => {
    const kinds = new Set(priceBook.figures.map(({ kind }) => kind));
    expect(figureKinds.filter((kind) => !kinds.has(kind))).toEqual(['mend']);
  });

  it('marks prices older than 90 days, and those dated so vaguely that they may be', () => {
    const isStale = (date: string, kind: PriceFigure['kind'] = 'resale') =>
      isStaleFigure(figure({ date, kind }), TODAY);
    expect([isStale('2026-08-27'), isStale('2026-08-26')]).toEqual([false, true]);
    expect([isStale('2026-09'), isStale('2026')]).toEqual([false, true]);
    expect(isStale('2021-01-01', 'assumption')).toBe(false);
  });
});

describe('a quote', () => {
  it('takes firm and fresh figures before weak ones, and those before stale ones', () => {
    const old = figure({ figureId: 'a', subject: 'RTX 9999', value: 900, date: '2024-01-01' });
    const weak = figure({ figureId: 'b', subject: 'RTX 9999', value: 500, confidence: 'low' });
    const firm = figure({ figureId: 'c', subject: 'RTX 9999', value: 300 });
    expect(quoted([old])?.value.mid).toBe(900);
    expect(quoted([old, weak])?.value.mid).toBe(500);
    expect(quoted([old, weak, firm])?.value.mid).toBe(300);
  });

  it('is the middle of several, between the lowest and the highest that they leave open', () => {
    const values = [100, 200, 400];
    const quote = quoted(values.map((value) => figure({ figureId: `${value}`, subject: 'RTX 9999', value })));
    expect(quote?.value).toEqual({ low: 80, mid: 200, high: 500 });
  });

  it('converts what is in another currency, and leaves out what has no rate', () => {
    const euro = figure({ figureId: 'a', subject: 'RTX 9999', value: 100, unit: 'EUR' });
    const unknown = figure({ figureId: 'b', subject: 'RTX 9999', value: 100, unit: 'XXX' });
    expect(quoted([euro])?.value.mid).toBeCloseTo(116.43, 2);
    expect(quoted([unknown])).toBeUndefined();
  });

  it('takes what the operator says instead of what the public says', () => {
    const own = figure({ figureId: 'own', value: 111, venue: 'operator' });
    const book = bookWith(priceBook, [own]);
    const quote = quoteOf(pricingOf(book, defaultSettings(TODAY)), 'resale', 'RTX 3070', 'RTX 3070');
    expect(quote?.value).toEqual({ low: 111, mid: 111, high: 111 });
    expect(quote?.assumptions.map(({ venue }) => venue)).toEqual(['operator']);
  });
});

describe('a figure is refused', () => {
  it.each([
    [{ unit: 'USD/h' }, 'figure-unit'],
    [{ unit: 'XYZ' }, 'figure-unit'],
    [{ value: Number.NaN }, 'figure-implausible'],
    [{ value: -1 }, 'figure-implausible'],
    [{ value: 10, low: 20 }, 'figure-implausible'],
    [{ value: 1e9 }, 'figure-implausible'],
    [{ date: 'yesterday' }, 'figure-unreadable'],
    [{ date: '2026-02-30' }, 'figure-unreadable'],
    [{ date: '2031-01-01' }, 'figure-unreadable'],
  ] as const)('for %j', (fields, code) => {
    expect(figureFault(figure(fields), priceBook, TODAY)?.code).toBe(code);
  });

  it('or not, and never by an exception, whatever its texts and numbers', () => {
    const anyFigure = fc.record({
      kind: fc.constantFrom(...figureKinds),
      subject: fc.string(),
      value: fc.double(),
      unit: fc.string(),
      date: fc.string(),
    });
    fc.assert(
      fc.property(anyFigure, (fields) => {
        const fault = figureFault(figure(fields), priceBook, TODAY);
        expect(fault === undefined || fault.kind === 'fault').toBe(true);
      }),
    );
  });
});
