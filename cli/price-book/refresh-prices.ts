import { bookAdding, figureFault, type PriceFigure, priceBook } from '@rerig/domain/economics';
import { type Fault, isFault } from '@rerig/domain/fault';
import { fetchJson } from './fetch-json.ts';
import { frankfurter } from './frankfurter.ts';
import { openRouter } from './open-router.ts';
import { priceFileFault } from './price-faults.ts';
import type { PriceSource } from './price-source.ts';
import { vast } from './vast.ts';
import { whatToMine } from './what-to-mine.ts';

/** Every public source, in the order that they are asked. */
export const priceSources: readonly PriceSource[] = [frankfurter, openRouter, whatToMine, vast];

/** What a source gave. */
export interface SourceRefresh {
  readonly source: PriceSource;
  readonly figures: readonly PriceFigure[];
  readonly faults: readonly Fault[];
}

/** Asks all sources at once. One that does not answer gives a fault and no figure, and hides no other. */
export async function refreshPrices(
  sources: readonly PriceSource[],
  today: string,
  timeoutMs?: number,
): Promise<readonly SourceRefresh[]> {
  return await Promise.all(sources.map(async (source) => await refreshSource(source, today, timeoutMs)));
}

async function refreshSource(source: PriceSource, today: string, timeoutMs?: number): Promise<SourceRefresh> {
  const answers = await Promise.all(source.addresses.map(async (address) => await fetchJson(address, timeoutMs)));
  const faults = answers.filter(isFault);
  if (faults.length > 0) return { source, figures: [], faults };
  const read = source.read(
    answers.map((answer) => ('json' in answer ? answer.json : undefined)),
    today,
  );
  if (isFault(read)) return { source, figures: [], faults: [read] };
  const book = bookAdding(priceBook, read);
  const checked = read.map((figure) => ({ figure, fault: figureFault(figure, book, today) }));
  return {
    source,
    figures: checked.flatMap(({ figure, fault }) => (fault === undefined ? [figure] : [])),
    faults: checked.flatMap(({ fault }) => fault ?? []),
  };
}

/** The sources with some asked elsewhere, as `NAME=URL`: a mirror of the first address of each. */
export function sourcesElsewhere(places: readonly string[]): readonly PriceSource[] | Fault {
  const elsewhere = new Map<string, readonly string[]>();
  for (const place of places) {
    const [name = '', ...rest] = place.split('=');
    const address = rest.join('=');
    if (!priceSources.some((source) => source.name === name) || !URL.canParse(address)) return unknown(place);
    elsewhere.set(name, [...(elsewhere.get(name) ?? []), address]);
  }
  return priceSources.map((source) => {
    const addresses = elsewhere.get(source.name);
    if (addresses === undefined) return source;
    return { ...source, addresses: source.addresses.map((address, index) => addresses[index] ?? address) };
  });
}

function unknown(place: string): Fault {
  return priceFileFault('source-unknown', {
    what: `"${place}" names no source and address.`,
    why: `Sources are ${priceSources.map(({ name }) => name).join(', ')}.`,
    mend: 'Write NAME=URL, as in vast=http://127.0.0.1:8080/bundles.',
  });
}
