/** Something that can be computed only together with others of the same key. */
export interface Keyed {
  readonly adapterKey: string;
}

/** Steps that one set of adapters has before the next one's turn: a change costs llama.cpp a new plan of its memory. */
const TURN_STEPS = 4;

/** Whose turn it is: sets of adapters can't share a step, and take turns. */
export interface Turn {
  readonly adapterKey: string;
  readonly stepsLeft: number;
}

/** The turn at the very beginning. */
export const FIRST_TURN: Turn = { adapterKey: '', stepsLeft: 0 };

/**
 * The turn for the next step: the same set goes on while it has steps left; then comes the set of the running sequence
 * that follows in the order of keys, and after the last one the first. Each set has its turn after at most all others.
 */
export function nextTurn(turn: Turn, running: readonly Keyed[]): Turn {
  const keys = [...new Set(running.map(({ adapterKey }) => adapterKey))].sort();
  if (turn.stepsLeft > 0 && keys.includes(turn.adapterKey)) return { ...turn, stepsLeft: turn.stepsLeft - 1 };
  const adapterKey = keys.find((key) => key > turn.adapterKey) ?? keys[0] ?? '';
  return { adapterKey, stepsLeft: TURN_STEPS - 1 };
}
