import { createHash, randomBytes } from 'node:crypto';

/** What a rig is given to join: by which certificate it knows the head, and a secret that works once. */
export interface JoinToken {
  /** SHA-256 of the head's certificate, 32 bytes. */
  readonly fingerprint: Buffer;
  readonly secret: string;
}

const FINGERPRINT_BYTES = 32;
const SECRET_BYTES = 16;

/** A new token for the head of this certificate; 64 letters, digits, `-` and `_`. */
export function makeJoinToken(fingerprint: Buffer): string {
  return Buffer.concat([fingerprint, randomBytes(SECRET_BYTES)]).toString('base64url');
}

/** Reads a token; undefined for what is none, one that was cut off included. */
export function parseJoinToken(text: string): JoinToken | undefined {
  if (!/^[\w-]{64}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return {
    fingerprint: bytes.subarray(0, FINGERPRINT_BYTES),
    secret: bytes.subarray(FINGERPRINT_BYTES).toString('base64url'),
  };
}

/** By which a secret is kept: it is random, so that a plain hash gives nothing away. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
