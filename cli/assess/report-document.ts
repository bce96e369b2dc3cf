import type { Assumption, PricedMend, Valuation, ValuedCard, ValuedOption, ValuedRig } from '@rerig/domain/economics';
import { toCardDocument, toRigFields } from '../farm-document.ts';
import type { CardLine } from './card-lines.ts';
import type { FarmReport } from './farm-report.ts';
import { findingGroups } from './finding-groups.ts';

/**
 * A report as one JSON document, in pieces: a rig a line, so that a farm of any size is written as it is made. Numbers
 * have their unit in the key; amounts are in US dollars whatever is shown elsewhere; what is not known is null. Figures
 * that options rest on stand once, under `assumptions`, and options name them by `assumptionIds`.
 */
export function* reportDocument(report: FarmReport): Generator<string> {
  yield `${JSON.stringify({ ...headOf(report), rigs: [] }, null, 2).slice(0, -4)}[`;
  let separator = '\n';
  for (const rig of report.valued.rigs) {
    yield `${separator}    ${JSON.stringify(toRigDocument(rig))}`;
    separator = ',\n';
  }
  yield `${separator === '\n' ? '' : '\n  '}]\n}\n`;
}

/** The cards that `--explain` found, as one JSON document. */
export function explanationDocument(report: FarmReport, found: readonly CardLine[]): string {
  const cards = found.map(({ rigId, valued }) => ({ rigId, ...toValuedCardDocument(valued) }));
  const assumptions = assumptionsOf(found.map(({ valued }) => valued.valuation));
  return `${JSON.stringify({ cards, assumptions, faults: report.faults }, null, 2)}\n`;
}

function headOf({ valued, present, hosts, reckoning, ...report }: FarmReport) {
  const { currency, book } = reckoning;
  const { today, horizonDays, conversions, moves } = valued;
  return {
    ...{ today, horizonDays, isExample: report.isExample, currency },
    prices: {
      compiledOn: book.compiledOn,
      electricityUsdPerKwh: present.electricityUsdPerKwh,
      figureCount: report.figureCount,
      staleFigureCount: report.staleFigureCount,
    },
    totals: { ...valued.assessed.totals, money: valued.totals, onceUsd: report.onceUsd, present, hosts },
    conversions,
    mends: valued.mends.map(toMendDocument),
    moves,
    findings: valued.assessed.findings,
    findingGroups: findingGroups(valued).map(({ example: _, ...group }) => group),
    files: report.files.map(({ name, formats, rigCount, cardCount }) => ({
      ...{ name, formats: formats.map((format) => format.name), rigCount, cardCount },
    })),
    faults: report.faults,
    assumptions: assumptionsOf(report.lines.map((line) => line.valued.valuation)),
  };
}

/** Every figure of any option, once; like cards share a valuation, which is looked at once. */
function assumptionsOf(valuations: readonly Valuation[]): readonly Assumption[] {
  const lists = new Set<readonly Assumption[]>();
  for (const { options } of new Set(valuations)) for (const { assumptions } of options) lists.add(assumptions);
  const byId = new Map<string, Assumption>();
  for (const list of lists) for (const assumption of list) byId.set(assumption.figureId, assumption);
  return [...byId.values()].toSorted((one, other) => (one.figureId < other.figureId ? -1 : 1));
}

function toMendDocument({ assumptions, cardId, ...mend }: PricedMend) {
  return { ...mend, cardId: cardId ?? null, assumptionIds: assumptions.map(({ figureId }) => figureId) };
}

function toRigDocument({ assessed, cards, totals }: ValuedRig) {
  return {
    ...toRigFields(assessed),
    cards: cards.map(toValuedCardDocument),
    totals: { ...assessed.totals, money: totals },
  };
}

function toValuedCardDocument({ assessed, valuation }: ValuedCard) {
  const { best, secondBest, options, refused, ...rest } = valuation;
  return {
    ...toCardDocument(assessed),
    valuation: {
      ...rest,
      bestOption: best?.kind ?? null,
      secondBestOption: secondBest?.kind ?? null,
      options: options.map(toOptionDocument),
      refused: refused.map(({ kind, why, mend, findingCode }) => ({
        ...{ kind, why, mend: mend ?? null, findingCode: findingCode ?? null },
      })),
    },
  };
}

function toOptionDocument({ assumptions, utilisationPercent, ...option }: ValuedOption) {
  return {
    ...option,
    utilisationPercent: utilisationPercent ?? null,
    assumptionIds: assumptions.map(({ figureId }) => figureId),
  };
}
