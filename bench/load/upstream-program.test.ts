import { expect, test } from 'vitest';
import { takeRequest } from './upstream-program.ts';

test('a request is taken once it is whole, by its length or its chunks, and what follows it is kept', () => {
  const sized = 'POST / HTTP/1.1\r\nContent-Length: 15\r\n\r\n{"stream":true}';
  expect(takeRequest(sized.slice(0, -1))).toBeNull();
  expect(takeRequest(`${sized}POST`)).toEqual({ isStreamed: true, rest: 'POST' });
  const chunked = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
  expect(takeRequest(chunked)).toEqual({ isStreamed: false, rest: '' });
});
