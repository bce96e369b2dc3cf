import type { ValuedCard, ValuedFarm, ValuedOption, Verdict } from '@rerig/domain/economics';
import type { AssessedCard, Severity } from '@rerig/domain/grading';

/** A card of the report: one line of its table. */
export interface CardLine {
  readonly rigId: string;
  readonly rigName: string;
  readonly modelName: string;
  readonly valued: ValuedCard;
}

/** Every card of a farm, the most money a day first, those without a verdict last. */
export function cardLines({ rigs }: ValuedFarm): readonly CardLine[] {
  const lines = rigs.flatMap(({ assessed: { rig }, cards }) =>
    cards.map((valued) => ({ rigId: rig.rigId, rigName: rig.name, modelName: calledAs(valued.assessed), valued })),
  );
  return lines.toSorted(byMoney);
}

/** How a card is called for a person: its model, else its name as tools print it, else the models it may be. */
export function calledAs({ card, modelNames }: AssessedCard): string {
  const [modelName, ...others] = modelNames;
  if (modelName !== undefined && others.length === 0) return modelName;
  return card.name ?? (modelNames.length === 0 ? 'not named' : modelNames.join(' or '));
}

function byMoney({ valued: one }: CardLine, { valued: other }: CardLine): number {
  return moneyOf(other) - moneyOf(one) || worthOf(other) - worthOf(one);
}

/** How much more than sleep it brings a day; nothing is less than what has no verdict. */
function moneyOf({ valuation: { best } }: ValuedCard): number {
  return best?.gainUsdPerDay.mid ?? Number.NEGATIVE_INFINITY;
}

function worthOf({ valuation: { best } }: ValuedCard): number {
  return best?.valueUsd.mid ?? 0;
}

/** Whether any price that an option rests on is older than 90 days. */
export function isStaleOption({ assumptions }: ValuedOption): boolean {
  return assumptions.some(({ isStale }) => isStale);
}

const severities: readonly Severity[] = ['blocking', 'warning', 'info'];

/** The gravest finding of a card; undefined where it has none. */
export function worstSeverity({ findings }: AssessedCard): Severity | undefined {
  return severities.find((severity) => findings.some((finding) => finding.severity === severity));
}

/** What an option does, in a word or two: `8B Q4_K_M`, `by the hour`, `pearl`, `now`. */
export function howText({ kind, what }: ValuedOption): string {
  switch (kind) {
    case 'serve':
    case 'batch':
      return workloadOf(what);
    case 'rent':
      return 'by the hour';
    case 'mine':
      return what;
    case 'sleep':
      return 'switched off';
    case 'sell-now':
      return 'now';
    case 'sell-later':
      return 'later';
    case 'recycle':
      return 'for its metal';
    case 'repair':
      return repairedTo(what);
  }
}

/** `8B Q4_K_M by cuda-12` → `8B Q4_K_M`. */
function workloadOf(what: string): string {
  return what.replace(/ by [a-z0-9-]+$/, '');
}

/** `Replace the fan. Then sell it now: as RX 580.` → `then sell`. */
function repairedTo(what: string): string {
  const then = /\. Then (\w+)/.exec(what)?.[1];
  if (then === undefined) return 'mend';
  return `then ${then === 'answer' ? 'batch' : then === 'let' ? 'sleep' : then}`;
}

/** A card's verdict, or that there is none. */
export function verdictOf({ valuation }: ValuedCard): Verdict | 'withheld' {
  return valuation.verdict ?? 'withheld';
}
