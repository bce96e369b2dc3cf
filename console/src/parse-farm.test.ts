import { expect, test } from 'vitest';
import { exampleFarm } from '../farm-fixture.ts';
import { parseFarm } from './parse-farm.ts';

test('a farm of the agreed shape comes through as it is', () => {
  expect(parseFarm(JSON.parse(JSON.stringify(exampleFarm)))).toEqual(exampleFarm);
});

test.each(['1.5', '', '1e3', '$1', ' 1'])(
  'money that is "%s" is refused, for it could not be shown exactly',
  (text) => {
    const activity = { ...exampleFarm.activity, feeMicroUsd: text };
    expect(() => parseFarm({ ...exampleFarm, activity })).toThrow(/micro-USD/);
  },
);
