import { describe, expect, it } from 'vitest';
import { cardModels } from '../cards.ts';
import { gradeRig } from '../grading.ts';
import type { PriceFigure } from './figure.ts';
import { freePlace } from './limits.ts';
import { bookWith, priceBook } from './price-book.ts';
import { pricingOf } from './pricing.ts';
import { sampleCard } from './sample-farm.ts';
import { defaultSettings, type OperatorSettings } from './settings.ts';
import { cardNumber, cardValuation, cardWorthUsd, valueCard } from './value-card.ts';
import type { OptionKind, Valuation } from './valued.ts';
import { unmendedUsd } from './worth.ts';

const settings = defaultSettings('2026-11-25');

function valued(name: string, changed: Partial<OperatorSettings> = {}): Valuation {
  return valueCard(sampleCard(name), priceBook, { ...settings, ...changed });
}

function own(kind: PriceFigure['kind'], subject: string, value: number, unit: string): PriceFigure {
  const rest = { date: '2026-11-25', venue: 'operator', confidence: 'high', source: 'a test' } as const;
  return { figureId: `${kind}/${subject}`, kind, subject, value, unit, ...rest };
}

function option({ options }: Valuation, kind: OptionKind) {
  return options.find((each) => each.kind === kind);
}

function refusal({ refused }: Valuation, kind: OptionKind) {
  return refused.find((each) => each.kind === kind);
}

describe('what a card is worth', () => {
  it('is weighed over every option that it has, each with the figures that it rests on', () => {
    const valuation = valued('RTX 3090');
    expect(valuation.options.map(({ kind }) => kind).toSorted()).toEqual(
      ['batch', 'mine', 'recycle', 'rent', 'sell-later', 'sell-now', 'serve', 'sleep'].toSorted(),
    );
    const names =
      option(valuation, 'serve')
        ?.assumptions.map(({ figureId }) => figureId)
        .join(' ') ?? '';
    for (const part of [
      'token-input',
      'token-output',
      'serve-utilisation',
      'batching-gain',
      'electricity',
      'cooling',
      'work-power',
      'fee/tokens',
      'resale',
    ]) {
      expect(names).toContain(part);
    }
    expect(valuation.reason).toMatch(/\$/);
  });

  it('adds up: net is income less cost, and value is net over the horizon, what comes once and what is left', () => {
    for (const { incomeUsdPerDay, costUsdPerDay, netUsdPerDay, onceUsd, residualUsd, valueUsd, kind } of valued(
      'RTX 3070',
    ).options) {
      expect(netUsdPerDay.mid).toBeCloseTo(incomeUsdPerDay.mid - costUsdPerDay.mid, 5);
      expect(valueUsd.mid, kind).toBeCloseTo(netUsdPerDay.mid * 365 + onceUsd.mid + residualUsd.mid, 3);
    }
  });

  it('is withheld for a card that nobody knows, and for a processor', () => {
    expect(valued('Graphics of tomorrow')).toMatchObject({ verdict: null, best: null, options: [] });
    expect(valueCard(sampleCard('CPU', { kind: 'cpu' }), priceBook, settings)).toMatchObject({ verdict: null });
  });

  it('is told for a card of several models only where all have the same verdict', () => {
    const valuation = valueCard(sampleCard('RX 580'), priceBook, settings);
    expect(valuation.reason).toMatch(/RX 580 8GB/);
    if (valuation.verdict === null) expect(valuation.reason).toMatch(/differ/);
    else expect(valuation).toMatchObject({ confidence: 'low', breakEvens: [] });
  });

  it('says of a card of several models that what it runs is not known, not that nothing drives it', () => {
    const valuation = valueCard(sampleCard('RX 580'), priceBook, settings);
    expect(refusal(valuation, 'serve')).toMatchObject({ findingCode: 'model-ambiguous' });
    expect(refusal(valuation, 'serve')?.why).toMatch(/which model/);
  });

  it('says no to what costs more than it earns: a card that nobody may sell sleeps', () => {
    const excludedOptions = ['sell', 'recycle'] as const;
    expect(valued('GTX 1060 6GB', { excludedOptions, electricityUsdPerKwh: 0.4 })).toMatchObject({ verdict: 'sleep' });
    expect(refusal(valued('RX 580 8GB', { excludedOptions }), 'sell-now')?.why).toMatch(/ruled it out/);
  });

  it('recycles what fetches less than the work of selling it', () => {
    const book = bookWith(priceBook, [own('resale', 'GTX 750 Ti', 6, 'USD')]);
    expect(valueCard(sampleCard('GTX 750 Ti'), book, settings)).toMatchObject({ verdict: 'recycle' });
  });

  it('mines where a coin pays, in the hours that pay for themselves', () => {
    const pays = own('coin-income', 'pearl', 0.02, 'USD/day/TH/s');
    const book = bookWith(priceBook, [pays, own('assumption', 'coin-trend', 0, '%/year')]);
    const night = Array.from({ length: 24 }, (_, hour) => (hour < 8 ? 0.05 : 3));
    const valuation = valueCard(sampleCard('RTX 3070'), book, { ...settings, electricityUsdPerKwh: night });
    const mine = option(valuation, 'mine');
    expect(mine?.utilisationPercent).toBeCloseTo(100 / 3, 0);
    expect(mine?.netUsdPerDay.mid).toBeGreaterThan(0);
    expect(option(valued('RTX 3070', { electricityUsdPerKwh: 3 }), 'mine')?.netUsdPerDay.mid).toBeLessThan(0);
  });

  it('rents nothing to strangers as a plain process, nor what renters’ software does not drive', () => {
    expect(refusal(valued('RTX 3090', { isolation: 'process' }), 'rent')?.mend).toMatch(/Podman/);
    expect(refusal(valued('RX 580 8GB'), 'rent')?.why).toMatch(/Vulkan alone/);
    expect(refusal(valued('CMP 40HX'), 'rent')?.why).toMatch(/mining card/);
  });

  it('rents nothing by the hour in a rig without AVX, where PyTorch does not start', () => {
    const { findings } = gradeRig({
      ...{ rigId: 'r', name: 'rig', source: 'hiveos', cards: [], contradictions: [] },
      host: { cpu: { modelName: 'Celeron J1800', coreCount: 2, vectorExtension: 'none' } },
    });
    const place = { ...freePlace, findings: findings.filter(({ code }) => code === 'cpu-no-avx') };
    const valuation = valueCard(sampleCard('RTX 3070'), priceBook, settings, place);
    expect(refusal(valuation, 'rent')).toMatchObject({ findingCode: 'cpu-no-avx' });
    expect(option(valuation, 'serve')).toBeDefined();
  });

  it('pays less rent for a slow link, and the same for tokens', () => {
    const link = (generation: number, laneCount: number) =>
      valueCard(sampleCard('RTX 3090', { pcieLink: { generation, laneCount } }), priceBook, settings);
    const [wide, slow] = [link(3, 16), link(1, 1)];
    expect(option(slow, 'rent')?.incomeUsdPerDay.mid).toBeCloseTo(
      (option(wide, 'rent')?.incomeUsdPerDay.mid ?? 0) / 2,
      6,
    );
    expect(option(slow, 'serve')?.incomeUsdPerDay).toEqual(option(wide, 'serve')?.incomeUsdPerDay);
  });

  it('takes AI work from a card without RAM to serve it, and says which mend brings it back', () => {
    const place = { ...freePlace, hasSeat: false };
    const valuation = valueCard(sampleCard('RTX 3090'), priceBook, settings, place);
    for (const kind of ['serve', 'rent', 'batch'] as const) {
      expect(refusal(valuation, kind)).toMatchObject({ findingCode: 'ram-small', mend: expect.stringMatching(/RAM/) });
    }
    expect(option(valuation, 'mine')).toBeDefined();
  });

  it('runs nothing on a card with a fault, and weighs the mend against selling it as it is', () => {
    const reading = { fanPercent: 0, temperatureCelsius: 84 };
    const valuation = valueCard(sampleCard('RTX 3090', { reading }), priceBook, settings);
    expect(valuation).toMatchObject({ verdict: 'repair', best: { kind: 'repair', onceUsd: { mid: -16.5 } } });
    expect(valuation.best?.what).toMatch(/fan/);
    expect(refusal(valuation, 'mine')?.findingCode).toBe('fan-stopped');
    expect(option(valuation, 'sell-now')?.what).toMatch(/faulty/);
  });

  it('earns by the operator’s own utilisation, fees, tariff and horizon', () => {
    const serve = (changed: Partial<OperatorSettings>) => option(valued('RTX 3090', changed), 'serve');
    const base = serve({ utilisationPercent: { serve: 20 } })?.incomeUsdPerDay.mid ?? 0;
    expect(serve({ utilisationPercent: { serve: 40 } })?.incomeUsdPerDay.mid).toBeCloseTo(2 * base, 5);
    expect(serve({ utilisationPercent: { serve: 20 }, feePercent: { tokens: 55 } })?.incomeUsdPerDay.mid).toBeCloseTo(
      base / 2,
      5,
    );
    expect(serve({ electricityUsdPerKwh: 0 })?.costUsdPerDay).toEqual({ low: 0, mid: 0, high: 0 });
    expect(serve({ horizonDays: 1 })?.valueUsd.mid).not.toEqual(serve({ horizonDays: 730 })?.valueUsd.mid);
    expect(serve({ coolingRatio: 2.2 })?.costUsdPerDay.mid).toBeCloseTo(
      2 * (serve({ coolingRatio: 1.1 })?.costUsdPerDay.mid ?? 0),
      5,
    );
  });

  it('takes VAT off a sale where the operator owes it', () => {
    const vat = { percent: 20, isRegistered: true, isInTariff: false };
    const [with20, without] = [valued('RTX 3090', { vat }), valued('RTX 3090')].map(
      (each) => option(each, 'sell-now')?.valueUsd.mid ?? 0,
    );
    expect(((with20 ?? 0) + 8) * 1.2).toBeCloseTo((without ?? 0) + 8, 3);
  });

  it('marks every figure that is older than 90 days in the answer', () => {
    const stale = valued('GTX 1080 Ti').options.flatMap(({ assumptions }) =>
      assumptions.filter(({ isStale }) => isStale),
    );
    expect(stale.length).toBeGreaterThan(0);
    for (const { ageDays } of stale) expect(ageDays).toBeGreaterThan(90);
    expect(valued('GTX 1080 Ti').confidenceWhy).toMatch(/stale/);
  });
});

describe('what a card would be worth', () => {
  const places = [freePlace, { ...freePlace, cardCount: 6 }, { ...freePlace, hasSeat: false, isRoomy: false }];

  it('is what its valuation says, of every model of the catalogue, in any place, sound or broken', () => {
    const pricing = pricingOf(priceBook, settings);
    for (const { name } of cardModels) {
      for (const fanPercent of [0, 50]) {
        const assessed = sampleCard(name, { reading: { fanPercent, temperatureCelsius: 80 } });
        const card = { assessed, number: cardNumber(assessed) };
        for (const place of places) {
          const worthUsd = unmendedUsd(cardValuation(pricing, card, place));
          expect(cardWorthUsd(pricing, card, place)).toBeCloseTo(worthUsd, 5);
        }
      }
    }
  });
});
