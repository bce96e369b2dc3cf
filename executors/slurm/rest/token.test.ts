import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mintToken, TokenMint } from './token.ts';

function claimsOf(token: string): { readonly exp: number; readonly iat: number; readonly sun: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

test('a token says for whom and until when, and is signed by the key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(2e12), (key, nowMs) => {
      const token = mintToken(key, 'rerig', nowMs);
      const [head, claims, signature] = token.split('.');
      expect(signature).toBe(createHmac('sha256', key).update(`${head}.${claims}`).digest('base64url'));
      const nowSeconds = Math.floor(nowMs / 1000);
      expect(claimsOf(token)).toEqual({ exp: nowSeconds + 1800, iat: nowSeconds, sun: 'rerig' });
    }),
  );
});

test('a token is used again until shortly before its end, or until it is forgotten', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-token-'));
  const path = join(folder, 'key');
  writeFileSync(path, randomBytes(32));
  const mint = new TokenMint(path, 'rerig');
  const first = mint.token(0);
  expect(mint.token(24 * 60_000)).toBe(first);
  const second = mint.token(26 * 60_000);
  expect(claimsOf(second).iat).toBe(26 * 60);
  writeFileSync(path, randomBytes(32));
  expect(mint.token(27 * 60_000)).toBe(second);
  mint.forget();
  expect(mint.token(27 * 60_000)).not.toBe(second);
  rmSync(folder, { recursive: true });
});
