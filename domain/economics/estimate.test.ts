import { describe, expect, it } from 'vitest';
import { cardModels } from '../cards.ts';
import { modelQuote } from './estimate.ts';
import { priceBook } from './price-book.ts';
import { type Pricing, pricingOf } from './pricing.ts';
import { defaultSettings } from './settings.ts';

const pricing = pricingOf(priceBook, defaultSettings('2026-11-25'));

function resaleOf(name: string, by: Pricing = pricing) {
  const model = cardModels.find((each) => each.name === name);
  return model === undefined ? undefined : modelQuote(by, 'resale', model);
}

function usd(name: string): number {
  return resaleOf(name)?.value.mid ?? Number.NaN;
}

describe('what a model sells for that nobody quotes', () => {
  it('is less for a mining card than for the card with outputs that it was made of', () => {
    for (const [mining, card] of [
      ['P104-100 8GB', 'GTX 1080'],
      ['CMP 30HX', 'GTX 1660 SUPER'],
      ['CMP 40HX', 'RTX 2070'],
      ['CMP 90HX', 'RTX 3080 10GB'],
    ] as const) {
      expect(usd(mining), mining).toBeLessThan(0.75 * usd(card));
    }
    expect(resaleOf('CMP 40HX')?.assumptions[0]?.source).toMatch(/times 0\.\d\d, as \d+ mining cards fetch/);
  });

  it('is less for cards that CUDA 13 and ROCm have dropped than for later ones with the same memory', () => {
    expect(usd('GTX 1070')).toBeLessThan(usd('RTX 3050 8GB'));
    expect(usd('Instinct MI50 16GB')).toBeLessThan(0.6 * usd('Pro V620'));
    expect(resaleOf('Radeon VII')?.assumptions[0]?.source).toMatch(/have dropped/);
    expect(resaleOf('RTX 2070')?.assumptions[0]?.source).not.toMatch(/times/);
  });

  it('is no more than a stronger card of the same chip is quoted at, and no less than a weaker one', () => {
    expect(usd('RX 6800')).toBeLessThanOrEqual(usd('RX 6900 XT'));
    expect(usd('RTX 3060 Ti')).toBeLessThanOrEqual(usd('RTX 3070'));
    expect(usd('RTX 3070 Ti')).toBeGreaterThanOrEqual(usd('RTX 3070'));
    expect(usd('RTX 3090 Ti')).toBeGreaterThanOrEqual(usd('RTX 3090'));
  });

  it('is wider than any quote, and never without a middle between its ends', () => {
    for (const model of cardModels) {
      const quote = modelQuote(pricing, 'resale', model);
      if (quote === undefined || !quote.isEstimate) continue;
      const { low, mid, high } = quote.value;
      expect(low, model.name).toBeGreaterThan(0);
      expect(high / mid, model.name).toBeGreaterThan(1.3);
      expect(mid / low, model.name).toBeGreaterThan(1.3);
    }
  });

  it('says nothing of others by too few models', () => {
    const figures = priceBook.figures.filter(({ kind, subject }) => kind !== 'resale' || subject === 'RTX 3090');
    const little = pricingOf({ ...priceBook, figures }, defaultSettings('2026-11-25'));
    expect(resaleOf('RTX 2070', little)).toBeUndefined();
  });
});

describe('what a model fetches by figures that are old', () => {
  const rentOf = (name: string) => {
    const model = cardModels.find((each) => each.name === name);
    return model === undefined ? undefined : modelQuote(pricing, 'rental', model);
  };

  it('is held to what its kin fetch now', () => {
    expect(usd('RTX 3080 10GB')).toBeLessThanOrEqual(usd('RTX 3080 12GB'));
    const quote = rentOf('Tesla V100 PCIe 16GB');
    expect(quote?.value.mid).toBeLessThanOrEqual(rentOf('Tesla V100 PCIe 32GB')?.value.mid ?? 0);
    expect(quote?.assumptions.map(({ source }) => source).join(' ')).toMatch(/its own figures are old/);
  });

  it('is rented for no more than a stronger card of its architecture', () => {
    expect(rentOf('GTX 1060 6GB')?.value.mid).toBeLessThanOrEqual(rentOf('GTX 1070 Ti')?.value.mid ?? 0);
    expect(rentOf('RTX 3080 10GB')?.value.mid).toBeLessThanOrEqual(rentOf('RTX 3090')?.value.mid ?? 0);
  });

  it('is the less certain the older they are', () => {
    const { low, mid, high } = resaleOf('GTX 1080 Ti')?.value ?? { low: 0, mid: 0, high: 0 };
    expect(high / mid).toBeGreaterThan(1.6);
    expect(mid / low).toBeGreaterThan(1.6);
    const fresh = resaleOf('RTX 3090')?.value ?? { low: 0, mid: 0, high: 0 };
    expect(fresh.high / fresh.mid).toBeLessThan(1.3);
  });
});
