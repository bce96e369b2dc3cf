/** Bytes from `firstByte` to `lastByte`, both included. */
export interface ByteRange {
  readonly firstByte: number;
  readonly lastByte: number;
}

/**
 * Reads the header `Range` of one range (RFC 9110, section 14.1.2): null where all is to be sent (no header, several
 * ranges, another unit, nonsense), `'beyond'` where no byte of it is there.
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | 'beyond' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const suffixBytes = Math.min(Number(last), sizeBytes);
    return suffixBytes === 0 ? 'beyond' : { firstByte: sizeBytes - suffixBytes, lastByte: sizeBytes - 1 };
  }
  const firstByte = Number(first);
  if (last !== '' && Number(last) < firstByte) return null;
  if (firstByte >= sizeBytes) return 'beyond';
  return { firstByte, lastByte: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}
