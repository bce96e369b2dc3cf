import type { CardCapacityView } from '@rerig/api/agent';
import { chooseCards } from '@rerig/domain/placement';
import { expect, it } from 'vitest';
import { offeredRigs, renderChoice } from './show-choice.ts';

const GIB = 1024 ** 3;

function cardOf(cardId: string, rest: Partial<CardCapacityView> = {}): CardCapacityView {
  const features = { cardModelName: 'RX 580 8GB', vramBytes: 8 * GIB, routes: ['vulkan'] as const };
  return { cardId, rigId: 'rig-1', workloadId: null, standing: 'in-service', features, ...rest };
}

const cards = [
  cardOf('rig-1/01:00.0', { workloadId: 'mine' }),
  cardOf('rig-1/02:00.0', { standing: 'draining', standingWhy: 'fan is loud', workloadId: 'job' }),
  cardOf('rig-2/01:00.0', { rigId: 'rig-2', workloadId: 'paid' }),
];
const workloads = [
  { workloadId: 'mine', priority: 'interruptible' as const },
  { workloadId: 'paid', priority: 'guaranteed' as const },
].map((each) => ({
  ...each,
  kind: 'job' as const,
  state: 'running' as const,
  stateSince: '2026-11-25T00:00:00Z',
  cardIds: [],
  places: [],
  restartCount: 0,
}));

function shown(rankCount: number, priority: 'guaranteed' | 'interruptible'): string {
  const demand = { kind: 'any', count: 1, needs: {} } as const;
  return renderChoice(chooseCards(offeredRigs(cards, workloads), { demand, rankCount, priority }), cards, 60);
}

it('shows the cards that a job would get, who gives way for them, and why no others', () => {
  expect(shown(1, 'guaranteed')).toBe(
    [
      'It would start once these have given way: mine.',
      '  ✔ RX 580 8GB (rig-1/01:00.0)',
      '  ✖ RX 580 8GB (rig-1/02:00.0): draining: fan is loud',
      '  ✖ RX 580 8GB (rig-2/01:00.0): held by paid',
      '',
    ].join('\n'),
  );
});

it('says that it would wait, or never start', () => {
  expect(shown(2, 'guaranteed')).toMatch(/^It would wait/);
  expect(shown(1, 'interruptible')).toMatch(/^It would wait/);
  expect(shown(3, 'guaranteed')).toMatch(/^It would never start/);
});
