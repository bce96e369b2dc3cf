import type { CardModel } from '../cards.ts';
import type { AssessedCard } from '../grading.ts';
import { sumOf } from './interval.ts';
import { AI_ONLY, type CardPlace, type Limits, limitsOf, undrivenBy } from './limits.ts';
import type { LinkClass } from './link.ts';
import { mendPriceOf } from './mend-price.ts';
import type { Pricing, Quote } from './pricing.ts';
import type { OptionCore, RepairCore } from './run-core.ts';
import { runCores, type SlottedCard } from './run-cores.ts';
import { residualOf, saleCores } from './sale-cores.ts';
import type { RefusedOption } from './valued.ts';

/** What can be done with a card of a model, in numbers, and what cannot. */
export interface CardCores {
  /** Of each kind one: what is shown. */
  readonly cores: readonly OptionCore[];
  /** Every model and coin by itself, with all else: among these the verdict turns. */
  readonly alternatives: readonly OptionCore[];
  readonly refused: readonly RefusedOption[];
  /** What the card still fetches at the horizon’s end, in US dollars; undefined where that is not known. */
  readonly residual: Quote | undefined;
}

/** All options of a card, taken as one of `model`, on a link of a class. */
export function cardCores(
  pricing: Pricing,
  assessed: AssessedCard,
  model: CardModel,
  place: CardPlace,
  link: LinkClass,
): CardCores {
  const limits = limitsOf(assessed, place, pricing.settings);
  const isFaulty = limits.fault !== undefined;
  const runs = runCores(pricing, { assessed, model, place, link }, limits);
  const sales = saleCores(pricing, model, isFaulty);
  const isMendable = isFaulty || undrivenBy(place) !== undefined;
  const repairs = isMendable ? repairCores(pricing, { assessed, model, place, link }) : [];
  return {
    cores: [...runs.cores, ...sales.cores, ...repairs],
    alternatives: [...runs.alternatives, ...sales.cores, ...repairs],
    refused: [...runs.refused, ...sales.refused],
    residual: residualOf(pricing, model, isFaulty),
  };
}

/**
 * Where a fault of the card itself, or a driver that has dropped it, keeps it from running: what the mends cost, and what
 * it can do then.
 */
function repairCores(pricing: Pricing, slotted: SlottedCard): readonly RepairCore[] {
  const { assessed, model } = slotted;
  const ownFaults = assessed.findings.filter(({ severity, code }) => severity === 'blocking' && !AI_ONLY.has(code));
  const undriven = undrivenBy(slotted.place);
  const faults = undriven === undefined ? ownFaults : [...ownFaults, undriven];
  const after = { ...assessed, findings: assessed.findings.filter((finding) => !ownFaults.includes(finding)) };
  const findings = slotted.place.findings.filter((finding) => finding !== undriven);
  const place: CardPlace = { ...slotted.place, isDriven: true, findings };
  const limits: Limits = limitsOf(after, place, pricing.settings);
  const residual = residualOf(pricing, model, false);
  if (residual === undefined) return [];
  const prices = faults.map((fault) => mendPriceOf(pricing, fault));
  return [
    {
      kind: 'repair',
      verdict: 'repair',
      what: faults.map(({ mend }) => mend).join(' '),
      costUsd: sumOf(...prices.map(({ costUsd }) => [1, costUsd] as const)),
      after: [
        ...runCores(pricing, { ...slotted, assessed: after, place }, limits).alternatives,
        ...saleCores(pricing, model, false).cores.filter(({ kind }) => kind === 'sell-now'),
      ],
      residual,
      assumptions: prices.flatMap((price) => price.assumptions),
    },
  ];
}
