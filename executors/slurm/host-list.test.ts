import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandHostList } from './host-list.ts';

test.each([
  ['', []],
  ['rig1', ['rig1']],
  ['rig[1-3,07],head', ['rig1', 'rig2', 'rig3', 'rig07', 'head']],
  ['a-[08-10]-x,b[1,3]', ['a-08-x', 'a-09-x', 'a-10-x', 'b1', 'b3']],
])('the list of hosts "%s" is read', (list, names) => {
  expect(expandHostList(list)).toEqual(names);
});

test('a range gives each number once, in order, with its leading zeros', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(200), fc.integer({ min: 1, max: 4 }), (from, more, width) => {
      const first = String(from).padStart(width, '0');
      const last = String(from + more).padStart(width, '0');
      const names = expandHostList(`rig[${first}-${last}]`);
      expect(names).toHaveLength(more + 1);
      expect(names.map((name) => Number(name.slice(3)))).toEqual(Array.from({ length: more + 1 }, (_, n) => from + n));
    }),
  );
});
