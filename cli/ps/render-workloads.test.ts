import type { WorkloadView } from '@rerig/api/agent';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardsText, renderWorkloads, sinceText } from './render-workloads.ts';

const NOW_MS = Date.parse('2026-11-25T12:00:00Z');
const style = { columnCount: 80, nowMs: NOW_MS };
const names = new Map([
  ['rig/a', 'RTX 3060 12GB'],
  ['rig/b', 'RTX 3060 12GB'],
  ['rig/c', 'RX 580 8GB'],
]);

function viewOf(rest: Partial<WorkloadView> = {}): WorkloadView {
  return {
    workloadId: 'train-k3f9x',
    kind: 'job',
    priority: 'guaranteed',
    state: 'running',
    stateSince: '2026-11-25T11:57:30.000Z',
    submittedAt: '2026-11-25T11:57:00.000Z',
    command: ['python3', 'train.py', '--note', "it's a try"],
    cardIds: ['rig/a', 'rig/b', 'rig/c'],
    places: [],
    restartCount: 0,
    ...rest,
  };
}

describe('the list of workloads', () => {
  it('shows id, state, how long in it, cards by name, and the command as it would be typed', () => {
    expect(renderWorkloads([viewOf()], names, { ...style, columnCount: 120 })).toBe(
      'ID           STATE    SINCE  CARDS                   COMMAND\n' +
        "train-k3f9x  running  2m     2× RTX 3060 12GB, RX …  python3 train.py --note 'it'\\''s a try'\n",
    );
  });

  it('says how a job ended, which run it is, and what a replica serves', () => {
    const { command: _, submittedAt: __, ...replica } = viewOf({ workloadId: 'vulkan-1', model: 'rigger-5m' });
    const shown = renderWorkloads(
      [
        viewOf({ workloadId: 'b', state: 'failed', exitCode: 137, submittedAt: '2026-11-25T11:00:00.000Z' }),
        viewOf({ workloadId: 'a', restartCount: 2, submittedAt: '2026-11-25T11:30:00.000Z' }),
        replica,
      ],
      names,
      style,
    );
    const [, ...rows] = shown.trimEnd().split('\n');
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 2))).toEqual([
      ['vulkan-1', 'running'],
      ['b', 'failed 137'],
      ['a', 'running #3'],
    ]);
    expect(shown).toContain('serves rigger-5m');
  });

  it('says what to do where nothing runs', () => {
    expect(renderWorkloads([], names, style)).toBe('Nothing runs. Start a job with: rerig run -- COMMAND\n');
  });

  it('is never wider than the terminal, and no command steers it', () => {
    const word = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 80, max: 100 }), (command, columnCount) => {
        const shown = renderWorkloads([viewOf({ command })], names, { ...style, columnCount });
        expect(shown.split('\n')).toHaveLength(3);
        for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(columnCount);
        expect(shown.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    [-5, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [7_200_000, '2h'],
    [3 * 86_400_000, '3d'],
  ])('tells %i ms as %s', (passedMs, text) => {
    expect(sinceText(passedMs)).toBe(text);
  });

  it('shows a card that has no name by its id', () => {
    expect(cardsText(viewOf({ cardIds: ['rig/z'] }), names)).toBe('rig/z');
    expect(cardsText(viewOf({ cardIds: [] }), names)).toBe('-');
  });
});
