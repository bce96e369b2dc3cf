const MINUTE_MS = 60_000;

/**
 * What is left of a minute's allowance, as of a moment. It refills evenly, up to a whole minute's worth. Below zero
 * where more was used than was foreseen: the debt is worked off first.
 */
export interface Bucket {
  readonly level: number;
  readonly atMs: number;
}

/** A bucket that nothing was taken from. */
export function fullBucket(limitPerMinute: number, nowMs: number): Bucket {
  return { level: limitPerMinute, atMs: nowMs };
}

/** The bucket at a later moment. */
export function refilled(bucket: Bucket, limitPerMinute: number, nowMs: number): Bucket {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const level = Math.min(limitPerMinute, bucket.level + (elapsedMs / MINUTE_MS) * limitPerMinute);
  return { level, atMs: Math.max(nowMs, bucket.atMs) };
}

/** What a request takes: its amount, but never more than a whole minute's, or it could never be let through. */
export function amountTaken(limitPerMinute: number, amount: number): number {
  return Math.min(amount, limitPerMinute);
}

/** How long until so much may be taken, in ms; 0 where it may be taken at once. The bucket is one of this moment. */
export function waitMs(bucket: Bucket, limitPerMinute: number, amount: number): number {
  const missing = amountTaken(limitPerMinute, amount) - bucket.level;
  return missing <= 0 ? 0 : Math.ceil((missing / limitPerMinute) * MINUTE_MS);
}

/** How long until the bucket is full again, in ms. */
export function fullInMs(bucket: Bucket, limitPerMinute: number): number {
  return Math.max(0, Math.ceil(((limitPerMinute - bucket.level) / limitPerMinute) * MINUTE_MS));
}

/** The bucket with something taken, or given back where the amount is negative. Never above a whole minute's. */
export function taken(bucket: Bucket, limitPerMinute: number, amount: number): Bucket {
  return { ...bucket, level: Math.min(limitPerMinute, bucket.level - amount) };
}
