import {
  bookAdding,
  figureFault,
  figureKinds,
  isFigureKind,
  OPERATOR_VENUE,
  type OperatorSettings,
  type PriceBook,
  type PriceFigure,
  rateOf,
  slugOf,
} from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import { parse, TomlError } from 'smol-toml';
import { present } from './present.ts';
import { priceFileFault } from './price-faults.ts';
import { bandHours, type PriceFileContent, priceFileSchema } from './price-file-schema.ts';

/** What an operator says, as the reckoning takes it. */
export interface PriceFile {
  /** What the file says of settings; the day and all that is absent come from elsewhere. */
  readonly settings: Partial<OperatorSettings>;
  /** Taken instead of all that the book says of the same. */
  readonly figures: readonly PriceFigure[];
  /** In which amounts are shown, and US dollars for one of it. */
  readonly currency: { readonly code: string; readonly usdPerUnit: number };
}

/** Reads an operator's price file; or says all that is wrong with it, each with its place. */
export function readPriceFile(text: string, book: PriceBook, today: string): PriceFile | readonly Fault[] {
  const content = parsedContent(text);
  if (isFaults(content)) return content;
  const figures = figuresOf(content, today);
  const withRates = bookAdding(
    book,
    figures.filter(({ kind }) => kind === 'currency'),
  );
  const faults = [...kindFaults(content), ...nameFaults(content, book), ...figureFaults(figures, withRates, today)];
  const code = content.currency ?? 'USD';
  const usdPerUnit = rateOf(withRates, code);
  if (usdPerUnit === undefined) return [...faults, noRate(code)];
  if (faults.length > 0) return faults;
  return { settings: settingsOf(content, usdPerUnit), figures, currency: { code, usdPerUnit } };
}

/** Whether a reading gave faults alone. */
export function isFaults(value: unknown): value is readonly Fault[] {
  return Array.isArray(value);
}

function parsedContent(text: string): PriceFileContent | readonly Fault[] {
  const table = parsedToml(text);
  if (isFaults(table)) return table;
  const result = priceFileSchema.safeParse(table);
  if (result.success) return result.data;
  return result.error.issues.map(({ path, message }) =>
    wrong(path.length === 0 ? 'The price file as a whole' : `"${path.join('.')}"`, `${message}.`),
  );
}

function parsedToml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = 'It is no TOML.'] = error.message.split('\n');
    return [wrong(`Line ${error.line}, column ${error.column}`, `${reason}.`.replace(/\.\.$/, '.'))];
  }
}

function wrong(place: string, why: string): Fault {
  return priceFileFault('price-file-wrong', {
    what: `${place} of the price file is not understood.`.replace('as a whole of the price file', 'as a whole'),
    why: why.charAt(0).toUpperCase() + why.slice(1),
    mend: 'Run "rerig prices edit"; its template shows every line that may stand there.',
  });
}

function noRate(code: string): Fault {
  return wrong('"currency"', `No rate of ${code} is known: add ${code} = US dollars for one, under [currencies].`);
}

function kindFaults({ prices = [] }: PriceFileContent): readonly Fault[] {
  return prices.flatMap(({ kind }, index) =>
    isFigureKind(kind) ? [] : [wrong(`"prices.${index}.kind"`, `"${kind}" is none of ${figureKinds.join(', ')}.`)],
  );
}

function nameFaults({ assumptions = {} }: PriceFileContent, book: PriceBook): readonly Fault[] {
  const names = book.figures.filter(({ kind }) => kind === 'assumption').map(({ subject }) => subject);
  return Object.keys(assumptions).flatMap((name) =>
    names.includes(name) ? [] : [wrong(`"assumptions.${name}"`, `It is none of ${[...new Set(names)].join(', ')}.`)],
  );
}

function figureFaults(figures: readonly PriceFigure[], book: PriceBook, today: string): readonly Fault[] {
  return figures.flatMap((figure) => figureFault(figure, book, today) ?? []);
}

function figuresOf(content: PriceFileContent, today: string): readonly PriceFigure[] {
  const currencies = Object.entries(content.currencies ?? {}).map(([code, value]) =>
    ownFigure('currency', code, { value, unit: 'USD', date: today }),
  );
  const assumptions = Object.entries(content.assumptions ?? {}).map(([name, value]) =>
    ownFigure('assumption', name, { value, unit: 'as given', date: today }),
  );
  const prices = (content.prices ?? []).flatMap(({ kind, subject, date = today, ...rest }) =>
    isFigureKind(kind) ? [ownFigure(kind, subject, { ...present(rest), date })] : [],
  );
  return [...currencies, ...assumptions, ...prices];
}

type OwnFields = Pick<PriceFigure, 'value' | 'unit' | 'date'> & Partial<PriceFigure>;

function ownFigure(kind: PriceFigure['kind'], subject: string, fields: OwnFields): PriceFigure {
  const id = [kind, fields.coin, subject].flatMap((part) => (part === undefined ? [] : slugOf(part)));
  return {
    source: 'your price file',
    ...fields,
    figureId: `${id.join('/')}/operator`,
    kind,
    subject,
    venue: OPERATOR_VENUE,
    confidence: 'high',
  };
}

function settingsOf(content: PriceFileContent, usdPerUnit: number): Partial<OperatorSettings> {
  const { horizonDays, isolation, excludedOptions, electricity, power, utilisation, fees, vat } = content;
  const tariff = electricity === undefined ? undefined : tariffOf(electricity, usdPerUnit);
  return present({
    horizonDays,
    isolation,
    excludedOptions,
    electricityUsdPerKwh: tariff,
    coolingRatio: power?.coolingRatio,
    hostPowerWatts: power?.hostWatts,
    utilisationPercent: utilisation === undefined ? undefined : present(utilisation),
    feePercent: fees === undefined ? undefined : present(fees),
    vat:
      vat === undefined ? undefined : { percent: vat.percent, isRegistered: vat.registered, isInTariff: vat.inTariff },
  });
}

function tariffOf(
  { perKwh = 0, hourly, bands }: NonNullable<PriceFileContent['electricity']>,
  usdPerUnit: number,
): number | readonly number[] {
  if (hourly !== undefined) return hourly.map((price) => price * usdPerUnit);
  if (bands === undefined) return perKwh * usdPerUnit;
  const prices = new Map(bands.flatMap((band) => bandHours(band).map((hour) => [hour, band.perKwh] as const)));
  return Array.from({ length: 24 }, (_, hour) => (prices.get(hour) ?? 0) * usdPerUnit);
}
