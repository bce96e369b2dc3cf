import { randomBytes } from 'node:crypto';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJoinToken } from './join-token.ts';
import { issueToken, spendToken, TOKEN_LIVES_MS, type TokenBook } from './token-book.ts';

const fingerprint = randomBytes(32);

test('a token carries the fingerprint by which a rig knows the head', () => {
  const { token } = issueToken([], fingerprint, 0);
  expect(parseJoinToken(token)?.fingerprint.equals(fingerprint)).toBe(true);
});

test('the book has no token, and no two tokens are the same', () => {
  const first = issueToken([], fingerprint, 0);
  const second = issueToken(first.book, fingerprint, 0);
  expect(JSON.stringify(second.book)).not.toContain(first.token);
  expect(second.token).not.toBe(first.token);
});

test.each(['', 'short', 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(63)}!`, `${'a'.repeat(64)}\n`])(
  'what is no token, %j, is none, and is refused as unknown',
  (text) => {
    const { book } = issueToken([], fingerprint, 0);
    expect(parseJoinToken(text)).toBe(undefined);
    expect(spendToken(book, text, 'rig', 1)).toMatchObject({ code: 'token-unknown' });
  },
);

test('a token works until its last millisecond, and no longer', () => {
  const { token, book } = issueToken([], fingerprint, 1000);
  expect(isFault(spendToken(book, token, 'rig', 1000 + TOKEN_LIVES_MS - 1))).toBe(false);
  expect(spendToken(book, token, 'rig', 1000 + TOKEN_LIVES_MS)).toMatchObject({ code: 'token-expired' });
});

test('whatever is made and tried in whatever order, each token lets one rig in at most', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('issue' as const), fc.nat(9)), { maxLength: 40 }), (steps) => {
      let book: TokenBook = [];
      const tokens: string[] = [];
      const admitted: string[] = [];
      for (const [nowMs, step] of steps.entries()) {
        if (step === 'issue') {
          const issued = issueToken(book, fingerprint, nowMs);
          tokens.push(issued.token);
          book = issued.book;
          continue;
        }
        const token = tokens[step] ?? 'never made';
        const spent = spendToken(book, token, `rig ${nowMs}`, nowMs);
        if (isFault(spent)) continue;
        admitted.push(token);
        book = spent;
      }
      expect(new Set(admitted).size).toBe(admitted.length);
      expect(admitted.every((token) => tokens.includes(token))).toBe(true);
    }),
  );
});

test('who comes second is told who came first, and when', () => {
  const { token, book } = issueToken([], fingerprint, 0);
  const spent = spendToken(book, token, 'rig-07', 5000);
  if (isFault(spent)) throw new TypeError(spent.why);
  expect(spendToken(spent, token, 'rig-08', 6000)).toMatchObject({
    code: 'token-used',
    why: expect.stringContaining('rig-07 joined with it at 1970-01-01T00:00:05.000Z'),
  });
});

test('the book is bounded, and forgets the oldest first', () => {
  let book: TokenBook = [];
  for (let nowMs = 0; nowMs < 1100; nowMs += 1) book = issueToken(book, fingerprint, nowMs).book;
  expect(book).toHaveLength(1000);
  expect(book.at(-1)?.expiresAtMs).toBe(1099 + TOKEN_LIVES_MS);
});
