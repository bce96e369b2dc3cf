import type { Fault } from '@rerig/domain/fault';
import { formatBytes, MIB } from '@rerig/domain/quantity';
import { priceFileFault } from './price-faults.ts';

/** How long a source may take to answer in full. */
export const SOURCE_TIMEOUT_MS = 20_000;

/** The largest answer that is read. */
const LARGEST_BYTES = 32 * MIB;

/** What a source answered, as JSON; a fault where it did not answer in time, in full, in size or in JSON. */
export async function fetchJson(
  address: string,
  timeoutMs = SOURCE_TIMEOUT_MS,
): Promise<{ readonly json: unknown } | Fault> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(address, { signal, headers: { accept: 'application/json', 'user-agent': 'rerig' } });
    if (!response.ok) return unreachable(address, `It answered with status ${response.status}.`);
    const text = await boundedText(response);
    if (text === undefined) return unreachable(address, `It answered with more than ${formatBytes(LARGEST_BYTES)}.`);
    return parsedJson(address, text);
  } catch (error) {
    return unreachable(address, signal.aborted ? `It did not answer within ${timeoutMs} ms.` : reasonOf(error));
  }
}

async function boundedText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let readBytes = 0;
  for await (const chunk of response.body ?? []) {
    readBytes += chunk.byteLength;
    if (readBytes > LARGEST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsedJson(address: string, text: string): { readonly json: unknown } | Fault {
  try {
    return { json: JSON.parse(text) };
  } catch {
    // What it sent is part of no log: it may be a page of any size.
    return unreachable(address, 'It answered with something that is no JSON.');
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return `The system says: ${cause instanceof Error ? cause.message : String(cause)}.`;
}

function unreachable(address: string, why: string): Fault {
  return priceFileFault('source-unreachable', {
    what: `${new URL(address).host} did not give its prices.`,
    why,
    mend: 'Try again later; until then the figures that are there stand, with their age.',
  });
}

/** A source whose answers are no longer what they were. */
export function changedShape(title: string, why: string): Fault {
  return priceFileFault('source-changed', {
    what: `${title}: its answer is not understood.`,
    why,
    mend: 'The figures that are there stand. A newer Rerig may read it; the price file takes figures by hand.',
  });
}
