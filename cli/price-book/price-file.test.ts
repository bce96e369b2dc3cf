import { priceBook, rateOf, valueCard } from '@rerig/domain/economics';
import { gradeCard } from '@rerig/domain/grading';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFaults, type PriceFile, readPriceFile } from './price-file.ts';
import { PRICE_FILE_TEMPLATE } from './price-template.ts';

const TODAY = '2026-11-25';

function read(text: string): PriceFile {
  const file = readPriceFile(text, priceBook, TODAY);
  if (isFaults(file)) throw new TypeError(JSON.stringify(file));
  return file;
}

function whyNot(text: string): string {
  const file = readPriceFile(text, priceBook, TODAY);
  return isFaults(file) ? file.map(({ what, why }) => `${what} ${why}`).join('\n') : 'it was taken';
}

/** The template with every line in force but for the alternatives of the tariff. */
const everyLine = PRICE_FILE_TEMPLATE.split('\n')
  .filter((line) => /^# (\[|[\w-]+ = )/.test(line) && !/^# (hourly|bands)/.test(line))
  .map((line) => line.slice(2))
  .join('\n');

describe('a price file', () => {
  it('says nothing as the template comes, and every line of it is understood', () => {
    expect(read(PRICE_FILE_TEMPLATE)).toMatchObject({ settings: {}, figures: [], currency: { code: 'USD' } });
    const file = read(everyLine);
    expect(file.settings).toMatchObject({
      horizonDays: 365,
      isolation: 'container',
      excludedOptions: ['mine'],
      coolingRatio: 1.1,
      utilisationPercent: { serve: 30, rent: 40, batch: 50 },
      feePercent: { tokens: 10, rental: 22.5, pool: 2, resale: 13.5 },
      vat: { percent: 19, isRegistered: true, isInTariff: false },
    });
    expect(file.figures.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'currency EUR',
      'assumption resale-trend',
      'assumption server-ram',
      'resale RX 580 8GB',
    ]);
  });

  it('gives a tariff in its own currency, flat, by the hour or in bands over midnight', () => {
    const rate = rateOf(priceBook, 'EUR') ?? 0;
    expect(read('currency = "EUR"\n[electricity]\nperKwh = 0.2').settings.electricityUsdPerKwh).toBeCloseTo(0.2 * rate);
    const bands = '[electricity]\nbands = [{from=22,to=6,perKwh=0.08},{from=6,to=22,perKwh=0.14}]';
    const hourly = read(bands).settings.electricityUsdPerKwh;
    expect(hourly).toEqual(Array.from({ length: 24 }, (_, hour) => (hour >= 22 || hour < 6 ? 0.08 : 0.14)));
  });

  it.each([
    ['perKwh = ', /Line 1, column/],
    ['[electricity]\nperKwh = 0.1\nhourly = [0.1]', /24 hours/],
    ['[electricity]\nbands = [{from=0,to=6,perKwh=0.1}]', /leave hours without a price/],
    ['[electricity]\nbands = [{from=0,to=0,perKwh=0.1},{from=3,to=4,perKwh=0.2}]', /give one twice/],
    ['horizonDays = 0', /"horizonDays"/],
    ['horizonDay = 30', /horizonDay/],
    ['currency = "euro"', /[Tt]hree capital letters/],
    ['currency = "XYZ"', /No rate of XYZ/],
    ['[utilisation]\nserve = 130', /"utilisation.serve"/],
    ['[assumptions]\nluck = 7', /"assumptions.luck"/],
    ['[[prices]]\nkind = "gossip"\nsubject = "RTX 3070"\nvalue = 1\nunit = "USD"', /"gossip" is none of/],
    ['[[prices]]\nkind = "resale"\nsubject = "RTX 3070"\nvalue = 1\nunit = "bananas"', /in "bananas"/],
  ])('is refused with its place: %j', (text, words) => {
    expect(whyNot(text)).toMatch(words);
  });

  it('tells of everything that is wrong at once', () => {
    expect(whyNot('horizonDays = -1\nisolation = "none"').split('\n')).toHaveLength(2);
  });

  it('is refused or read, and never thrown at, whatever its text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })), (text) => {
        expect(readPriceFile(text, priceBook, TODAY)).toBeDefined();
      }),
    );
  });

  it('turns what it says of a card’s price into what the card is worth', () => {
    const { figures } = read('[[prices]]\nkind = "resale"\nsubject = "RX 580 8GB"\nvalue = 900\nunit = "USD"');
    const book = { ...priceBook, figures: [...figures] };
    expect(figures[0]).toMatchObject({ venue: 'operator', confidence: 'high', date: TODAY, value: 900 });
    expect(book.figures).toHaveLength(1);
    const card = gradeCard({ cardId: 'a', kind: 'gpu', name: 'RX 580 8GB' });
    const settings = { today: TODAY, horizonDays: 365, isolation: 'container', excludedOptions: [] } as const;
    expect(valueCard(card, priceBook, settings).best?.valueUsd.mid).toBeLessThan(100);
  });
});
