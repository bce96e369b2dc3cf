import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLocked, takeLock, tryLock } from './lock.ts';
import { thisOwner } from './owner.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a lock', () => {
  it('is held by one, and leaves nothing behind', async () => {
    const lock = tryLock(path);
    expect([lock !== null, tryLock(path), await takeLock(path, 60), isLocked(path)]).toEqual([true, null, null, true]);
    lock?.[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['another boot', { bootId: 'another' }],
    ['a process that began at another time', { startTicks: '1' }],
    ['a process that is gone', { pid: 4_194_000, startTicks: '5' }],
  ])('of %s is ended', (_what, change) => {
    writeFileSync(path, JSON.stringify({ ...thisOwner('old'), ...change }));
    expect(isLocked(path)).toBe(false);
    const lock = tryLock(path);
    expect(lock).not.toBeNull();
    lock?.[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that a power cut left empty is ended', () => {
    writeFileSync(path, '');
    expect(tryLock(path)).not.toBeNull();
  });

  it('of another machine is left alone', () => {
    writeFileSync(path, JSON.stringify({ ...thisOwner('far'), host: `not-${hostname()}` }));
    expect([tryLock(path), existsSync(path)]).toEqual([null, true]);
  });

  it('lets many through one after another', async () => {
    let [insideCount, mostInside] = [0, 0];
    const enter = async () => {
      const lock = await takeLock(path);
      insideCount++;
      mostInside = Math.max(mostInside, insideCount);
      await Promise.resolve();
      insideCount--;
      lock?.[Symbol.dispose]();
      return lock !== null;
    };
    expect(await Promise.all(Array.from({ length: 20 }, enter))).toEqual(Array.from({ length: 20 }, () => true));
    expect(mostInside).toBe(1);
  });
});
