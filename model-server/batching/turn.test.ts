import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_TURN, nextTurn, type Turn } from './turn.ts';

const keys = fc.uniqueArray(fc.constantFrom('', 'a', 'b', 'c', 'd'), { minLength: 1, maxLength: 5 });

function running(names: readonly string[]) {
  return names.map((adapterKey) => ({ adapterKey }));
}

/** The keys whose turn it is in so many steps, with the same sequences running. */
function turnsOf(names: readonly string[], stepCount: number): readonly string[] {
  const turns: string[] = [];
  let turn: Turn = FIRST_TURN;
  for (let step = 0; step < stepCount; step++) {
    turn = nextTurn(turn, running(names));
    turns.push(turn.adapterKey);
  }
  return turns;
}

describe('the turn of a set of adapters', () => {
  it('comes to each set that runs, to none for longer than to another, and in runs of four steps', () => {
    fc.assert(
      fc.property(keys, (names) => {
        const turns = turnsOf(names, names.length * 4);
        for (const name of names) expect(turns.filter((turn) => turn === name)).toHaveLength(4);
        const changes = turns.filter((turn, step) => step > 0 && turn !== turns[step - 1]);
        expect(changes).toHaveLength(names.length - 1);
      }),
    );
  });

  it('is always that of a sequence that runs, whatever ran before', () => {
    const turn = fc.record({ adapterKey: fc.constantFrom('', 'a', 'b', 'x'), stepsLeft: fc.nat(3) });
    fc.assert(
      fc.property(turn, keys, (before, names) => {
        expect(names).toContain(nextTurn(before, running(names)).adapterKey);
      }),
    );
  });

  it('passes on at once where the set whose turn it was has ended', () => {
    expect(nextTurn({ adapterKey: 'a', stepsLeft: 3 }, running(['b']))).toEqual({ adapterKey: 'b', stepsLeft: 3 });
  });
});
