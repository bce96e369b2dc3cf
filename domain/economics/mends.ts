import type { AssessedCard, AssessedRig, Finding, WorkloadFit } from '../grading.ts';
import { roundedUsd, roundUsd, times } from './interval.ts';
import { AI_ONLY, RENT_BLOCKERS, withoutFinding } from './limits.ts';
import { mendPriceOf } from './mend-price.ts';
import type { Pricing } from './pricing.ts';
import { seatsOf } from './seats.ts';
import { cardValuation } from './value-card.ts';
import type { PricedMend, ValuedCard, ValuedRig } from './valued.ts';
import { unmendedUsd } from './worth.ts';

/**
 * Mends that make cards worth more, each by itself: what it costs, what it brings and after how many days it has paid.
 * A mend that brings nothing that can be put in money is not among them.
 */
export function mendsOf(pricing: Pricing, rigs: readonly ValuedRig[]): readonly PricedMend[] {
  return rigs
    .flatMap((rig) => [...rigMends(pricing, rig), ...cardMends(pricing, rig)])
    .toSorted((one, other) => (one.paysBackDays ?? Infinity) - (other.paysBackDays ?? Infinity));
}

function rigMends(pricing: Pricing, rig: ValuedRig): readonly PricedMend[] {
  return rig.assessed.findings.filter(isWorthMoney).flatMap((mended) => {
    const after = mendedRig(rig.assessed, mended);
    const { places } = seatsOf(pricing, after);
    const worths = rig.cards.map(({ assessed }, index) => {
      const place = places[index];
      return place === undefined ? 0 : unmendedUsd(cardValuation(pricing, assessed, place));
    });
    return pricedMend(pricing, rig, mended, undefined, worths);
  });
}

function isWorthMoney({ code, severity, mendKind }: Finding): boolean {
  if (mendKind === 'none' || mendKind === 'reading') return false;
  return severity === 'blocking' || code === 'ram-small' || (RENT_BLOCKERS.has(code) && severity !== 'info');
}

/** A rig once a finding of it is mended; with RAM enough for all its cards where it lacked that. */
function mendedRig(assessed: AssessedRig, mended: Finding): AssessedRig {
  const findings = assessed.findings.filter((finding) => finding !== mended);
  if (mended.code !== 'ram-small') return { ...assessed, findings };
  const { ram: _, ...host } = assessed.rig.host;
  return { ...assessed, findings, rig: { ...assessed.rig, host } };
}

function cardMends(pricing: Pricing, rig: ValuedRig): readonly PricedMend[] {
  const { places } = seatsOf(pricing, rig.assessed);
  return rig.cards.flatMap((valued, index) => {
    const place = places[index];
    if (place === undefined) return [];
    return valued.assessed.findings.flatMap((mended) => {
      const after = mendedCard(valued.assessed, mended);
      if (after === undefined) return [];
      const worths = rig.cards.map((other, at) =>
        at === index ? unmendedUsd(cardValuation(pricing, after, place)) : unmendedUsd(other.valuation),
      );
      return pricedMend(pricing, rig, mended, valued, worths);
    });
  });
}

/** A card once a finding of it is mended; undefined where the mend changes nothing that is reckoned with. */
function mendedCard(assessed: AssessedCard, mended: Finding): AssessedCard | undefined {
  if (mended.severity === 'blocking' && !AI_ONLY.has(mended.code)) return withoutFinding(assessed, mended);
  switch (mended.gain?.kind) {
    case 'loading':
      return withFasterLink(assessed, mended.gain.times);
    case 'speed':
      return { ...assessed, fits: assessed.fits.map((fit) => faster(fit, mended.gain)) };
    case 'serving-cards':
    case 'works-again':
    case 'vram':
    case undefined:
      return undefined;
  }
}

function withFasterLink(assessed: AssessedCard, factor: number): AssessedCard | undefined {
  const { pcieLink } = assessed.card;
  if (pcieLink === undefined || factor <= 1) return undefined;
  return { ...assessed, card: { ...assessed.card, pcieLink: { ...pcieLink, laneCount: pcieLink.laneCount * factor } } };
}

function faster(fit: WorkloadFit, gain: Finding['gain']): WorkloadFit {
  if (fit.speed === undefined || gain?.kind !== 'speed') return fit;
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

function pricedMend(
  pricing: Pricing,
  rig: ValuedRig,
  mended: Finding,
  card: ValuedCard | undefined,
  worths: readonly number[],
): readonly PricedMend[] {
  const gains = rig.cards.map(({ valuation }, index) => (worths[index] ?? 0) - unmendedUsd(valuation));
  const gainUsd = gains.reduce((sum, gain) => sum + gain, 0);
  if (gainUsd < LEAST_GAIN_USD) return [];
  const { costUsd, assumptions } = mendPriceOf(pricing, mended);
  const perDay = gainUsd / pricing.settings.horizonDays;
  return [
    {
      findingCode: mended.code,
      rigId: rig.assessed.rig.rigId,
      ...(card === undefined ? {} : { cardId: card.assessed.card.cardId }),
      mend: mended.mend,
      costUsd: roundedUsd(costUsd),
      gainUsdPerDay: roundUsd(perDay),
      gainUsd: roundUsd(gainUsd - costUsd.mid),
      paysBackDays: Math.ceil(costUsd.mid / perDay),
      unlockedCardIds: rig.cards.flatMap(({ assessed }, index) =>
        (gains[index] ?? 0) >= LEAST_GAIN_USD ? [assessed.card.cardId] : [],
      ),
      assumptions,
    },
  ];
}
