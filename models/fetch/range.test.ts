import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRange } from '../byte-range.ts';
import { type PartPlace, placeReply, type RangeReply, rangeHeaders } from './range.ts';

/** A server in one function: the answer to a request for `content`, as RFC 9110 asks, or without ranges. */
function serve(content: Uint8Array, version: number, headers: Readonly<Record<string, string>>, hasRanges: boolean) {
  const etag = `"v${version}"`;
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = hasRanges && isSame ? readRange(headers.range, content.length) : null;
  const head = { etag, lastModified: null };
  if (range === 'beyond') {
    const reply = { ...head, status: 416, contentRange: `bytes */${content.length}`, contentLength: '0' };
    return { reply, body: new Uint8Array() };
  }
  const body = range === null ? content : content.subarray(range.firstByte, range.lastByte + 1);
  const contentRange = range === null ? null : `bytes ${range.firstByte}-${range.lastByte}/${content.length}`;
  return {
    reply: { ...head, status: range === null ? 200 : 206, contentRange, contentLength: String(body.length) },
    body,
  };
}

const turns = fc.array(fc.record({ cutAfterBytes: fc.nat(40), hasRanges: fc.boolean(), changes: fc.boolean() }), {
  minLength: 1,
  maxLength: 20,
});

describe('the places of ranges', () => {
  it('join to the very bytes of one version, wherever it is cut and whenever it changes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), turns, fc.boolean(), (content, script, isPinned) => {
        let [version, current] = [0, content];
        let place: PartPlace = { keptBytes: 0, totalBytes: null, validator: null };
        let kept = new Uint8Array();
        const last = { cutAfterBytes: 1000, hasRanges: true, changes: false };
        for (const { cutAfterBytes, hasRanges, changes } of [...script, last, last]) {
          if (changes) {
            version++;
            current = Uint8Array.from([...current, version % 256]);
          }
          if (place.totalBytes !== null && place.keptBytes === place.totalBytes) break;
          const { reply, body } = serve(current, version, rangeHeaders(place), hasRanges);
          const next = placeReply(place, reply, isPinned);
          if (next.kind === 'changed') place = { keptBytes: 0, totalBytes: null, validator: null };
          if (next.kind !== 'bytes') continue;
          const arrived = body.subarray(0, cutAfterBytes);
          kept = Uint8Array.from([...kept.subarray(0, next.place.keptBytes), ...arrived]);
          place = { ...next.place, keptBytes: next.place.keptBytes + arrived.length };
        }
        expect(place.keptBytes).toBe(place.totalBytes);
        // Whatever version it is by its length, it is that version whole.
        expect([...kept]).toEqual([...current.subarray(0, kept.length)]);
        expect(place.validator).toBe(`"v${version - (current.length - kept.length)}"`);
      }),
    );
  });

  it('never take an answer for more than it says, whatever its headers are', () => {
    const header = fc.oneof(fc.constant(null), fc.string(), fc.constant('bytes 5-9/10'), fc.constant('bytes 0-9/*'));
    const replies: fc.Arbitrary<RangeReply> = fc.record({
      status: fc.constantFrom(200, 206, 206, 416, 404, 500, 302),
      contentRange: header,
      contentLength: fc.oneof(header, fc.constant('10')),
      etag: header,
      lastModified: header,
    });
    fc.assert(
      fc.property(replies, fc.nat(20), fc.boolean(), (reply, keptBytes, isPinned) => {
        const next = placeReply({ keptBytes, totalBytes: 20, validator: '"a"' }, reply, isPinned);
        if (next.kind !== 'bytes') return;
        expect([0, keptBytes]).toContain(next.place.keptBytes);
        if (reply.status === 206) expect(reply.contentRange?.startsWith(`bytes ${keptBytes}-`)).toBe(true);
      }),
    );
  });

  it('are not joined without a mark of the version, but where the hash is known', () => {
    const known = { keptBytes: 5, totalBytes: 10, validator: null };
    const reply = {
      status: 206,
      contentRange: 'bytes 5-9/10',
      contentLength: '5',
      etag: 'W/"weak"',
      lastModified: null,
    };
    expect(placeReply(known, reply, false).kind).toBe('senseless');
    expect(placeReply(known, reply, true).kind).toBe('bytes');
  });
});
