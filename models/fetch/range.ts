/** What is known of a file that is being fetched, between one request and the next. */
export interface PartPlace {
  /** From the beginning on, these bytes are kept. */
  readonly keptBytes: number;
  /** Of the whole file; null where its source has not said. */
  readonly totalBytes: number | null;
  /** The source's mark of this version of the file, for `If-Range`; null where it gave none that is strong. */
  readonly validator: string | null;
}

/** What an answer's head says. Header values are as they came; null where absent. */
export interface RangeReply {
  readonly status: number;
  readonly contentRange: string | null;
  readonly contentLength: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Where an answer's bytes go. */
export type ReplyPlace =
  /** Behind what is kept (`place.keptBytes`), or over it from 0 on. */
  | { readonly kind: 'bytes'; readonly place: PartPlace; readonly startsOver: boolean }
  /** All is there. */
  | { readonly kind: 'complete' }
  /** The source has another file than the one that is kept. */
  | { readonly kind: 'changed'; readonly why: string }
  /** What it says can't be followed; asking once without a range may help. */
  | { readonly kind: 'senseless'; readonly why: string }
  /** It refuses: the status tells why. */
  | { readonly kind: 'refused' };

/** The headers that ask for what is still missing: none where nothing is kept. (RFC 9110, sections 13.1.5 and 14.2.) */
export function rangeHeaders({ keptBytes, validator }: PartPlace): Readonly<Record<string, string>> {
  if (keptBytes === 0) return {};
  const range = { range: `bytes=${keptBytes}-` };
  return validator === null ? range : { ...range, 'if-range': validator };
}

/**
 * Where the bytes of an answer go, by what is kept. `isPinned`: the file's hash is known beforehand, so that bytes can be
 * joined without a validator, as a wrong join is found out.
 */
export function placeReply(known: PartPlace, reply: RangeReply, isPinned: boolean): ReplyPlace {
  switch (reply.status) {
    case 200:
      return placeWhole(known, reply);
    case 206:
      return placeRange(known, reply, isPinned);
    case 416:
      return placeBeyond(known, reply);
    default:
      return { kind: 'refused' };
  }
}

function placeWhole(known: PartPlace, reply: RangeReply): ReplyPlace {
  const totalBytes = wholeNumber(reply.contentLength);
  const place = { keptBytes: 0, totalBytes: totalBytes ?? known.totalBytes, validator: validatorOf(reply) };
  return { kind: 'bytes', place, startsOver: known.keptBytes > 0 };
}

function placeRange(known: PartPlace, reply: RangeReply, isPinned: boolean): ReplyPlace {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(reply.contentRange ?? '') ?? [];
  const [firstByte, lastByte, totalBytes] = [wholeNumber(first), wholeNumber(last), wholeNumber(total)];
  const said = `It answered 206 with the range "${(reply.contentRange ?? '').slice(0, 80)}"`;
  if (firstByte !== known.keptBytes || lastByte === null || lastByte < firstByte)
    return { kind: 'senseless', why: `${said} where bytes from ${known.keptBytes} on were asked for.` };
  if (totalBytes !== null && lastByte >= totalBytes) return { kind: 'senseless', why: `${said}, which ends past it.` };
  if (totalBytes !== null && known.totalBytes !== null && totalBytes !== known.totalBytes)
    return { kind: 'changed', why: `It had ${known.totalBytes} bytes before, and has ${totalBytes}.` };
  const validator = validatorOf(reply);
  if (known.validator !== null && validator !== null && validator !== known.validator)
    return { kind: 'changed', why: `It was ${known.validator} before, and is ${validator}.` };
  if (known.validator === null && !isPinned && known.keptBytes > 0)
    return { kind: 'senseless', why: 'It gives no mark by which a changed file could be told.' };
  const place = { keptBytes: known.keptBytes, totalBytes: totalBytes ?? known.totalBytes, validator };
  return { kind: 'bytes', place: { ...place, validator: validator ?? known.validator }, startsOver: false };
}

function placeBeyond(known: PartPlace, reply: RangeReply): ReplyPlace {
  const [, total] = /^bytes \*\/(\d+)$/.exec(reply.contentRange ?? '') ?? [];
  const totalBytes = wholeNumber(total) ?? known.totalBytes;
  if (known.keptBytes === 0) return { kind: 'refused' };
  if (totalBytes === known.keptBytes) return { kind: 'complete' };
  return { kind: 'changed', why: `It has no bytes from ${known.keptBytes} on.` };
}

/** An ETag that is strong, or the date of the last change, by which bytes of one version may be joined. */
function validatorOf({ etag, lastModified }: RangeReply): string | null {
  if (etag !== null && /^"[^"]*"$/.test(etag)) return etag;
  return lastModified !== null && !Number.isNaN(Date.parse(lastModified)) ? lastModified : null;
}

function wholeNumber(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !/^\d{1,16}$/.test(text)) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}
