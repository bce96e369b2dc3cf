import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sequence } from './sequence.ts';
import { WaitingLine } from './waiting-line.ts';

type Priority = Sequence['request']['priority'];

function waitingSequence(priority: Priority): Sequence {
  const silent = () => undefined;
  return new Sequence(
    {
      promptTokens: Int32Array.of(1),
      newTokensMax: 1,
      sampling: { temperature: 0, topP: 1, seed: 0 },
      stops: [],
      grammar: undefined,
      logprobsTopCount: undefined,
      adapters: [],
      priority,
    },
    { onText: silent, onEnd: silent, onFault: silent },
    { pick: silent, close: silent },
  );
}

function drain(line: WaitingLine): readonly Sequence[] {
  const gone: Sequence[] = [];
  for (let first = line.first(); first !== undefined; first = line.first()) {
    gone.push(first);
    line.removeFirst();
  }
  return gone;
}

const arrivals = fc.array(fc.constantFrom<Priority>('live', 'batch'), { maxLength: 20 });

describe('the line of those that wait', () => {
  it('lets all live ones go before the batch ones, each kind in order of arrival', () => {
    fc.assert(
      fc.property(arrivals, (priorities) => {
        const line = new WaitingLine();
        const sequences = priorities.map(waitingSequence);
        for (const sequence of sequences) line.add(sequence);
        const of = (priority: Priority) => sequences.filter(({ request }) => request.priority === priority);
        expect([line.count, line.countOf('live')]).toEqual([sequences.length, of('live').length]);
        expect(drain(line)).toEqual([...of('live'), ...of('batch')]);
      }),
    );
  });

  it('has who gave its slot up first of its kind, behind every live one', () => {
    const line = new WaitingLine();
    const [early, yielded, live] = [waitingSequence('batch'), waitingSequence('batch'), waitingSequence('live')];
    line.add(early);
    line.putBack(yielded);
    line.add(live);
    expect(drain(line)).toEqual([live, yielded, early]);
  });

  it('loses those that were cancelled and no other, and keeps the order', () => {
    fc.assert(
      fc.property(arrivals, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (priorities, cancelled) => {
        const line = new WaitingLine();
        const sequences = priorities.map(waitingSequence);
        sequences.forEach((sequence, index) => {
          sequence.isCancelled = cancelled[index] ?? false;
          line.add(sequence);
        });
        const before = line.all();
        const removed = line.removeCancelled();
        expect(new Set(removed)).toEqual(new Set(before.filter(({ isCancelled }) => isCancelled)));
        expect(line.all()).toEqual(before.filter(({ isCancelled }) => !isCancelled));
      }),
    );
  });
});
