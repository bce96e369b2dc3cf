import { GIB, MIB } from '@rerig/domain/quantity';
import { expect, test } from 'vitest';
import { exampleFarm } from '../../farm-fixture.ts';
import { farmTotals } from './farm-totals.ts';

test('the totals count every card once by grade and once by state', () => {
  const totals = farmTotals(exampleFarm);
  const sum = (counts: Iterable<number>) => [...counts].reduce((all, count) => all + count, 0);
  expect([sum(totals.countByGrade.values()), sum(totals.countByState.values())]).toEqual([14, 14]);
  expect([...totals.countByGrade]).toEqual([
    ['A', 1],
    ['B', 2],
    ['C', 3],
    ['D', 5],
    ['E', 2],
    ['unknown', 1],
  ]);
});

test('the VRAM of the farm leaves out CPUs, and says of how many GPUs it is not known', () => {
  const totals = farmTotals(exampleFarm);
  expect(totals.vramBytes).toBe(24_267 * MIB + (12 + 8 + 8 + 8 + 8 + 4 + 4 + 4 + 4 + 4 + 3) * GIB);
  expect(totals.vramUnknownCount).toBe(1);
});

test('an empty farm has totals of nought', () => {
  expect(farmTotals({ ...exampleFarm, rigs: [] })).toMatchObject({
    cardCount: 0,
    rigCount: 0,
    servingCount: 0,
    vramBytes: 0,
  });
});
