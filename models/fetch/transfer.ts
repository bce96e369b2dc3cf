import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import { formatBytes } from '@rerig/domain/quantity';
import { type ModelFault, modelFault } from '../faults.ts';
import type { PartFile } from './part-file.ts';
import { placeReply, rangeHeaders } from './range.ts';
import type { RemoteFile } from './remote-file.ts';
import {
  askModelSource,
  causeWords,
  type Interruption,
  interruption,
  isInterruption,
  stoppedFault,
} from './request.ts';
import { isPassingStatus, statusFault } from './status-fault.ts';

/** What is told and asked while a file comes. */
export interface TransferHooks {
  readonly signal: AbortSignal;
  /** After each piece: what is kept, of how much. */
  readonly onBytes: (keptBytes: number, totalBytes: number | null) => void;
  /** Something that a person should know: it starts over, it waits. */
  readonly onNote: (note: string) => void;
  /** Looks at what came so far, before more is awaited; a fault ends the transfer. */
  readonly inspect: (part: PartFile) => Promise<ModelFault | undefined>;
  /** Refuses where the disk has no room for so many bytes. */
  readonly refuseFullDisk: (neededBytes: number) => ModelFault | undefined;
}

/** Tries in a row that bring not one byte, before it is given up. */
const VAIN_TRIES_MAX = 6;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 30_000;
/** Longest that a source may make us wait by its own word (`Retry-After`). */
const RETRY_AFTER_MS_MAX = 120_000;
/** Longest silence within a body. */
const SILENCE_MS_MAX = 60_000;

/** Why another try is due, and when at the soonest. */
type Again = Interruption & { readonly afterMs?: number };

/** Fetches what is missing of a file into its part, over as many requests as it takes. Its hash is not compared here. */
export async function transferFile(
  file: RemoteFile,
  part: PartFile,
  hooks: TransferHooks,
): Promise<ModelFault | undefined> {
  let isFromBefore = part.place.keptBytes > 0;
  let bestBytes = part.place.keptBytes;
  let vainTries = 0;
  let hasRanges = true;
  while (!hooks.signal.aborted) {
    if (!hasRanges) await part.startOver();
    const outcome = await transferOnce(file, part, hooks);
    if (outcome === 'done') return undefined;
    if (isFault(outcome)) return outcome;
    if (outcome === 'no-ranges') {
      hooks.onNote(`${file.label}: its source can't go on in the middle; it starts over`);
      hasRanges = false;
    } else if (outcome === 'changed') {
      if (!isFromBefore) return changedFault(file);
      hooks.onNote(`${file.label}: it is another file at its source by now; it starts over`);
      isFromBefore = false;
      await part.startOver();
    } else {
      vainTries = part.place.keptBytes > bestBytes ? 1 : vainTries + 1;
      bestBytes = Math.max(bestBytes, part.place.keptBytes);
      if (vainTries >= VAIN_TRIES_MAX) return goneWrong(file, part, outcome.why);
      await pauseBefore(outcome, vainTries, file, hooks);
    }
  }
  return stoppedFault();
}

async function pauseBefore(again: Again, tryCount: number, file: RemoteFile, hooks: TransferHooks): Promise<void> {
  const pauseMs = Math.max(again.afterMs ?? 0, Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** (tryCount - 1)));
  hooks.onNote(`${file.label}: ${again.why}; trying again in ${(pauseMs / 1000).toFixed(1)} s`);
  try {
    await wait(pauseMs, undefined, { signal: hooks.signal });
  } catch {
    // Asked to stop: the loop sees it.
  }
}

async function transferOnce(
  file: RemoteFile,
  part: PartFile,
  hooks: TransferHooks,
): Promise<'done' | 'changed' | 'no-ranges' | ModelFault | Again> {
  const known = part.place;
  if (known.totalBytes !== null && known.totalBytes === known.keptBytes) return 'done';
  const headers = rangeHeaders(known);
  const reply = await askModelSource({ url: file.url, method: 'GET', headers, token: file.token }, hooks.signal);
  if (isFault(reply) || isInterruption(reply)) return reply;
  const { response } = reply;
  const head = (name: string) => response.headers.get(name);
  const place = placeReply(
    known,
    {
      status: response.status,
      contentRange: head('content-range'),
      contentLength: head('content-length'),
      etag: head('etag'),
      lastModified: head('last-modified'),
    },
    file.sha256 !== null,
  );
  if (place.kind !== 'bytes') await response.body?.cancel();
  switch (place.kind) {
    case 'complete':
      return 'done';
    case 'changed':
      return 'changed';
    case 'senseless':
      return 'no-ranges';
    case 'refused':
      return refusalOf(file, response);
    case 'bytes': {
      const refusal = refuseReply(file, response, place.place.totalBytes, hooks, place.place.keptBytes);
      if (refusal !== undefined) {
        await response.body?.cancel();
        return refusal;
      }
      if (place.startsOver)
        hooks.onNote(`${file.label}: its source begins again, so ${formatBytes(known.keptBytes)} are fetched anew`);
      await part.enter(place.place);
      return receive(file, response, part, hooks);
    }
  }
}

function refusalOf(file: RemoteFile, response: Response): ModelFault | Again {
  if (!isPassingStatus(response.status)) return statusFault(file.label, response, file.token !== null);
  const seconds = Number(response.headers.get('retry-after') ?? '0');
  const afterMs = Number.isFinite(seconds) ? Math.min(RETRY_AFTER_MS_MAX, Math.max(0, seconds * 1000)) : 0;
  return { ...interruption(`its source answers ${response.status}`), afterMs };
}

/** What need not be received: another size than is known, more than the disk holds, compressed bytes. */
function refuseReply(
  file: RemoteFile,
  response: Response,
  totalBytes: number | null,
  hooks: TransferHooks,
  keptBytes: number,
): ModelFault | undefined {
  const coding = response.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity') {
    return modelFault('source_refused', {
      what: `${file.label} can't be fetched.`,
      why: `Its source compresses it (${coding.slice(0, 40)}), though it was asked not to.`,
      mend: 'Fetch it with your own tools, and add the file by its path.',
    });
  }
  if (totalBytes === null) return hooks.refuseFullDisk(0);
  if (file.bytes !== null && totalBytes !== file.bytes) {
    return modelFault('size_wrong', {
      what: `${file.label} is not the file that its source speaks of.`,
      why: `It should have ${file.bytes} bytes, and has ${totalBytes}.`,
      mend: 'Give the command again in a while; if it stays so, tell the source.',
    });
  }
  return hooks.refuseFullDisk(totalBytes - keptBytes);
}

async function receive(
  file: RemoteFile,
  response: Response,
  part: PartFile,
  hooks: TransferHooks,
): Promise<'done' | ModelFault | Again> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  const stop = AbortSignal.any([hooks.signal, silence.signal]);
  try {
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      if (stop.aborted) break;
      await part.append(chunk);
      hooks.onBytes(part.place.keptBytes, part.place.totalBytes);
      const fault = (await refuseNoModel(file, response, part)) ?? (await hooks.inspect(part));
      if (fault !== undefined) return fault;
    }
  } catch (error) {
    if (isDiskFull(error)) return hooks.refuseFullDisk(Number.MAX_SAFE_INTEGER) ?? interruption('the disk is full');
    if (hooks.signal.aborted) return stoppedFault();
    return interruption(`it was cut off at ${formatBytes(part.place.keptBytes)} (${causeWords(error)})`);
  } finally {
    clearTimeout(timer);
    await part.checkpoint();
  }
  if (hooks.signal.aborted) return stoppedFault();
  if (silence.signal.aborted) return interruption(`nothing came for ${SILENCE_MS_MAX / 1000} s`);
  const { keptBytes, totalBytes } = part.place;
  if (totalBytes === null || keptBytes === totalBytes) return 'done';
  return interruption(`it ended at ${formatBytes(keptBytes)} of ${formatBytes(totalBytes)}`);
}

/** Ends at once where the first bytes are no GGUF's. */
async function refuseNoModel(file: RemoteFile, response: Response, part: PartFile): Promise<ModelFault | undefined> {
  if (part.place.keptBytes > FIRST_LOOK_BYTES) return undefined;
  const magic = (await part.magic()).toString('latin1');
  if (magic.length < 4 || magic === 'GGUF') return undefined;
  const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
  if (isPage || /^\s*</.test(magic)) return pageFault(file, `It begins with ${JSON.stringify(magic)}.`);
  return modelFault('model_file_broken', {
    what: `${file.label} is no GGUF file.`,
    why: `It begins with ${JSON.stringify(magic)} instead of "GGUF".`,
    mend: 'Name a .gguf file; other formats are converted by llama.cpp’s convert_hf_to_gguf.py.',
  });
}

/** After so many bytes the beginning has been looked at. */
const FIRST_LOOK_BYTES = 1024 * 1024;

function pageFault(file: RemoteFile, why: string): ModelFault {
  return modelFault('source_is_page', {
    what: `${file.label} is a web page, and no model.`,
    why: `${why} A page that asks to sign in is often sent in place of a file.`,
    mend: 'Give the address of the file itself; of a hub, hf:ORG/REPO/FILE with HF_TOKEN set where it is gated.',
  });
}

function changedFault(file: RemoteFile): ModelFault {
  return modelFault('source_changed', {
    what: `${file.label} changed at its source while it was fetched.`,
    why: 'What came first and what would come next are of two versions.',
    mend: 'Give the same command again: it starts over with the version that is there now.',
  });
}

function goneWrong(file: RemoteFile, part: PartFile, why: string): ModelFault {
  return modelFault('source_gone_wrong', {
    what: `${file.label} could not be fetched.`,
    why: `${VAIN_TRIES_MAX} tries in a row brought nothing; of the last one: ${why}.`,
    mend: `Look at the connection, and give the same command again: ${formatBytes(part.place.keptBytes)} are kept.`,
  });
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
