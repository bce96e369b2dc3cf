import {
  type AssessedFleet,
  type BarShare,
  CHAT_TOKENS_PER_SECOND,
  type ClaimReading,
  fitOf,
  fleetSources,
  type GradedFleetCard,
  type GradedFleetEntry,
  marketplaceRules,
  type PercentRange,
} from '@rerig/domain/fleet';
import { formatBytes } from '@rerig/domain/quantity';
import { renderTable } from '../table.ts';
import { wrap } from '../terminal.ts';

const LEAST_COLUMNS = 80;

const MORE = '"rerig fleet --explain" lists the cards, the guesses and the sources.';

const kindTitles: Readonly<Record<BarShare['kind'], string>> = {
  hardware: 'As press and miners count',
  work: 'As we count: what a card does',
  grade: 'By grade',
  refused: 'What marketplaces refuse or pass over',
  unknown: 'What is not known',
};

/** Writes what share of a fleet converts under each bar, and what it means. For 80 columns or more; ends in a new line. */
export function renderFleet({ bars, claims }: AssessedFleet, columnCount: number): string {
  const width = Math.max(LEAST_COLUMNS, columnCount);
  const rows = bars.flatMap((bar, index) => [
    ...(bars[index - 1]?.kind === bar.kind
      ? []
      : [
          ['', '', '', ''],
          [kindTitles[bar.kind], '', '', ''],
        ]),
    barRow(bar),
  ]);
  const paragraphs = [
    'The cards that mined Ethereum in 2021: what share converts?',
    trimmed(renderTable(['bar, share of cards', 'nanopool', 'HiveOS', 'range'], rows)),
    ...[`${meaning(bars)} ${TRUST}`, rangeNote(bars), ...claims.map(claimText), MORE].map((text) =>
      wrap(text, width).join('\n'),
    ),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function barRow({ title, byWeighting, range }: BarShare): readonly string[] {
  const { nanopool, hiveos } = byWeighting;
  return [`  ${title}`, `${percent(nanopool.midPercent)} %`, `${percent(hiveos.midPercent)} %`, rangeText(range)];
}

/** One decimal below 10, where it tells. */
function percent(value: number): string {
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}

function rangeText({ lowPercent, highPercent }: PercentRange): string {
  const [low, high] = [percent(lowPercent), percent(highPercent)];
  return low === high ? `${low} %` : `${low}–${high} %`;
}

function barOf(bars: readonly BarShare[], barId: string): BarShare | undefined {
  return bars.find((bar) => bar.barId === barId);
}

/** By nanopool's count and by HiveOS's: `14 / 9.6 %`. */
function bothText(bar: BarShare | undefined): string {
  if (bar === undefined) return '–';
  const { nanopool, hiveos } = bar.byWeighting;
  return `${percent(nanopool.midPercent)} / ${percent(hiveos.midPercent)} %`;
}

function meaning(bars: readonly BarShare[]): string {
  const serving = bothText(barOf(bars, 'serves-8b-4-bit-15-tokens-per-second'));
  const refused = bothText(barOf(bars, 'refused-yet-serves-8b'));
  return (
    `Of these cards ${serving} (nanopool / HiveOS) serve an 8B model at 4 bits inside their own VRAM, at ` +
    `${CHAT_TOKENS_PER_SECOND} tokens/s or more; ${refused} of all cards do so and are of a kind that marketplaces ` +
    'refuse or pass over.'
  );
}

const TRUST =
  'Trust is low: some 6,000 rigs that named their cards and three figures of HiveOS stand for millions of cards, and ' +
  'speeds are predicted for healthy cards as sold, whatever rig is around them.';

function rangeNote(bars: readonly BarShare[]): string {
  const split = barOf(bars, 'vram-12-gib-tensor-cores');
  const unknown = split === undefined ? '' : `: without it, ${split.title} is ${rangeText(split.rangeIfSplitsUnknown)}`;
  return (
    'range: the least and the most over both counts, all amounts of VRAM of a name and both ends of the predicted ' +
    `speeds. How the rigs that said "3060" split over 3060 and 3060 Ti, and so on, is a guess too${unknown}.`
  );
}

function claimText({ claim, within, looser, stricter }: ClaimReading): string {
  const claimed =
    claim.lowPercent === claim.highPercent
      ? `about ${claim.lowPercent} %`
      : `${claim.lowPercent} to ${claim.highPercent} %`;
  const by = `${claim.by[0]?.toUpperCase() ?? ''}${claim.by.slice(1)}`;
  const quoted = (bar: BarShare) => `"${bar.title}" (${bothText(bar)})`;
  if (within.length > 0) return `${by}: ${claimed}. The bar that gives it: ${within.map(quoted).join(' and ')}.`;
  if (looser === undefined || stricter === undefined) return `${by}: ${claimed}. No bar of ours gives it.`;
  return `${by}: ${claimed}. Only a bar between ${quoted(looser)} and ${quoted(stricter)} gives it.`;
}

/** Writes every card of a fleet with its share, model, grade and speed, then where the figures come from. */
export function renderFleetEntries({ entries }: AssessedFleet, columnCount: number): string {
  const width = Math.max(LEAST_COLUMNS, columnCount);
  const rows = entries.flatMap(entryRows).toSorted((one, other) => other.sharePercent - one.sharePercent);
  const heading = ['card', 'nanopool', 'HiveOS', 'rigs said', 'grade', 'by', '8B Q4 tokens/s'];
  const paragraphs = [
    trimmed(
      renderTable(
        heading,
        rows.map(({ cells }) => cells),
      ),
    ),
    ...[
      'tokens/s: middle and 90 % interval, 4,096 tokens of context, one stream; – where it does not fit. A grade in ' +
        'parentheses is what it would be at the low end. * of this name the part with this VRAM is a guess.',
      `nanopool: ${fleetSources.nanopool.what} Source: ${fleetSources.nanopool.source}.`,
      `HiveOS: ${fleetSources.hiveos.what} Source: ${fleetSources.hiveos.source}.`,
      `Guesses: ${fleetSources.guesses}`,
      `Left out: ${fleetSources.leftOut}`,
      ...marketplaceRules.map(({ marketplace, says, source }) => `${marketplace}: ${says} Source: ${source}.`),
    ].map((text) => wrap(text, width).join('\n')),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

interface EntryRow {
  readonly sharePercent: number;
  readonly cells: readonly string[];
}

function entryRows({ entry, cards }: GradedFleetEntry): readonly EntryRow[] {
  return cards.map((card) => {
    const part = card.ofNamePercent / 100;
    const { nanopool, hiveos } = entry.sharePercent;
    const cells = [
      `${cardName(entry.name, card)}${cards.length > 1 ? ' *' : ''}`,
      `${(nanopool * part).toFixed(2)} %`,
      `${(hiveos * part).toFixed(2)} %`,
      entry.term,
      gradeText(card),
      card.assessed.route?.name ?? '–',
      speedText(card),
    ];
    return { sharePercent: nanopool * part, cells };
  });
}

/** The catalogue's name; a card that the catalogue does not tell is marked. */
function cardName(name: string, { models, vramBytes }: GradedFleetCard): string {
  const [model, ...others] = models;
  return model !== undefined && others.length === 0 ? model.name : `${name}, ${formatBytes(vramBytes)} ?`;
}

function gradeText({ grades }: GradedFleetCard): string {
  const grade = grades.mid ?? '–';
  return grades.low === grades.mid ? grade : `${grade} (${grades.low ?? '–'})`;
}

function speedText(card: GradedFleetCard): string {
  const fit = fitOf(card, '8B Q4_K_M');
  if (fit?.isFitting !== true || fit.speed === undefined) return '–';
  const { low, mid, high } = fit.speed.generateTokensPerSecond;
  return `${mid.toFixed(0)} (${low.toFixed(0)}–${high.toFixed(0)})`;
}

function trimmed(table: string): string {
  return table
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
