import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCode } from '../faults.ts';
import { isAlive, type LockOwner, parseLockOwner, thisOwner } from './owner.ts';

/** A lock that is held; disposing of it gives it back. */
export interface HeldLock extends Disposable {
  readonly path: string;
}

/** Longest wait for a lock that is held while an entry is written or removed. */
export const LOCK_WAIT_MS_MAX = 20_000;
const LOCK_TURN_MS = 25;
/** A claim lives for microseconds: one this old was left by a process that was killed in between. */
const CLAIM_MS_MAX = 10_000;

/**
 * Takes a lock file, which holds its owner's identity from the moment that it is there; `null` where a living owner holds
 * it. A dead owner's lock is ended. Throws what the system says.
 */
export function tryLock(path: string): HeldLock | null {
  const owner = thisOwner(randomUUID());
  const draft = `${path}.${owner.nonce}`;
  writeFileSync(draft, JSON.stringify(owner), { flag: 'wx' });
  try {
    if (!linkOnce(draft, path) && !(endDeadLock(path, draft) && linkOnce(draft, path))) return null;
    return { path, [Symbol.dispose]: () => release(path, owner) };
  } finally {
    unlinkSync(draft);
  }
}

/** As `tryLock`, and waits up to `waitMsMax` for the owner to give it back; `null` where it did not. */
export async function takeLock(path: string, waitMsMax = LOCK_WAIT_MS_MAX): Promise<HeldLock | null> {
  const endsAtMs = performance.now() + waitMsMax;
  for (;;) {
    const lock = tryLock(path);
    if (lock !== null || performance.now() >= endsAtMs) return lock;
    await wait(LOCK_TURN_MS * (0.5 + Math.random()));
  }
}

/** Whether somebody who still runs holds the lock. */
export function isLocked(path: string): boolean {
  const owner = ownerOf(path);
  return owner !== undefined && owner !== 'unreadable' && isAlive(owner);
}

/**
 * Removes a lock whose owner has ended. Only who holds the claim to this very lock may remove it, so that no other, newer
 * lock at the same path is ever removed by somebody who was slow.
 */
function endDeadLock(path: string, draft: string): boolean {
  const owner = ownerOf(path);
  if (owner === undefined) return true;
  if (owner !== 'unreadable' && isAlive(owner)) return false;
  const claim = `${path}.${nonceOf(owner)}.claim`;
  if (!linkOnce(draft, claim)) {
    removeOldClaim(claim);
    return false;
  }
  try {
    if (nonceOf(ownerOf(path)) === nonceOf(owner)) unlinkSync(path);
    return true;
  } finally {
    unlinkSync(claim);
  }
}

function removeOldClaim(claim: string): void {
  try {
    if (Date.now() - statSync(claim).ctimeMs > CLAIM_MS_MAX) unlinkSync(claim);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Whether the link is made; false where its path is taken. */
function linkOnce(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

type Owner = LockOwner | 'unreadable';

function nonceOf(owner: Owner | undefined): string | undefined {
  return owner === 'unreadable' ? owner : owner?.nonce;
}

/** The owner of a lock; `undefined` where there is no lock. What a power cut left empty has no owner who lives. */
function ownerOf(path: string): Owner | undefined {
  try {
    return parseLockOwner(readFileSync(path, 'utf8')) ?? 'unreadable';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function release(path: string, owner: LockOwner): void {
  if (nonceOf(ownerOf(path)) === owner.nonce) unlinkSync(path);
}
