import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreamReader } from './event-stream.ts';

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('EventStreamReader', () => {
  test('gives name and data, passes over comments, and reads CRLF and several data lines', () => {
    const text = ': still here\n\nevent: farm\r\ndata: {"a":\r\ndata: 1}\r\n\r\nid: 7\n\ndata:plain\n\n';
    expect(new EventStreamReader().read(bytes(text))).toEqual([
      { name: 'farm', data: '{"a":\n1}' },
      { name: 'message', data: 'plain' },
    ]);
  });

  test('gives the same events over any split of the bytes', () => {
    const text = ': °\n\nevent: farm\ndata: {"name":"Halle “Süd” 🏭"}\n\nevent: farm\ndata: {}\n\n';
    const whole = new EventStreamReader().read(bytes(text));
    const all = bytes(text);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: all.length })), (cuts) => {
        const ends = [...cuts, all.length].toSorted((left, right) => left - right);
        const reader = new EventStreamReader();
        let start = 0;
        const events = ends.flatMap((end) => {
          const piece = all.slice(start, end);
          start = end;
          return reader.read(piece);
        });
        expect(events).toEqual(whole);
      }),
    );
  });

  test('keeps an event that is not finished until it is', () => {
    const reader = new EventStreamReader();
    expect(reader.read(bytes('data: 1\n'))).toEqual([]);
    expect(reader.read(bytes('\n'))).toEqual([{ name: 'message', data: '1' }]);
  });

  test('refuses an event without an end', () => {
    const reader = new EventStreamReader();
    expect(() => reader.read(bytes('x'.repeat(16 * 1024 * 1024 + 1)))).toThrow(/more in one piece/);
  });
});
