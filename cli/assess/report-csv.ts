import type { Interval } from '@rerig/domain/economics';
import { stringify } from 'csv-stringify/sync';
import { printable } from '../printable.ts';
import { type CardLine, isStaleOption } from './card-lines.ts';
import type { FarmReport } from './farm-report.ts';

type Cell = string | number | null | undefined;

interface CsvColumn {
  readonly name: string;
  readonly cell: (line: CardLine) => Cell;
}

/** Columns of the file, in order: stable, with units in their names; amounts are in US dollars. */
const columns: readonly CsvColumn[] = [
  text('rig_id', ({ rigId }) => rigId),
  text('rig', ({ rigName }) => rigName),
  text('card_id', ({ valued }) => valued.assessed.card.cardId),
  text('bus_id', ({ valued }) => valued.assessed.card.busId),
  text('name', ({ valued }) => valued.assessed.card.name),
  text('models', ({ valued }) => valued.assessed.modelNames.join(' or ')),
  text('match', ({ valued }) => valued.assessed.match?.kind),
  number('vram_bytes', ({ valued }) => valued.assessed.vram?.bytes),
  text('grade', ({ valued }) => valued.assessed.grade),
  text('evidence', ({ valued }) => valued.assessed.evidence),
  text('route', ({ valued }) => valued.assessed.route?.name),
  text('route_supported_until', ({ valued }) => valued.assessed.route?.supportedUntil),
  text('largest_fit', ({ valued }) => valued.assessed.largestFit),
  ...interval('generate_tokens_per_second', generateSpeed),
  ...interval('prompt_tokens_per_second', promptSpeed),
  text('verdict', ({ valued }) => valued.valuation.verdict),
  text('confidence', ({ valued: { valuation } }) => (valuation.verdict === null ? null : valuation.confidence)),
  text('option', ({ valued }) => valued.valuation.best?.kind),
  text('what', ({ valued }) => valued.valuation.best?.what),
  number('income_usd_per_day', ({ valued }) => valued.valuation.best?.incomeUsdPerDay.mid),
  number('cost_usd_per_day', ({ valued }) => valued.valuation.best?.costUsdPerDay.mid),
  ...interval('net_usd_per_day', ({ valued }) => valued.valuation.best?.netUsdPerDay),
  number('once_usd', ({ valued }) => valued.valuation.best?.onceUsd.mid),
  number('residual_usd', ({ valued }) => valued.valuation.best?.residualUsd.mid),
  ...interval('value_usd', ({ valued }) => valued.valuation.best?.valueUsd),
  number('gain_usd_per_day', ({ valued }) => valued.valuation.best?.gainUsdPerDay.mid),
  number('power_watts', ({ valued }) => valued.valuation.best?.powerWatts),
  number('utilisation_percent', ({ valued }) => valued.valuation.best?.utilisationPercent),
  text('second_best', ({ valued }) => valued.valuation.secondBest?.kind),
  number('margin_usd', ({ valued }) => valued.valuation.marginUsd),
  text('rests_on_stale_figures', ({ valued: { valuation } }) =>
    valuation.best === null ? null : isStaleOption(valuation.best) ? 'yes' : 'no',
  ),
  text('findings', ({ valued }) => valued.assessed.findings.map(({ code }) => code).join(' ')),
  text('reason', ({ valued }) => valued.valuation.reason),
];

/**
 * A report as CSV (RFC 4180), a line a card, the most money first. A text that a spreadsheet would run as a formula has
 * an apostrophe put before it; numbers stay numbers.
 */
export function reportCsv({ lines }: FarmReport): string {
  const rows = lines.map((line) => columns.map(({ cell }) => cell(line) ?? ''));
  return stringify([columns.map(({ name }) => name), ...rows], { record_delimiter: 'windows', escape_formulas: true });
}

function text(name: string, cell: (line: CardLine) => string | null | undefined): CsvColumn {
  return {
    name,
    cell: (line) => {
      const value = cell(line);
      return value === null || value === undefined ? value : printable(value);
    },
  };
}

function number(name: string, cell: (line: CardLine) => number | null | undefined): CsvColumn {
  return { name, cell };
}

function interval(name: string, of: (line: CardLine) => Interval | undefined): readonly CsvColumn[] {
  return (['low', 'mid', 'high'] as const).map((end) => number(`${name}_${end}`, (line) => of(line)?.[end]));
}

function generateSpeed(line: CardLine): Interval | undefined {
  return rounded(largestFit(line)?.speed?.generateTokensPerSecond);
}

function promptSpeed(line: CardLine): Interval | undefined {
  return rounded(largestFit(line)?.speed?.promptTokensPerSecond);
}

/** A speed is not known to more digits. */
const SPEED_DIGITS = 4;

function rounded(speed: Interval | undefined): Interval | undefined {
  if (speed === undefined) return undefined;
  const [low, mid, high] = [speed.low, speed.mid, speed.high].map((end) => Number(end.toPrecision(SPEED_DIGITS)));
  return { low: low ?? 0, mid: mid ?? 0, high: high ?? 0 };
}

function largestFit({ valued: { assessed } }: CardLine) {
  return assessed.fits.find(({ workload }) => workload.name === assessed.largestFit);
}
