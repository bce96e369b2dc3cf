import { roundUsd } from './interval.ts';
import type { Conversion, Valuation, ValuedCard, ValuedRig } from './valued.ts';
import { AI_KINDS, bestUsdWithout, callOf } from './worth.ts';

interface Converted {
  readonly valued: ValuedCard;
  readonly rigId: string;
  readonly gainUsdPerDay: number;
}

/**
 * Cards whose best option is AI work, like ones together, those first that gain the most a card over what they would do
 * otherwise. Each card takes about the same work to convert.
 */
export function conversionsOf(rigs: readonly ValuedRig[], horizonDays: number): readonly Conversion[] {
  const converted = rigs.flatMap(({ assessed, cards }) =>
    cards.flatMap((valued) => {
      const gainUsdPerDay = gainOf(valued, horizonDays);
      return gainUsdPerDay === undefined ? [] : [{ valued, rigId: assessed.rig.rigId, gainUsdPerDay }];
    }),
  );
  return groupsOf(converted)
    .map(conversionOf)
    .toSorted((one, other) => other.gainUsdPerDayPerCard - one.gainUsdPerDayPerCard)
    .map((conversion, index) => ({ ...conversion, rank: index + 1 }));
}

function gainOf({ valuation }: ValuedCard, horizonDays: number): number | undefined {
  const { best } = valuation;
  if (best === null || !AI_KINDS.has(best.kind)) return undefined;
  const otherwise = bestUsdWithout(valuation, AI_KINDS);
  return otherwise === undefined ? undefined : roundUsd((best.valueUsd.mid - otherwise) / horizonDays);
}

/** In words, which are put together once for all that share a valuation. */
function groupsOf(converted: readonly Converted[]): readonly (readonly Converted[])[] {
  const texts = new Map<Valuation, string>();
  const groups = Map.groupBy(converted, (one) => {
    const text = texts.get(one.valued.valuation) ?? groupOf(one);
    texts.set(one.valued.valuation, text);
    return text;
  });
  return [...groups.values()];
}

function groupOf({ valued: { assessed, valuation } }: Converted): string {
  return `${callOf(assessed.modelNames, assessed.card.name)}|${valuation.verdict}|${valuation.best?.what}`;
}

function conversionOf(group: readonly Converted[]): Conversion {
  const [first] = group;
  const micros = group.reduce((sum, { gainUsdPerDay }) => sum + Math.round(gainUsdPerDay * 1e6), 0);
  return {
    rank: 0,
    modelName: callOf(first?.valued.assessed.modelNames ?? [], first?.valued.assessed.card.name),
    verdict: first?.valued.valuation.verdict ?? 'serve',
    what: first?.valued.valuation.best?.what ?? '',
    cardIds: group.map(({ valued }) => valued.assessed.card.cardId),
    rigIds: [...new Set(group.map(({ rigId }) => rigId))],
    gainUsdPerDayPerCard: roundUsd(micros / 1e6 / group.length),
    gainUsdPerDay: micros / 1e6,
  };
}
