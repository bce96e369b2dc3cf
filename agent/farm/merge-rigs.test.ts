import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KeptRig } from './farm-record.ts';
import { mergeRigs } from './merge-rigs.ts';

function rig(rigId: string, nodeName: string, joined: KeptRig['joined'] = null): KeptRig {
  return { rigId, name: rigId, nodeName, place: { kind: 'joins' }, coreCount: 1, ramBytes: 0, cards: [], joined };
}

const joined = { at: '2026-01-01T00:00:00.000Z', secretHash: '' };

test('a rig that has joined stays as it told itself; one of the inventory is replaced by it', () => {
  const merged = mergeRigs(
    [rig('a', 'a', joined), rig('old', 'old')],
    [{ ...rig('a', 'a'), coreCount: 8 }, rig('b', 'b')],
  );
  expect(merged.map(({ rigId, coreCount }) => [rigId, coreCount])).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
});

test('whatever joined and whatever the inventory has, all that joined stay, and no name is given twice', () => {
  const names = fc.constantFrom('r1', 'r2', 'r3');
  const rigs = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), names), { selector: ([id]) => id, maxLength: 8 });
  fc.assert(
    fc.property(fc.uniqueArray(names), rigs, (keptNames, listed) => {
      const kept = keptNames.map((name) => rig(`joined ${name}`, name, joined));
      const merged = mergeRigs(
        kept,
        listed.map(([id, name]) => rig(id, name)),
      );
      expect(merged.filter((each) => each.joined !== null)).toHaveLength(kept.length);
      expect(new Set(merged.map(({ nodeName }) => nodeName)).size).toBe(merged.length);
      expect(
        mergeRigs(
          merged,
          listed.map(([id, name]) => rig(id, name)),
        ),
      ).toHaveLength(merged.length);
    }),
  );
});
