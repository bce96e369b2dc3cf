import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bookWith, defaultSettings, type OperatorSettings, priceBook, rateOf } from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import { cliFault } from '../faults.ts';
import { usDollar } from './currency.ts';
import type { Reckoning } from './farm-report.ts';

/** What the command line says of prices; the rest comes from the price file, and else from the book that ships. */
export interface PriceWish {
  readonly dataFolder: string;
  /** A price file in place of the one that "rerig prices edit" keeps. */
  readonly path?: string;
  /** For a kilowatt-hour, in US dollars. */
  readonly electricityUsdPerKwh?: number;
  /** 0 to 100, of serving, renting and batches alike. */
  readonly utilisationPercent?: number;
  readonly horizonDays?: number;
  readonly currencyCode?: string;
}

/** By what a farm is reckoned, and what of it could not be read: that is left out, and the rest stands. */
export interface ReckoningRead {
  readonly reckoning: Reckoning;
  readonly faults: readonly Fault[];
}

/** Reads the operator's prices and what the command line says over them; `today` is `2026-11-25`. */
export async function readReckoning(wish: PriceWish, today: string): Promise<ReckoningRead> {
  const { reckoning, faults } = await readKept(wish, today);
  const settings = { ...reckoning.settings, ...saidSettings(wish) };
  if (wish.currencyCode === undefined) return { reckoning: { ...reckoning, settings }, faults };
  const code = wish.currencyCode.toUpperCase();
  const usdPerUnit = rateOf(reckoning.book, code);
  return usdPerUnit === undefined
    ? { reckoning: { ...reckoning, settings }, faults: [...faults, unknownCurrency(code)] }
    : { reckoning: { ...reckoning, settings, currency: { code, usdPerUnit } }, faults };
}

/** What reads price files is loaded only where there is one. */
async function readKept({ path, dataFolder }: PriceWish, today: string): Promise<ReckoningRead> {
  if (path !== undefined) return readNamed(path, dataFolder, today);
  if (!existsSync(join(dataFolder, 'prices'))) {
    return { reckoning: { book: priceBook, settings: defaultSettings(today), currency: usDollar }, faults: [] };
  }
  const { readPrices } = await import('../price-book/price-folder.ts');
  const { faults, ...reckoning } = readPrices(dataFolder, today);
  return { reckoning, faults };
}

/** A price file in place of the operator's own; what was refreshed and imported stays. */
async function readNamed(path: string, dataFolder: string, today: string): Promise<ReckoningRead> {
  const { isFaults, readPriceFile } = await import('../price-book/price-file.ts');
  const { publicBook } = await import('../price-book/price-folder.ts');
  const { book, faults } = publicBook(dataFolder, today);
  const without: Reckoning = { book, settings: defaultSettings(today), currency: usDollar };
  const text = await readFile(path, 'utf8').catch((error: unknown) => unreadable(path, error));
  if (typeof text !== 'string') return { reckoning: without, faults: [...faults, text] };
  const file = readPriceFile(text, book, today);
  if (isFaults(file)) return { reckoning: without, faults: [...faults, ...file] };
  const settings = { ...without.settings, ...file.settings };
  return { reckoning: { book: bookWith(book, file.figures), settings, currency: file.currency }, faults };
}

function saidSettings({ electricityUsdPerKwh, utilisationPercent, horizonDays }: PriceWish): Partial<OperatorSettings> {
  const percent = utilisationPercent;
  return {
    ...(electricityUsdPerKwh === undefined ? {} : { electricityUsdPerKwh }),
    ...(horizonDays === undefined ? {} : { horizonDays }),
    ...(percent === undefined ? {} : { utilisationPercent: { serve: percent, rent: percent, batch: percent } }),
  };
}

function unreadable(path: string, error: unknown): Fault {
  return cliFault('inventory-unreadable', {
    what: `The price file ${path} cannot be read, and is left out.`,
    why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
    mend: 'Check the path, and that you may read the file.',
  });
}

function unknownCurrency(code: string): Fault {
  return cliFault('currency-unknown', {
    what: `Amounts cannot be shown in ${code}; they are shown as they would be without it.`,
    why: `The price book has no rate of ${code}.`,
    mend: 'Add its rate to the price file under [currencies] ("rerig prices edit"), or name another currency.',
  });
}
