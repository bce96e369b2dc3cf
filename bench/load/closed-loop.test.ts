import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { REQUEST_MARK, runClosedLoop } from './closed-loop.ts';

test('each request has a number of its own, and answers, events, tokens and failures are counted', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      bodies.push(body);
      if (body.includes('00000007')) response.statusCode = 500;
      response.write('data: {"choices":[{"delta":{"content":"hi"}}]}\n\n');
      response.end('data: {"usage":{"completion_tokens":3}}\n\n');
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const plan = { path: '/', headers: {}, body: `ask ${REQUEST_MARK}`, firstNumber: 5, durationMs: 0 };
  const result = await runClosedLoop({ ...plan, port, parallelCount: 2, answersMax: 4 });
  server.close();
  expect(bodies.toSorted()).toEqual(['ask 00000005', 'ask 00000006', 'ask 00000007', 'ask 00000008']);
  expect(result).toMatchObject({ answerCount: 3, failedCount: 1, eventCount: 8, completionTokens: 9 });
  expect(result.firstFailure).toContain('500');
  expect(result.firstToken.p50Ms).toBeGreaterThan(0);
});
