import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** How long a token is good for, and how long before its end another is made. */
const LIFESPAN_MS = 30 * 60_000;
const RENEW_BEFORE_MS = 5 * 60_000;

/**
 * A token as slurmrestd takes it: HS256 over when it ends, when it was made and for whom (`sun`), as `scontrol token`
 * makes it (Slurm 22.05, src/plugins/auth/jwt). `lifespanMs` below 0 gives one that has ended.
 */
export function mintToken(key: Uint8Array, userName: string, nowMs: number, lifespanMs = LIFESPAN_MS): string {
  const nowSeconds = Math.floor(nowMs / 1000);
  const claims = { exp: nowSeconds + Math.floor(lifespanMs / 1000), iat: nowSeconds, sun: userName };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map(base64Url).join('.');
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

function base64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Tokens for one user, made anew before they end. The key is read each time: it may have been changed on disk. */
export class TokenMint {
  readonly #keyPath: string;
  readonly #userName: string;
  #token: { readonly text: string; readonly endsAtMs: number } | undefined;

  constructor(keyPath: string, userName: string) {
    this.#keyPath = keyPath;
    this.#userName = userName;
  }

  /** Throws where the key can't be read. */
  token(nowMs: number): string {
    if (this.#token === undefined || this.#token.endsAtMs - RENEW_BEFORE_MS < nowMs) {
      const text = mintToken(readFileSync(this.#keyPath), this.#userName, nowMs);
      this.#token = { text, endsAtMs: nowMs + LIFESPAN_MS };
    }
    return this.#token.text;
  }

  /** The token was refused: the next one is made anew. */
  forget(): void {
    this.#token = undefined;
  }
}
