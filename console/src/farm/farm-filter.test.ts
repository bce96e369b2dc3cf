import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleFarm } from '../../farm-fixture.ts';
import { CARD_STATES, GRADE_KEYS } from './card-words.ts';
import {
  type FarmFilter,
  fromFarmSearch,
  NO_FILTER,
  parseFarmSearch,
  toFarmSearch,
  toggled,
  visibleRigs,
} from './farm-filter.ts';
import { SORT_KEYS } from './sort-cards.ts';

const anyFilter: fc.Arbitrary<FarmFilter> = fc.record({
  grades: fc.subarray([...GRADE_KEYS]),
  states: fc.subarray([...CARD_STATES]),
  text: fc.string(),
  order: fc.option(
    fc.record({
      key: fc.constantFrom(...SORT_KEYS),
      direction: fc.constantFrom('ascending' as const, 'descending' as const),
    }),
  ),
});

function shownIds(filter: Partial<FarmFilter>): readonly string[] {
  return visibleRigs(exampleFarm.rigs, { ...NO_FILTER, ...filter }).flatMap(({ cards }) =>
    cards.map((card) => card.cardId),
  );
}

describe('a filter in the address', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(fromFarmSearch(parseFarmSearch({ ...toFarmSearch(filter) }))).toEqual(filter);
      }),
    );
  });

  test('never breaks the page, whatever the address says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('grade', 'state', 'q', 'sort', 'x'), fc.anything()), (search) => {
        expect(shownIds(fromFarmSearch(parseFarmSearch(search))).length).toBeLessThanOrEqual(14);
      }),
    );
  });

  test('leaves out what it does not know, and so shows more rather than less', () => {
    expect(fromFarmSearch({ grade: 'A.Z', state: 'dancing', sort: 'luck' })).toEqual({ ...NO_FILTER, grades: ['A'] });
  });
});

describe('visibleRigs', () => {
  test('shows every card where nothing is chosen', () => {
    expect(shownIds({})).toHaveLength(14);
  });

  test('keeps a rig without cards while nothing is filtered, and drops rigs left without any when something is', () => {
    const empty = { rigId: 'r', name: 'r', source: 'live', findings: [], cards: [] } as const;
    const rig = { ...empty, findings: [], cards: [] };
    expect(visibleRigs([rig], NO_FILTER)).toHaveLength(1);
    expect(visibleRigs([rig], { ...NO_FILTER, grades: ['A'] })).toHaveLength(0);
  });

  test.each([
    ['470', ['rig-02/0', 'rig-02/1', 'rig-02/2', 'rig-02/3']],
    ['RX 470 or', ['rig-02/2', 'rig-02/3']],
    ['  rtx 3060 ', ['rig-01/1']],
    ['QWEN', ['rig-01/1']],
    ['rig-03', ['rig-03/0', 'rig-03/1', 'rig-03/2', 'rig-03/3']],
    ['voodoo', []],
  ])('finds by "%s" in names of cards, rigs and models', (text, found) => {
    expect(shownIds({ text })).toEqual(found);
  });

  test('shows cards that have one of the grades and one of the states', () => {
    expect(shownIds({ grades: ['B', 'unknown'], states: ['starting', 'listed'] })).toEqual(['rig-01/2', 'rig-02/4']);
  });
});

test('toggling a value twice changes nothing', () => {
  fc.assert(
    fc.property(fc.subarray([...GRADE_KEYS]), fc.constantFrom(...GRADE_KEYS), (chosen, grade) => {
      expect(toggled(GRADE_KEYS, toggled(GRADE_KEYS, chosen, grade), grade)).toEqual(chosen);
    }),
  );
});
