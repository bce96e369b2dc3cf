import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  bookAdding,
  bookWith,
  defaultSettings,
  figureFault,
  figureKinds,
  type OperatorSettings,
  type PriceBook,
  type PriceFigure,
  priceBook,
} from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import { z } from 'zod';
import { present } from './present.ts';
import { priceFileFault } from './price-faults.ts';
import { isFaults, type PriceFile, readPriceFile } from './price-file.ts';

/** Where prices are kept beside the book that ships. */
export interface PriceFolder {
  /** Edited by the operator. */
  readonly operatorPath: string;
  /** What "rerig prices import" took in. */
  readonly importedPath: string;
  /** What public sources said last. */
  readonly refreshedPath: string;
}

/** The paths under a data folder; nothing is made. */
export function priceFolderOf(dataFolder: string): PriceFolder {
  const folder = join(dataFolder, 'prices');
  return {
    operatorPath: join(folder, 'operator.toml'),
    importedPath: join(folder, 'imported.json'),
    refreshedPath: join(folder, 'refreshed.json'),
  };
}

/** Prices as a reckoning takes them: the book that ships, what was refreshed and imported, and the operator's word. */
export interface PricesRead {
  readonly book: PriceBook;
  readonly settings: OperatorSettings;
  readonly currency: PriceFile['currency'];
  /** What could not be read: the rest stands. */
  readonly faults: readonly Fault[];
}

/** The book that ships with what was refreshed and imported; without the operator's own word. */
export function publicBook(dataFolder: string, today: string): Pick<PricesRead, 'book' | 'faults'> {
  const folder = priceFolderOf(dataFolder);
  const reads = [folder.refreshedPath, folder.importedPath].map((path) => readFigures(path, today));
  return {
    book: bookAdding(
      priceBook,
      reads.flatMap(({ figures }) => figures),
    ),
    faults: reads.flatMap(({ faults }) => faults),
  };
}

/** Reads all prices of a data folder. What is wrong is left out and told; it never stops a reckoning. */
export function readPrices(dataFolder: string, today: string): PricesRead {
  const { book, faults } = publicBook(dataFolder, today);
  const folder = priceFolderOf(dataFolder);
  const own = readOwn(folder.operatorPath, book, today);
  const usd = { code: 'USD', usdPerUnit: 1 };
  if (own === undefined) return { book, settings: defaultSettings(today), currency: usd, faults };
  if (isFaults(own)) {
    return { book, settings: defaultSettings(today), currency: usd, faults: [...faults, ...own] };
  }
  const settings = { ...defaultSettings(today), ...own.settings };
  return { book: bookWith(book, own.figures), settings, currency: own.currency, faults };
}

function readOwn(path: string, book: PriceBook, today: string): PriceFile | readonly Fault[] | undefined {
  if (!existsSync(path)) return undefined;
  const text = readText(path);
  return typeof text === 'string' ? readPriceFile(text, book, today) : [text];
}

function readText(path: string): string | Fault {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function unreadable(path: string, reason: string): Fault {
  return priceFileFault('price-file-unreadable', {
    what: `${path} cannot be read, and its prices are left out.`,
    why: `${reason.replace(/\.$/, '')}.`,
    mend: 'Check that you may read it; delete it where it is of no use.',
  });
}

const figureSchema = z.object({
  figureId: z.string(),
  kind: z.enum(figureKinds),
  subject: z.string(),
  value: z.number(),
  low: z.number().optional(),
  high: z.number().optional(),
  unit: z.string(),
  coin: z.string().optional(),
  powerWatts: z.number().optional(),
  date: z.string(),
  venue: z.string(),
  confidence: z.enum(['high', 'medium', 'low', 'assumed']),
  source: z.string(),
  note: z.string().optional(),
});

const storedSchema = z.object({ figures: z.array(figureSchema) });

/** Figures of a file of ours: those that its check refuses are left out and told. */
export function readFigures(
  path: string,
  today: string,
): { readonly figures: readonly PriceFigure[]; readonly faults: readonly Fault[] } {
  if (!existsSync(path)) return { figures: [], faults: [] };
  const text = readText(path);
  if (typeof text !== 'string') return { figures: [], faults: [text] };
  const stored = parseStored(text);
  if (stored === undefined) return { figures: [], faults: [unreadable(path, 'It is not as Rerig wrote it')] };
  const book = bookAdding(priceBook, stored);
  const checked = stored.map((figure) => ({ figure, fault: figureFault(figure, book, today) }));
  return {
    figures: checked.flatMap(({ figure, fault }) => (fault === undefined ? [figure] : [])),
    faults: checked.flatMap(({ fault }) => fault ?? []),
  };
}

function parseStored(text: string): readonly PriceFigure[] | undefined {
  try {
    const { figures } = storedSchema.parse(JSON.parse(text));
    return figures.map((figure) => present(figure));
  } catch {
    // Half-written by hand, or of another version: the caller says so, and the figures stay out.
    return undefined;
  }
}

/** Writes a file whole or not at all; a fault where it cannot be. */
export function writeWhole(path: string, text: string): Fault | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return undefined;
  } catch (error) {
    return priceFileFault('prices-unwritable', {
      what: `${path} cannot be written.`,
      why: `${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Give a folder that you can write with --data DIR.',
    });
  }
}

/** Keeps figures for the next reckoning. */
export function writeFigures(path: string, figures: readonly PriceFigure[]): Fault | undefined {
  return writeWhole(path, `${JSON.stringify({ figures }, null, 1)}\n`);
}
