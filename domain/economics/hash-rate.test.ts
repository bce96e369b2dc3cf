import { describe, expect, it } from 'vitest';
import { cardModels } from '../cards.ts';
import type { PriceFigure } from './figure.ts';
import { hashRateOf, throttlingOf } from './hash-rate.ts';
import { miningIncomes } from './mining-income.ts';
import { bookWith, priceBook } from './price-book.ts';
import { pricingOf } from './pricing.ts';
import { sampleCard } from './sample-farm.ts';
import { defaultSettings } from './settings.ts';
import { cardNumber, valueCard } from './value-card.ts';

const settings = defaultSettings('2026-11-25');
const pricing = pricingOf(priceBook, settings);

function modelOf(name: string) {
  const model = cardModels.find((each) => each.name === name);
  if (model === undefined) expect.fail(`no ${name} in the catalogue`);
  return model;
}

function pearlOf(name: string) {
  return hashRateOf(pricing, modelOf(name), 'pearl', 'no');
}

function measuredAt(teraOperationsPerSecond: number) {
  return { measurements: [{ kind: 'compute', precision: 'fp32', teraOperationsPerSecond, source: 'a test' }] } as const;
}

describe('what a card hashes', () => {
  it('is estimated for a card with matrix units that nobody measured, between cards of its architecture', () => {
    for (const [less, more] of [
      ['RTX 3070', 'RTX 3070 Ti'],
      ['RTX 3070 Ti', 'RTX 3080 10GB'],
      ['RTX 3080 Ti', 'RTX 3090'],
      ['RTX 2060', 'RTX 2070 SUPER'],
    ] as const) {
      expect(pearlOf(more)?.hashes.mid, more).toBeGreaterThan(pearlOf(less)?.hashes.mid ?? Infinity);
    }
    expect(pearlOf('RTX 3090')?.assumptions[0]).toMatchObject({ venue: 'estimate', confidence: 'low' });
    expect(pearlOf('RTX 3090')?.powerWatts).toBeGreaterThan(230);
  });

  it('is not estimated without matrix units, nor from cards of another architecture', () => {
    for (const name of ['GTX 1080 Ti', 'GTX 1660 SUPER', 'RX 6800', 'Tesla V100 PCIe 16GB', 'RTX 5090']) {
      expect(pearlOf(name), name).toBeUndefined();
    }
  });

  it('is taken as shipped for a mining card that nobody measured: unlocked only at its high', () => {
    const [open, shipped, slowed] = (['no', 'as-shipped', 'measured'] as const).map(
      (throttling) => hashRateOf(pricing, modelOf('CMP 50HX'), 'pearl', throttling)?.hashes,
    );
    expect(shipped?.mid).toBeLessThan((open?.mid ?? 0) / 10);
    expect(shipped?.high).toBe(open?.high);
    expect(slowed?.high).toBeLessThan((open?.high ?? 0) / 10);
  });

  it('stands as the operator gives it, whatever the firmware', () => {
    const own: PriceFigure = {
      ...{ figureId: 'own', kind: 'hash-rate', subject: 'CMP 50HX', value: 88, unit: 'TH/s', coin: 'pearl' },
      ...{ powerWatts: 215, date: '2026-11-25', venue: 'operator', confidence: 'high', source: 'my rigs' },
    };
    const mine = pricingOf(bookWith(priceBook, [own]), settings);
    expect(hashRateOf(mine, modelOf('CMP 50HX'), 'pearl', 'as-shipped')?.hashes.mid).toBe(88e12);
  });

  it('makes a mining card worth mining with where it was measured unlocked, and not where nobody measured it', () => {
    const [unlocked, shipped, throttled] = [measuredAt(12.4), {}, measuredAt(0.42)].map((fields) =>
      sampleCard('CMP 50HX', fields),
    );
    const incomes = [unlocked, shipped, throttled].map((card) => {
      if (card === undefined) return 0;
      return miningIncomes(pricing, modelOf('CMP 50HX'), card).find(({ coin }) => coin === 'pearl')?.usdPerDay ?? 0;
    });
    expect(incomes[0]).toBeGreaterThan(10 * (incomes[1] ?? 0));
    expect(incomes[1]).toBe(incomes[2]);
    const mineOf = (card: typeof shipped) =>
      card && valueCard(card, priceBook, settings).options.find(({ kind }) => kind === 'mine');
    expect(mineOf(shipped)?.netUsdPerDay.mid).toBeLessThan(0);
    expect(mineOf(shipped)?.netUsdPerDay.high).toBeGreaterThan(0.5);
    expect(mineOf(throttled)?.netUsdPerDay.high).toBeLessThan(0.1);
    const numbers = [unlocked, shipped, throttled].map((card) => card && cardNumber(card));
    expect(new Set(numbers).size).toBe(3);
  });

  it('is that of an unlocked card where its name says so', () => {
    const throttlings = ['CMP 50HX', 'CMP 50HX (unlocked)', 'CMP 50HX (stock)', 'RTX 3070'].map((name) => {
      const card = sampleCard(name);
      return throttlingOf(card, card.match?.kind === 'matched' ? card.match.model : undefined);
    });
    expect(throttlings).toEqual(['as-shipped', 'no', 'measured', 'no']);
  });

  it('is what the card itself hashes, of any coin, where that can be of such a card', () => {
    const pearl = (hashesPerSecond: number) => {
      const card = sampleCard('CMP 50HX', { reading: { hashesPerSecond, algorithm: 'pearlhash', powerWatts: 210 } });
      return miningIncomes(pricing, modelOf('CMP 50HX'), card).find(({ coin }) => coin === 'pearl')?.usdPerDay ?? 0;
    };
    expect(pearl(90e12)).toBeCloseTo(30 * pearl(3e12), 5);
    expect(pearl(90e15)).toBeLessThan(pearl(90e12) / 10);
  });
});
