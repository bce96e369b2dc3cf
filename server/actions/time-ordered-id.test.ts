import { describe, expect, it } from 'vitest';
import { timeOrderedId } from './time-ordered-id.ts';

describe('an id in the order of time', () => {
  it('is a UUID of version 7 that holds the time, and each is another', () => {
    const before = Date.now();
    const ids = Array.from({ length: 1000 }, () => timeOrderedId());
    const after = Date.now();
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const atMs = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
      expect(atMs >= before && atMs <= after).toBe(true);
    }
  });
});
