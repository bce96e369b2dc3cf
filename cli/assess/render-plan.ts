import type { Conversion, Verdict } from '@rerig/domain/economics';
import type { FarmReport } from './farm-report.ts';
import { type MendGroup, mendGroups, paybackText, paysBackWithin } from './finding-groups.ts';
import { counted, type Page } from './page.ts';
import { withRouteTitles } from './route-text.ts';

/** How many of each are shown, where not all are asked for. */
const MOST_SHOWN = 5;

/** One thing to do: the figure that speaks for it, what it is, and what else there is to know. */
interface Deed {
  readonly figure: string;
  readonly what: string;
  readonly note?: string;
}

interface Section {
  readonly title: string;
  readonly deeds: readonly Deed[];
  /** Said below it. */
  readonly remark?: string;
}

/** What to do first: which cards to convert, which mends pay back, which cards to exchange. Empty where there is nothing. */
export function renderPlan(report: FarmReport, page: Page, isAll: boolean): readonly string[] {
  const most = isAll ? Number.POSITIVE_INFINITY : MOST_SHOWN;
  const sections = sectionsOf(report, page).filter(({ deeds }) => deeds.length > 0);
  const shown = sections.flatMap(({ deeds }) => deeds.slice(0, most));
  const figureColumns = Math.max(0, ...shown.map(({ figure }) => figure.length));
  const lines = sections.flatMap(({ title, deeds, remark }) => [
    title,
    ...deeds.slice(0, most).flatMap((deed) => deedLines(deed, figureColumns, page)),
    ...(deeds.length <= most
      ? []
      : [page.colors.dim(`  … and ${(deeds.length - most).toLocaleString('en')} more: --all shows them`)]),
    ...(remark === undefined ? [] : page.lines(remark, 2, 2).map(page.colors.dim)),
  ]);
  return lines.length === 0 ? [] : [page.heading('Do first'), ...lines];
}

function sectionsOf(report: FarmReport, page: Page): readonly Section[] {
  const { valued } = report;
  const names = new Map(valued.rigs.map(({ assessed: { rig } }) => [rig.rigId, rig.name]));
  const rigsText = (rigIds: readonly string[]) => rigsNamed(rigIds, names);
  return [
    {
      title: 'Convert to AI work: what each card gains a day',
      deeds: valued.conversions.map((each) => conversionDeed(each, rigsText, page)),
    },
    mendSection(report, rigsText, page),
    {
      title: 'Move between rigs: what both cards gain a day',
      ...twiceTold(report),
      deeds: valued.moves.map(({ gainUsdPerDay, what }) => ({ figure: `${page.money(gainUsdPerDay)} a day`, what })),
    },
  ];
}

function deedLines({ figure, what, note }: Deed, figureColumns: number, page: Page): readonly string[] {
  return [
    ...page.listed(figure, what, figureColumns, page.colors.green),
    ...(note === undefined ? [] : page.lines(note, figureColumns + 4).map(page.colors.dim)),
  ];
}

type RigsText = (rigIds: readonly string[]) => string;

function conversionDeed(
  { modelName, verdict, what, cardIds, rigIds, gainUsdPerDay, gainUsdPerDayPerCard }: Conversion,
  rigsText: RigsText,
  page: Page,
): Deed {
  const deed = `${cardIds.length.toLocaleString('en')} × ${modelName}, ${rigsText(rigIds)}: ${aiWords(verdict)} ${withRouteTitles(what)}`;
  const all = cardIds.length === 1 ? '' : `: ${page.money(gainUsdPerDay)} a day`;
  return { figure: `${page.money(gainUsdPerDayPerCard)} a card`, what: `${deed}${all}` };
}

function aiWords(verdict: Verdict): string {
  if (verdict === 'train') return 'rent out for training,';
  return verdict === 'batch' ? 'answer queues with' : 'serve';
}

function mendSection({ valued }: FarmReport, rigsText: RigsText, page: Page): Section {
  const groups = mendGroups(valued);
  const paying = groups.filter((group) => paysBackWithin(group, valued.horizonDays));
  const restCount = groups.length - paying.length;
  const deeds = paying.map((group) => mendDeed(group, rigsText, page));
  const rest = `(${counted(restCount, 'more mend')} would not pay back within ${valued.horizonDays} days)`;
  return {
    title: 'Mend, for it pays back: what the rig gains',
    deeds,
    ...(restCount === 0 ? {} : { remark: rest }),
  };
}

function mendDeed(group: MendGroup, rigsText: RigsText, page: Page): Deed {
  const { mend, rigIds, mends, costLowUsd, costHighUsd, gainUsdPerDay, gainUsdOnce, unlockedCardCount } = group;
  const cards = mends.length > rigIds.length ? `${counted(mends.length, 'card')} of ` : '';
  const cost = costHighUsd === 0 ? 'no parts' : `${page.money(costLowUsd)} to ${page.money(costHighUsd)}`;
  const note = `${cards}${rigsText(rigIds)}: ${cost}, pays back ${paybackText(group)}, by ${counted(unlockedCardCount, 'card')}`;
  const figure = gainUsdOnce === 0 ? `${page.money(gainUsdPerDay)} a day` : `${page.money(gainUsdOnce)} once`;
  return { figure, what: mend, note };
}

/** A card that both a mend and a move would free is freed once. */
function twiceTold({ valued }: FarmReport): Pick<Section, 'remark'> {
  const paying = valued.mends.filter(({ paysBackDays }) => paysBackDays !== null && paysBackDays <= valued.horizonDays);
  const mended = new Set(paying.flatMap(({ unlockedCardIds }) => unlockedCardIds));
  const isTwice = valued.moves.some(({ cardIds }) => cardIds.some((cardId) => mended.has(cardId)));
  return isTwice ? { remark: '(where a mend above frees the same card, one of the two is enough)' } : {};
}

const MOST_RIGS_NAMED = 3;

/** `rig 1, rig 4`, `rig 1 and 37 other rigs`. */
function rigsNamed(rigIds: readonly string[], names: ReadonlyMap<string, string>): string {
  const [first = ''] = rigIds;
  const name = (rigId: string) => names.get(rigId) ?? rigId;
  if (rigIds.length <= MOST_RIGS_NAMED) return rigIds.map(name).join(', ');
  return `${name(first)} and ${counted(rigIds.length - 1, 'other rig')}`;
}
