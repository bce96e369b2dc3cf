import {
  type AssessedFleet,
  type BarShare,
  type ClaimReading,
  type FleetShare,
  fitOf,
  fleetSources,
  type GradedFleetCard,
  type GradedFleetEntry,
  marketplaceRules,
} from '@rerig/domain/fleet';

/** An assessed fleet as `--json` has it: numbers have their unit in the key, what is not known is null. */
export function toFleetDocument({ bars, claims, entries }: AssessedFleet) {
  return {
    fleet: { name: 'Ethereum, late 2021, reconstructed', trust: 'low', ...fleetSources },
    bars: bars.map(toBarDocument),
    claims: claims.map(toClaimDocument),
    marketplaces: marketplaceRules,
    entries: entries.map(toEntryDocument),
  };
}

function toBarDocument({ barId, title, kind, byWeighting, range, rangeIfSplitsUnknown }: BarShare) {
  const { nanopool, hiveos } = byWeighting;
  return {
    ...{ barId, title, kind },
    nanopool: toShareDocument(nanopool),
    hiveos: toShareDocument(hiveos),
    range: { lowPercent: rounded(range.lowPercent), highPercent: rounded(range.highPercent) },
    rangeIfSplitsUnknown: {
      lowPercent: rounded(rangeIfSplitsUnknown.lowPercent),
      highPercent: rounded(rangeIfSplitsUnknown.highPercent),
    },
  };
}

function toShareDocument({ lowPercent, midPercent, highPercent }: FleetShare) {
  return { lowPercent: rounded(lowPercent), midPercent: rounded(midPercent), highPercent: rounded(highPercent) };
}

function toClaimDocument({ claim, within, looser, stricter }: ClaimReading) {
  return {
    ...claim,
    withinBarIds: within.map(({ barId }) => barId),
    looserBarId: looser?.barId ?? null,
    stricterBarId: stricter?.barId ?? null,
  };
}

function toEntryDocument({ entry, cards }: GradedFleetEntry) {
  const { name, term, trust, sharePercent } = entry;
  return {
    ...{ name, term, trust },
    nanopoolPercent: rounded(sharePercent.nanopool),
    hiveosPercent: rounded(sharePercent.hiveos),
    cards: cards.map(toCardDocument),
  };
}

function toCardDocument(card: GradedFleetCard) {
  const { vramBytes, ofNamePercent, assessed, grades } = card;
  return {
    ...{ vramBytes, ofNamePercent, match: assessed.match?.kind ?? null, modelNames: assessed.modelNames },
    ...{ grade: assessed.grade, gradeAtLowSpeed: grades.low, gradeAtHighSpeed: grades.high },
    ...{ evidence: assessed.evidence, route: assessed.route?.name ?? null, largestFit: assessed.largestFit },
    generate8bTokensPerSecond: fitOf(card, '8B Q4_K_M')?.speed?.generateTokensPerSecond ?? null,
  };
}

function rounded(percent: number): number {
  return Number(percent.toFixed(4));
}
