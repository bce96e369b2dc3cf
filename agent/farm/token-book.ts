import { timingSafeEqual } from 'node:crypto';
import { isFault } from '@rerig/domain/fault';
import { z } from 'zod';
import { type FarmFault, farmFault } from './faults.ts';
import { hashSecret, makeJoinToken, parseJoinToken } from './join-token.ts';

/** A token as it is kept: its hash alone. */
const keptTokenSchema = z
  .object({
    tokenHash: z.string().regex(/^[\da-f]{64}$/),
    expiresAtMs: z.number(),
    usedAtMs: z.number().nullable(),
    usedBy: z.string().nullable(),
  })
  .readonly();
export const tokenBookSchema = z.array(keptTokenSchema).readonly();
export type TokenBook = z.infer<typeof tokenBookSchema>;

/** How long a token works: an operator's day. */
export const TOKEN_LIVES_MS = 24 * 60 * 60 * 1000;
/** Tokens that are kept at once, used ones included: past it the oldest go. */
const TOKENS_MAX = 1000;
/** How long one that is used or expired is still told apart from one that never was. */
const REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000;

/** A new token, and the book with its hash. */
export function issueToken(
  book: TokenBook,
  fingerprint: Buffer,
  nowMs: number,
): { readonly token: string; readonly book: TokenBook } {
  const token = makeJoinToken(fingerprint);
  const kept = book.filter(({ expiresAtMs }) => expiresAtMs > nowMs - REMEMBERED_MS).slice(-(TOKENS_MAX - 1));
  const fresh = { tokenHash: hashSecret(token), expiresAtMs: nowMs + TOKEN_LIVES_MS, usedAtMs: null, usedBy: null };
  return { token, book: [...kept, fresh] };
}

/** The book in which a token is used up; a Fault for one that is wrong, used or expired. */
export function spendToken(book: TokenBook, token: string, usedBy: string, nowMs: number): TokenBook | FarmFault {
  const at = findToken(book, token);
  const found = book[at];
  const refusal = found === undefined ? unknownToken() : refusalOf(found, nowMs);
  if (isFault(refusal)) return refusal;
  return book.map((each, index) => (index === at ? { ...each, usedAtMs: nowMs, usedBy } : each));
}

/** All are compared, each in the same time, so that an answer's time tells nothing of what is near. */
function findToken(book: TokenBook, token: string): number {
  if (parseJoinToken(token) === undefined) return -1;
  const hash = Buffer.from(hashSecret(token), 'hex');
  return book.map(({ tokenHash }) => timingSafeEqual(Buffer.from(tokenHash, 'hex'), hash)).indexOf(true);
}

function refusalOf({ usedAtMs, usedBy, expiresAtMs }: TokenBook[number], nowMs: number): FarmFault | null {
  if (usedAtMs !== null) {
    return farmFault('token-used', {
      what: 'The rig does not join: its token was used before.',
      why: `A token works once, and ${usedBy ?? 'a rig'} joined with it at ${new Date(usedAtMs).toISOString()}.`,
      mend: 'Make another on the head: rerig farm token',
    });
  }
  if (expiresAtMs > nowMs) return null;
  return farmFault('token-expired', {
    what: 'The rig does not join: its token is too old.',
    why: `A token works for 24 hours, and this one ended at ${new Date(expiresAtMs).toISOString()}.`,
    mend: 'Make another on the head: rerig farm token',
  });
}

function unknownToken(): FarmFault {
  return farmFault('token-unknown', {
    what: 'The rig does not join: the head does not know its token.',
    why: 'It was not made by this head, or was mistyped.',
    mend: 'Copy it whole, or make another on the head: rerig farm token',
  });
}
