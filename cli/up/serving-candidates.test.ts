import { gradeRig } from '@rerig/domain/grading';
import type { ObservedCard, Rig } from '@rerig/domain/inventory';
import { GIB } from '@rerig/domain/quantity';
import { describe, expect, it } from 'vitest';
import { servingCandidates } from './serving-candidates.ts';

function rigOf(cards: readonly ObservedCard[]): Rig {
  return { rigId: 'rig-1', name: 'rig 1', source: 'agent', host: {}, cards, contradictions: [] };
}

const processor: ObservedCard = { cardId: 'rig-1/cpu', kind: 'cpu', name: 'Some CPU', vramBytes: 22 * GIB };
const rtx3090: ObservedCard = {
  cardId: 'rig-1/01:00.0',
  kind: 'gpu',
  busId: '01:00.0',
  vendor: 'nvidia',
  name: 'GeForce RTX 3090',
  vramBytes: 24 * GIB,
};
const rx570: ObservedCard = {
  cardId: 'rig-1/02:00.0',
  kind: 'gpu',
  busId: '02:00.0',
  vendor: 'amd',
  name: 'Radeon RX 570',
  vramBytes: 4 * GIB,
};

describe('the cards that may serve', () => {
  it('are tried from the best grade on, the processor last', () => {
    const candidates = servingCandidates(gradeRig(rigOf([processor, rx570, rtx3090])));
    expect(candidates.map(({ cardId, route }) => [cardId, route])).toEqual([
      [rtx3090.cardId, 'vulkan'],
      [rx570.cardId, 'vulkan'],
      [processor.cardId, 'cpu'],
    ]);
  });

  it('leave out a card that must be mended first', () => {
    const hot = { ...rtx3090, reading: { temperatureCelsius: 84, fanPercent: 0 } };
    expect(servingCandidates(gradeRig(rigOf([hot, processor]))).map(({ cardId }) => cardId)).toEqual([
      processor.cardId,
    ]);
  });
});
