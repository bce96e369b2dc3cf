import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerReader } from './answer-reader.ts';

const wire = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' +
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n' +
    'HTTP/1.1 429 Too Many\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
);

describe('AnswerReader', () => {
  test('reads the same answers however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(wire.length), { maxLength: 12 }), (cuts) => {
        const answers: string[] = [];
        let body = '';
        const reader = new AnswerReader({
          onBody: (part) => {
            body += part.toString();
          },
          onEnd: (statusCode, keepsAlive) => {
            answers.push(`${statusCode} ${keepsAlive} ${body}`);
            body = '';
          },
        });
        const places = [0, ...cuts.toSorted((one, other) => one - other), wire.length];
        places.forEach((place, index) => {
          reader.push(wire.subarray(place, places[index + 1] ?? wire.length));
        });
        expect(answers).toEqual(['200 true hello', '200 true abcde', '429 false ']);
      }),
    );
  });
});
