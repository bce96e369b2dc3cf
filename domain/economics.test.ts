import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardModels } from './cards.ts';
import { priceBook } from './economics/price-book.ts';
import { sampleFarm, sampleObserved, sampleRig } from './economics/sample-farm.ts';
import { defaultSettings, type OperatorSettings } from './economics/settings.ts';
import { valueCard } from './economics/value-card.ts';
import { valueFarm } from './economics/value-farm.ts';
import type { BreakEven, Valuation } from './economics/valued.ts';
import { bestUsd } from './economics/worth.ts';
import { gradeCard } from './grading.ts';
import type { ObservedCard } from './inventory.ts';

const settings = defaultSettings('2026-11-25');
const RUNS = { numRuns: 150 };

/** Every model that a farm may have, as a driver prints it. */
const anyModel = fc.constantFrom(...cardModels.filter(({ vramBytes }) => vramBytes !== undefined));

const anyLink = fc.record({
  generation: fc.integer({ min: 1, max: 4 }),
  laneCount: fc.constantFrom(1, 2, 4, 8, 16),
});

const anyReading = fc.option(
  fc.record({
    powerWatts: fc.integer({ min: 20, max: 400 }),
    temperatureCelsius: fc.integer({ min: 30, max: 90 }),
    fanPercent: fc.constantFrom(0, 50, 70, 100),
    hashesPerSecond: fc.integer({ min: 1e6, max: 1.3e8 }),
    algorithm: fc.constant('ethash'),
  }),
  { nil: undefined },
);

const anyCard: fc.Arbitrary<ObservedCard> = fc
  .tuple(anyModel, anyLink, anyReading)
  .map(([{ name, vendor, vramBytes }, pcieLink, reading]) =>
    sampleObserved(name, {
      vendor,
      pcieLink,
      ...(vramBytes === undefined ? {} : { vramBytes }),
      ...(reading === undefined ? {} : { reading }),
    }),
  );

const anyHourly = fc.array(fc.double({ min: 0, max: 0.6, noNaN: true }), { minLength: 24, maxLength: 24 });
const anyTariff = fc.oneof(fc.double({ min: 0, max: 0.6, noNaN: true }), anyHourly);

function valued(card: ObservedCard, changed: Partial<OperatorSettings> = {}): Valuation {
  return valueCard(gradeCard(card), priceBook, { ...settings, ...changed });
}

function scaled(tariff: number | readonly number[], factor: number): number | readonly number[] {
  return typeof tariff === 'number' ? tariff * factor : tariff.map((price) => price * factor);
}

describe('a card’s best value', () => {
  it('is never lowered by cheaper power', () => {
    fc.assert(
      fc.property(anyCard, anyTariff, fc.double({ min: 0, max: 1, noNaN: true }), (card, tariff, factor) => {
        const dear = valued(card, { electricityUsdPerKwh: tariff });
        const cheap = valued(card, { electricityUsdPerKwh: scaled(tariff, factor) });
        if (cheap.verdict !== null) expect(bestUsd(cheap)).toBeGreaterThanOrEqual(bestUsd(dear));
      }),
      RUNS,
    );
  });

  it('is never lowered by a faster link', () => {
    fc.assert(
      fc.property(anyCard, anyLink, (card, link) => {
        const [slow, fast] = [card.pcieLink ?? link, link];
        fc.pre(fast.generation >= slow.generation && fast.laneCount >= slow.laneCount);
        const after = valued({ ...card, pcieLink: fast });
        if (after.verdict !== null) expect(bestUsd(after)).toBeGreaterThanOrEqual(bestUsd(valued(card)));
      }),
      RUNS,
    );
  });

  it('is never lowered by more VRAM, of the same model or of the same family', () => {
    const families = [...Map.groupBy(cardModels, ({ family }) => family).values()].filter(({ length }) => length > 1);
    fc.assert(
      fc.property(fc.constantFrom(...families), fc.nat(), fc.nat(), (models, one, other) => {
        const [first, second] = [models[one % models.length], models[other % models.length]];
        const [small, large] = [first, second].toSorted((a, b) => (a?.vramBytes ?? 0) - (b?.vramBytes ?? 0));
        if (small?.vramBytes === undefined || large?.vramBytes === undefined) return;
        // Another bus under the same name is another card, not more memory.
        fc.pre((small.memoryBandwidthBytesPerSecond ?? 0) <= (large.memoryBandwidthBytesPerSecond ?? 0));
        fc.pre((small.boardPowerWatts ?? 0) >= (large.boardPowerWatts ?? 0));
        const worth = (bytes: number, name: string) => bestUsd(valued(sampleObserved(name, { vramBytes: bytes })));
        const more = worth(large.vramBytes, large.name);
        if (more === 0) return;
        expect(more).toBeGreaterThanOrEqual(worth(small.vramBytes, small.name));
      }),
      RUNS,
    );
  });

  it('is never lowered by more VRAM than its driver reported before, the model being the same', () => {
    const anyShare = fc.double({ min: 0.5, max: 2.5, noNaN: true });
    fc.assert(
      fc.property(anyModel, anyShare, anyShare, ({ name, vramBytes = 0 }, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((share) =>
          gradeCard(sampleObserved(name, { vramBytes: Math.round(vramBytes * share) })),
        );
        if (less?.match?.kind !== 'matched' || more?.match?.kind !== 'matched') return;
        if (less.match.model !== more.match.model) return;
        const [before, after] = [less, more].map((card) => bestUsd(valueCard(card, priceBook, settings)));
        expect(after).toBeGreaterThanOrEqual(before ?? 0);
      }),
      RUNS,
    );
  });

  it('is never lowered by more RAM in its rig', () => {
    const ram = fc.integer({ min: 1, max: 64 });
    fc.assert(
      fc.property(fc.array(anyCard, { minLength: 1, maxLength: 8 }), ram, ram, (cards, one, other) => {
        const [little, much] = [Math.min(one, other), Math.max(one, other)].map((gib) =>
          valueFarm(sampleFarm(sampleRig('rig', gib, cards)), priceBook, settings).rigs.flatMap((rig) => rig.cards),
        );
        for (const [index, { valuation }] of (much ?? []).entries()) {
          const before = little?.[index]?.valuation;
          // A card that may be of two models has no value where these differ in what to do.
          if (before !== undefined && valuation.verdict !== null)
            expect(bestUsd(valuation)).toBeGreaterThanOrEqual(bestUsd(before));
        }
      }),
      RUNS,
    );
  });

  it('is the greatest of its options, and the verdict is that option’s', () => {
    fc.assert(
      fc.property(anyCard, anyTariff, (card, electricityUsdPerKwh) => {
        const { best, options, verdict, marginUsd, secondBest } = valued(card, { electricityUsdPerKwh });
        expect(verdict).toBe(best?.verdict ?? null);
        for (const option of options) expect(best?.valueUsd.mid).toBeGreaterThanOrEqual(option.valueUsd.mid);
        if (best !== null && secondBest !== null) {
          expect(marginUsd).toBeCloseTo(best.valueUsd.mid - secondBest.valueUsd.mid, 6);
        }
      }),
      RUNS,
    );
  });

  it('comes with low, middle and high in order in every amount', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        for (const option of valued(card).options) {
          const { incomeUsdPerDay, costUsdPerDay, netUsdPerDay, onceUsd, residualUsd, valueUsd } = option;
          for (const { low, mid, high } of [
            incomeUsdPerDay,
            costUsdPerDay,
            netUsdPerDay,
            onceUsd,
            residualUsd,
            valueUsd,
          ]) {
            expect(low).toBeLessThanOrEqual(mid);
            expect(mid).toBeLessThanOrEqual(high);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('a break-even', () => {
  it('is where the verdict turns: just before it the verdict holds, just past it it is the other', () => {
    fc.assert(
      fc.property(anyCard, fc.constantFrom(0.02, 0.1, 0.25), (card, price) => {
        const before = valued(card, { electricityUsdPerKwh: price });
        for (const flip of before.breakEvens) {
          expect(verdictAt(card, flip, price, 1 - 1e-4)).toBe(before.verdict);
          expect(verdictAt(card, flip, price, 1 + 1e-4)).toBe(flip.thenVerdict);
        }
      }),
      RUNS,
    );
  });

  it('of electricity turns the verdict at a tariff by the hour too', () => {
    fc.assert(
      fc.property(anyCard, anyHourly, (card, hourly) => {
        const before = valued(card, { electricityUsdPerKwh: hourly });
        for (const flip of before.breakEvens.filter(({ parameter }) => parameter === 'electricity')) {
          fc.pre(flip.now > 1e-3);
          const factor = past(flip, 1 + 1e-4) / flip.now;
          expect(valued(card, { electricityUsdPerKwh: scaled(hourly, factor) }).verdict).toBe(flip.thenVerdict);
        }
      }),
      RUNS,
    );
  });
});

/** A value on the way from now to the flip: at 1 the flip itself, past 1 beyond it. */
function past({ now, flipsAt }: BreakEven, share: number): number {
  const value = now + (flipsAt - now) * share;
  // Where the flip is next to today's value, a share of the way is no step at all.
  return Math.abs(value - flipsAt) < 1e-7 ? flipsAt + Math.sign((flipsAt - now) * (share - 1)) * 1e-7 : value;
}

function verdictAt(card: ObservedCard, flip: BreakEven, priceUsdPerKwh: number, share: number): Valuation['verdict'] {
  const value = past(flip, share);
  if (flip.parameter === 'electricity') return valued(card, { electricityUsdPerKwh: value }).verdict;
  const utilisationPercent = { [flip.of ?? 'serve']: value };
  return valued(card, { electricityUsdPerKwh: priceUsdPerKwh, utilisationPercent }).verdict;
}

describe('a farm’s totals', () => {
  it('are the sums of its rows, by rig, by verdict and in all', () => {
    const anyRig = fc.tuple(fc.integer({ min: 2, max: 32 }), fc.array(anyCard, { maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(anyRig, { maxLength: 5 }), (rigs) => {
        const farm = sampleFarm(...rigs.map(([gib, cards], index) => sampleRig(`rig-${index}`, gib, cards)));
        const { totals, rigs: valuedRigs } = valueFarm(farm, priceBook, settings);
        const cards = valuedRigs.flatMap((rig) => rig.cards);
        const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + Math.round(amount * 1e6), 0);
        const mids = cards.map(({ valuation }) => valuation.best?.valueUsd.mid ?? 0);
        expect(Math.round(totals.all.valueUsd.mid * 1e6)).toBe(sum(mids));
        expect(sum(Object.values(totals.byVerdict).map(({ valueUsd }) => valueUsd.mid))).toBe(sum(mids));
        expect(sum(valuedRigs.map((rig) => rig.totals.all.valueUsd.mid))).toBe(sum(mids));
        expect(totals.all.cardCount).toBe(cards.length);
        expect(Object.values(totals.byVerdict).reduce((all, { cardCount }) => all + cardCount, 0)).toBe(cards.length);
      }),
      { numRuns: 40 },
    );
  });

  it('are the same for the same farm, whatever was valued before', () => {
    const cards = [sampleObserved('RX 580 8GB'), sampleObserved('RTX 3090'), sampleObserved('CMP 40HX')];
    const farm = sampleFarm(sampleRig('rig', 8, cards));
    const again = { ...settings };
    expect(valueFarm(farm, priceBook, settings)).toEqual(valueFarm(farm, priceBook, again));
  });
});
