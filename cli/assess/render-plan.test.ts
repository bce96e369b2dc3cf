import type { ObservedCard, Rig } from '@rerig/domain/inventory';
import { GIB } from '@rerig/domain/quantity';
import { describe, expect, it } from 'vitest';
import { renderReport } from './render-report.ts';
import { sampleReport } from './sample-farms.ts';

function rigOf(rigId: string, ramGib: number, names: readonly string[], fields: Partial<ObservedCard> = {}): Rig {
  return {
    ...{ rigId, name: rigId, source: 'files', contradictions: [] },
    host: { ram: { bytes: ramGib * GIB, basis: 'reported', source: 'a test' } },
    cards: names.map((name, index) => ({
      ...{ cardId: `${rigId}/0${index}:00.0`, kind: 'gpu', name, pcieLink: { generation: 3, laneCount: 16 } },
      ...fields,
    })),
  };
}

function textOf(...rigs: readonly Rig[]): string {
  const text = renderReport(sampleReport({ rigs }), { columnCount: 80, color: false, isAll: false });
  return text.replace(/\s+/g, ' ');
}

const five = ['RTX 3090', 'RTX 3090', 'RTX 3090', 'RTX 3090', 'RTX 3090'];

describe('what to do first', () => {
  it('tells what each card gains by being converted, by which the list is sorted, and what all of them do', () => {
    const text = textOf(rigOf('one', 64, five));
    const [, each, all] = /\$([\d.]+) a card 5 × RTX 3090, one: [^$]*: \$([\d.]+) a day/.exec(text) ?? [];
    expect(Number(all)).toBeCloseTo(5 * Number(each), 1);
  });

  it('says where a mend and a move free the same card, so that nobody counts it twice', () => {
    const text = textOf(rigOf('small', 4, five), rigOf('large', 32, ['GTX 1060 3GB', 'GTX 1060 3GB', 'GTX 1060 3GB']));
    expect(text).toMatch(/Fit \d+ GiB.*Move between rigs.*one of the two is enough/);
    expect(textOf(rigOf('small', 4, five))).not.toMatch(/one of the two/);
  });
});

describe('what a farm does now', () => {
  it('is not called idle where cards draw the power of work and no miner was read', () => {
    const text = textOf(rigOf('one', 64, five, { reading: { powerWatts: 290 } }));
    expect(text).toMatch(/now, as read – \$[\d.]+ – 5 at work that nothing tells/);
    expect(textOf(rigOf('one', 64, five, { reading: { powerWatts: 20 } }))).toMatch(/0 of 5 mine, 5 idle/);
  });

  it('has no net where what most cards mine has no price', () => {
    const reading = { powerWatts: 290, hashesPerSecond: 5e7, algorithm: 'nobodysalgo' };
    expect(textOf(rigOf('one', 64, five, { reading }))).toMatch(/now, as read – \$[\d.]+ – all 5 mine, 5 at what/);
  });
});
