import type { AssessedCard, Finding, MendGain, WorkloadFit } from '../grading.ts';
import { roundedUsd, roundUsd, sumOf, times } from './interval.ts';
import { limitNumber, samePlace } from './limiting.ts';
import { AI_ONLY, type CardPlace, RENT_BLOCKERS, withoutFindings } from './limits.ts';
import { type LinkClass, linkClassOf } from './link.ts';
import { mendPriceOf } from './mend-price.ts';
import type { Pricing } from './pricing.ts';
import type { ReckonedCard, ReckonedRig } from './reckoned-rig.ts';
import { cardNumber, cardWorthUsd, type NumberedCard } from './value-card.ts';
import type { PricedMend, ValuedCard, ValuedRig } from './valued.ts';
import { unmendedUsd } from './worth.ts';

/**
 * Mends that make cards worth more, each by itself: what it costs, what it brings and after how many days it has paid.
 * A mend that brings nothing that can be put in money is not among them.
 */
export function mendsOf(pricing: Pricing, rigs: readonly ReckonedRig[]): readonly PricedMend[] {
  return rigs
    .flatMap((rig) => [...rigMends(pricing, rig), ...cardMends(pricing, rig)])
    .toSorted((one, other) => (one.paysBackDays ?? Infinity) - (other.paysBackDays ?? Infinity));
}

function rigMends(pricing: Pricing, { rig, slots }: ReckonedRig): readonly PricedMend[] {
  const { findings } = rig.assessed;
  const asked = findings.filter((finding) => isWorthMoney(finding) && !isShadowed(finding, findings));
  return asked.flatMap((mended) => {
    const gains = slots.map(
      (slot) => cardWorthUsd(pricing, slot, mendedPlace(slot.place, mended)) - unmendedUsd(slot.valued.valuation),
    );
    return pricedMend(pricing, rig, { mended: [mended], comesOnce: false }, gains);
  });
}

function isWorthMoney({ code, severity, mendKind }: Finding): boolean {
  if (mendKind === 'none' || mendKind === 'reading') return false;
  const isOfSome = code === 'ram-small' || code === 'driver-dropped';
  return severity === 'blocking' || isOfSome || (RENT_BLOCKERS.has(code) && severity !== 'info');
}

/** Where another finding keeps renters away all the same, the mend of one by itself brings none. */
function isShadowed(mended: Finding, findings: readonly Finding[]): boolean {
  return isRentBlocker(mended) && findings.some((finding) => finding !== mended && isRentBlocker(finding));
}

function isRentBlocker({ code, severity }: Finding): boolean {
  return severity === 'warning' && RENT_BLOCKERS.has(code);
}

const mendedPlaces = new WeakMap<CardPlace, Map<number, CardPlace>>();

/** A place once a finding of its rig is mended; made once for all rigs that are alike. */
function mendedPlace(place: CardPlace, mended: Finding): CardPlace {
  const known = mendedPlaces.get(place) ?? new Map<number, CardPlace>();
  mendedPlaces.set(place, known);
  const number = limitNumber(mended);
  const made = known.get(number) ?? makeMendedPlace(place, mended);
  known.set(number, made);
  return made;
}

/** With RAM enough for all its cards where it lacked that, with a driver that drives them where it had another. */
function makeMendedPlace(place: CardPlace, mended: Finding): CardPlace {
  const findings = place.findings.filter((finding) => limitNumber(finding) !== limitNumber(mended));
  const given = mended.code === 'ram-small' ? { hasSeat: true, isRoomy: true } : {};
  const driven = mended.code === 'driver-dropped' ? { isDriven: true } : {};
  return samePlace({ ...place, findings, ...given, ...driven });
}

function cardMends(pricing: Pricing, { rig, slots }: ReckonedRig): readonly PricedMend[] {
  return slots.flatMap((slot, index) =>
    jobsOf(slot).flatMap((mended) => {
      const worthUsd = mendedUsd(pricing, slot, mended);
      if (worthUsd === undefined) return [];
      const gainUsd = worthUsd - unmendedUsd(slot.valued.valuation);
      if (gainUsd < LEAST_GAIN_USD) return [];
      const gains = rig.cards.map((_, at) => (at === index ? gainUsd : 0));
      const job = { mended, card: slot.valued, comesOnce: mended.some(isFault) && isSoldOnceMended(slot) };
      return pricedMend(pricing, rig, job, gains);
    }),
  );
}

function isFault({ severity, code }: Finding): boolean {
  return severity === 'blocking' && !AI_ONLY.has(code);
}

/** What is mended together: all faults of a card, for nothing runs before the last of them is; every other by itself. */
function jobsOf({ assessed: { findings } }: ReckonedCard): readonly (readonly Finding[])[] {
  if (!findings.some(isFault)) return findings.map((finding) => [finding]);
  return [findings.filter(isFault), ...findings.filter((finding) => !isFault(finding)).map((finding) => [finding])];
}

function isSoldOnceMended({ valued }: ReckonedCard): boolean {
  return valued.valuation.options.some(({ kind, powerWatts }) => kind === 'repair' && powerWatts === 0);
}

/** What a card is worth once findings of it are mended; undefined where that changes nothing that is reckoned with. */
function mendedUsd(pricing: Pricing, slot: ReckonedCard, mended: readonly Finding[]): number | undefined {
  const { assessed, place } = slot;
  const [first] = mended;
  if (first === undefined) return undefined;
  if (isFault(first)) return cardWorthUsd(pricing, numbered(withoutFindings(assessed, mended)), place);
  const { gain, mendKind } = first;
  // Where a card may move to is asked of the whole farm: see `movesOf`.
  if (gain === undefined || mendKind === 'move-card') return undefined;
  switch (gain.kind) {
    case 'loading':
      return cardWorthUsd(pricing, slot, place, fasterLink(assessed, gain.times));
    case 'speed':
      return cardWorthUsd(pricing, numbered({ ...assessed, fits: fasterFits(assessed.fits, gain) }), place);
    case 'serving-cards':
    case 'works-again':
    case 'vram':
      return undefined;
  }
}

function numbered(assessed: AssessedCard): NumberedCard {
  return { assessed, number: cardNumber(assessed) };
}

function fasterLink({ card }: AssessedCard, factor: number): LinkClass {
  const { pcieLink } = card;
  if (pcieLink === undefined) return 'unknown';
  return linkClassOf({ ...card, pcieLink: { ...pcieLink, laneCount: pcieLink.laneCount * Math.max(1, factor) } });
}

const fasterByFits = new WeakMap<AssessedCard['fits'], Map<string, AssessedCard['fits']>>();

/** The same list for all cards that share theirs. */
function fasterFits(fits: AssessedCard['fits'], gain: Speedup): AssessedCard['fits'] {
  const known = fasterByFits.get(fits) ?? new Map<string, AssessedCard['fits']>();
  fasterByFits.set(fits, known);
  const key = `${gain.promptTimes}/${gain.generateTimes}`;
  const made = known.get(key) ?? fits.map((fit) => faster(fit, gain));
  known.set(key, made);
  return made;
}

type Speedup = Extract<MendGain, { readonly kind: 'speed' }>;

function faster(fit: WorkloadFit, gain: Speedup): WorkloadFit {
  if (fit.speed === undefined) return fit;
  const { generateTokensPerSecond, promptTokensPerSecond } = fit.speed;
  return {
    ...fit,
    speed: {
      ...fit.speed,
      generateTokensPerSecond: times(generateTokensPerSecond, gain.generateTimes),
      promptTokensPerSecond: times(promptTokensPerSecond, gain.promptTimes),
    },
  };
}

/** Less than this over the horizon is no gain: it is within what rounding of readings does. */
const LEAST_GAIN_USD = 0.01;

interface MendJob {
  readonly mended: readonly Finding[];
  readonly card?: ValuedCard;
  readonly comesOnce: boolean;
}

function pricedMend(
  pricing: Pricing,
  rig: ValuedRig,
  { mended, card, comesOnce }: MendJob,
  gains: readonly number[],
): readonly PricedMend[] {
  const gainUsd = gains.reduce((sum, gain) => sum + gain, 0);
  const [first] = mended;
  if (gainUsd < LEAST_GAIN_USD || first === undefined) return [];
  const prices = mended.map((finding) => mendPriceOf(pricing, finding));
  const costUsd = sumOf(...prices.map((price) => [1, price.costUsd] as const));
  const perDay = gainUsd / pricing.settings.horizonDays;
  return [
    {
      findingCode: first.code,
      rigId: rig.assessed.rig.rigId,
      ...(card === undefined ? {} : { cardId: card.assessed.card.cardId }),
      mend: mended.map(({ mend }) => mend).join(' '),
      costUsd: roundedUsd(costUsd),
      gainUsdPerDay: roundUsd(perDay),
      gainUsd: roundUsd(gainUsd - costUsd.mid),
      comesOnce,
      paysBackDays: comesOnce ? daysOfSale(gainUsd - costUsd.mid) : Math.ceil(costUsd.mid / perDay),
      unlockedCardIds: rig.cards.flatMap(({ assessed }, index) =>
        (gains[index] ?? 0) >= LEAST_GAIN_USD ? [assessed.card.cardId] : [],
      ),
      assumptions: prices.flatMap((price) => price.assumptions),
    },
  ];
}

/** A sale pays for the mend at once, or never. */
function daysOfSale(leftUsd: number): number | null {
  return leftUsd >= 0 ? 0 : null;
}
