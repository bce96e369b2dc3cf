import { isFault } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { type ModelFault, modelFault } from '../faults.ts';
import { type ModelFacts, modelFactsOf, readGgufBeginning } from '../gguf.ts';
import { askModelSource, causeWords, isInterruption } from './request.ts';
import { statusFault } from './status-fault.ts';

/** Most bytes of a file's beginning that are fetched for its header alone. */
const HEADER_BYTES_MAX = 64 * MIB;
const FIRST_LOOK_BYTES = 64 * 1024;

/** A file of which only the header is wanted. */
export interface HeaderPlace {
  readonly label: string;
  readonly url: string;
  readonly token: string | null;
  readonly bytes: number;
}

/** Reads what a file says of its model, fetching no more than its header takes (1 to 30 MB, mostly the tokenizer). */
export async function fetchModelFacts(place: HeaderPlace, signal: AbortSignal): Promise<ModelFacts | ModelFault> {
  const enough = new AbortController();
  const reply = await askModelSource(
    { url: place.url, method: 'GET', headers: { range: `bytes=0-${HEADER_BYTES_MAX - 1}` }, token: place.token },
    AbortSignal.any([signal, enough.signal]),
  );
  if (isFault(reply)) return reply;
  if (isInterruption(reply)) return headerMissing(place, reply.why);
  const { response } = reply;
  if (!response.ok) {
    await response.body?.cancel();
    return statusFault(place.label, response, place.token !== null);
  }
  try {
    const header = await readBeginning(place, response);
    return header === 'incomplete' ? headerMissing(place, 'its header is longer than is read') : header;
  } catch (error) {
    return headerMissing(place, causeWords(error));
  } finally {
    enough.abort();
  }
}

async function readBeginning(place: HeaderPlace, response: Response): Promise<ModelFacts | ModelFault | 'incomplete'> {
  const chunks: Buffer[] = [];
  let [arrivedBytes, nextLookBytes] = [0, FIRST_LOOK_BYTES];
  for await (const chunk of response.body ?? []) {
    chunks.push(Buffer.from(chunk));
    arrivedBytes += chunk.length;
    const isLast = arrivedBytes >= Math.min(place.bytes, HEADER_BYTES_MAX);
    if (arrivedBytes < nextLookBytes && !isLast) continue;
    nextLookBytes = arrivedBytes * 2;
    const header = readGgufBeginning(place.label, Buffer.concat(chunks), place.bytes);
    if (header === 'incomplete') {
      if (isLast) break;
      continue;
    }
    return isFault(header) ? header : modelFactsOf(header, place.label);
  }
  return 'incomplete';
}

function headerMissing({ label }: HeaderPlace, why: string): ModelFault {
  return modelFault('source_gone_wrong', {
    what: `What ${label} is can't be told yet.`,
    why: `Its header could not be read: ${why}.`,
    mend: 'Give the same command again; a file that is named is fetched all the same.',
  });
}
