import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CardGroup, type CardHold, type GroupedCard, planHolds } from './card-hold-plan.ts';

const CARDS_MAX = 12;
/** Rounds in which every card of a rig is held: submit, get, and clear up. */
const ROUNDS_MAX = 6;

const anyOccupant = fc.oneof(
  fc.constant({ kind: 'nobody' as const }),
  fc.integer({ min: 1, max: 4 }).map((jobId) => ({ kind: 'job' as const, jobId })),
  fc.constant({ kind: 'other' as const }),
);

const anyGroup: fc.Arbitrary<CardGroup> = fc
  .record({
    cards: fc.array(fc.record({ isDrained: fc.boolean(), occupant: anyOccupant, isHeld: fc.boolean() }), {
      minLength: 1,
      maxLength: CARDS_MAX,
    }),
    loose: fc.array(
      fc.record({
        afterJobId: fc.option(fc.integer({ min: 1, max: 6 })),
        place: fc.constantFrom(
          { kind: 'waits' as const, isDue: true },
          { kind: 'waits' as const, isDue: false },
          { kind: 'settling' as const },
        ),
      }),
      { maxLength: 5 },
    ),
    mayHunt: fc.boolean(),
  })
  .map(({ cards, loose, mayHunt }) => ({
    mayHunt,
    cards: cards.map(({ isDrained, occupant, isHeld }, index) => ({
      index,
      isDrained,
      occupant: isHeld ? { kind: 'nobody' as const } : occupant,
    })),
    holds: [
      ...cards.flatMap(({ isHeld }, index) =>
        isHeld ? [{ jobId: 100 + index, afterJobId: null, place: { kind: 'on' as const, index } }] : [],
      ),
      ...loose.map((hold, index) => ({ jobId: 200 + index, ...hold })),
    ],
  }));

/** As Slurm does: what is cancelled goes, what settles says where, what hunts gets a free card of Slurm's choice, if any. */
function afterRound(group: CardGroup, nextId: number, choose: (free: readonly number[]) => number): CardGroup {
  const { cancelledIds, submitted } = planHolds(group);
  const kept = group.holds.filter(({ jobId }) => !cancelledIds.includes(jobId));
  const all = [
    ...kept,
    ...submitted.map((afterJobId, count): CardHold => {
      return { jobId: nextId + count, afterJobId, place: { kind: 'waits', isDue: afterJobId === null } };
    }),
  ];
  const taken = new Set(all.flatMap(({ place }) => (place.kind === 'on' ? [place.index] : [])));
  const isRunning = (jobId: number) =>
    group.cards.some(({ occupant }) => occupant.kind === 'job' && occupant.jobId === jobId);
  const holds = all.map((hold): CardHold => {
    const isDue = hold.place.kind === 'settling' || hold.afterJobId === null || !isRunning(hold.afterJobId);
    const free = group.cards.filter(({ index, occupant }) => occupant.kind === 'nobody' && !taken.has(index));
    if (hold.place.kind === 'on' || !isDue || free.length === 0) return hold;
    const index = choose(free.map((card) => card.index));
    taken.add(index);
    return { ...hold, place: { kind: 'on', index } };
  });
  return { ...group, holds };
}

function indexesOf(cards: readonly GroupedCard[]): readonly number[] {
  return cards.map(({ index }) => index).toSorted((a, b) => a - b);
}

describe('the laws of a plan of holds', () => {
  test('whichever cards Slurm gives, every drained card that is free is held in the end, and no other is', () => {
    fc.assert(
      fc.property(anyGroup, fc.infiniteStream(fc.nat()), (made, chances) => {
        let group: CardGroup = {
          ...made,
          mayHunt: true,
          // What settles has no card yet in this world, so that there are never more holds than cards.
          holds: made.holds.filter(({ place }) => place.kind !== 'settling'),
        };
        for (let round = 0; round < ROUNDS_MAX; round += 1) {
          group = afterRound(group, 1000 * (round + 1), (free) => free[chances.next().value % free.length] ?? 0);
        }
        const on = group.holds.flatMap(({ place }) => (place.kind === 'on' ? [place.index] : []));
        const due = group.cards.filter(({ isDrained, occupant }) => isDrained && occupant.kind === 'nobody');
        expect(on.toSorted((a, b) => a - b)).toEqual(indexesOf(due));
        const busy = group.cards.flatMap(({ isDrained, occupant }) =>
          isDrained && occupant.kind === 'job' ? [occupant.jobId] : [],
        );
        const waiting = group.holds.filter(({ place }) => place.kind === 'waits').map(({ afterJobId }) => afterJobId);
        const unknown = group.cards.filter(({ isDrained, occupant }) => isDrained && occupant.kind === 'other');
        for (const jobId of new Set(busy)) {
          const dueCount = busy.filter((id) => id === jobId).length;
          expect(waiting.filter((id) => id === jobId).length).toBeGreaterThanOrEqual(dueCount);
        }
        expect(waiting.length).toBeLessThanOrEqual(busy.length + unknown.length);
        expect(planHolds(group)).toMatchObject({ cancelledIds: [], submitted: [] });
      }),
    );
  });

  test('a hold on a drained card is never let go, and without a drained card all are', () => {
    fc.assert(
      fc.property(anyGroup, (group) => {
        const { cancelledIds } = planHolds(group);
        const onDrained = group.holds.filter(
          ({ place }) => place.kind === 'on' && group.cards[place.index]?.isDrained === true,
        );
        expect(onDrained.filter(({ jobId }) => cancelledIds.includes(jobId))).toEqual([]);
        const none = planHolds({ ...group, cards: group.cards.map((card) => ({ ...card, isDrained: false })) });
        const known = group.holds.filter(({ place }) => place.kind !== 'settling');
        expect(none).toEqual({ cancelledIds: known.map(({ jobId }) => jobId), submitted: [], isSettled: true });
      }),
    );
  });

  test('of the holds that take cards from others, no more are left than there are free cards to be held', () => {
    fc.assert(
      fc.property(anyGroup, (group) => {
        const { kept, unheld } = resultOf(group);
        const isDue = ({ afterJobId, place }: CardHold) => afterJobId !== null && place.kind === 'waits' && place.isDue;
        const jobIds = unheld.flatMap(({ occupant }) => (occupant.kind === 'job' ? [occupant.jobId] : []));
        const loose = kept.filter((hold) => isDue(hold) && !jobIds.includes(hold.afterJobId ?? 0));
        const free = unheld.filter(({ occupant }) => occupant.kind === 'nobody');
        expect(loose.length).toBeLessThanOrEqual(free.length);
      }),
    );
  });

  test('what is submitted waits for a job on a drained card, or hunts no more cards than are free', () => {
    fc.assert(
      fc.property(anyGroup, (group) => {
        const { kept, unheld, free } = resultOf(group);
        const { submitted } = planHolds(group);
        const jobIds = unheld.flatMap(({ occupant }) => (occupant.kind === 'job' ? [occupant.jobId] : []));
        for (const afterJobId of submitted) if (afterJobId !== null) expect(jobIds).toContain(afterJobId);
        const hunting = kept.filter(({ afterJobId, place }) => afterJobId === null && place.kind === 'waits');
        const huntCount = hunting.length + submitted.filter((afterJobId) => afterJobId === null).length;
        const isHunted = group.mayHunt && unheld.some(({ occupant }) => occupant.kind === 'nobody');
        expect(huntCount).toBeLessThanOrEqual(isHunted ? free.length : 0);
      }),
    );
  });

  test('a hold that waits for a job stays when that is no more known to be on the card, as Slurm is about to give it', () => {
    fc.assert(
      fc.property(anyGroup, fc.boolean(), (group, isDue) => {
        const cards = group.cards.map((card, index): GroupedCard => {
          return { ...card, isDrained: index === 0, occupant: { kind: 'nobody' } };
        });
        const hold: CardHold = { jobId: 9, afterJobId: 7, place: { kind: 'waits', isDue } };
        expect(planHolds({ cards, holds: [hold], mayHunt: group.mayHunt }).cancelledIds).toEqual([]);
      }),
    );
  });
});

/** Holds that stay, drained cards that no hold has, and free cards. */
function resultOf(group: CardGroup) {
  const { cancelledIds } = planHolds(group);
  const kept = group.holds.filter(({ jobId }) => !cancelledIds.includes(jobId));
  const isOn = (index: number) => group.holds.some(({ place }) => place.kind === 'on' && place.index === index);
  const unheld = group.cards.filter(({ index, isDrained }) => isDrained && !isOn(index));
  const free = group.cards.filter(({ index, occupant }) => occupant.kind === 'nobody' && !isOn(index));
  return { kept, unheld, free };
}

test('of four free cards the third is held: four hunt, and those with the other three go once it is found', () => {
  const cards = [0, 1, 2, 3].map((index): GroupedCard => {
    return { index, isDrained: index === 2, occupant: { kind: 'nobody' } };
  });
  const first = planHolds({ cards, holds: [], mayHunt: true });
  expect(first).toEqual({ cancelledIds: [], submitted: [null, null, null, null], isSettled: false });
  const on = (jobId: number, index: number): CardHold => ({ jobId, afterJobId: null, place: { kind: 'on', index } });
  const waits: CardHold = { jobId: 9, afterJobId: null, place: { kind: 'waits', isDue: true } };
  const settling: CardHold = { jobId: 8, afterJobId: null, place: { kind: 'settling' } };
  expect(planHolds({ cards, holds: [on(5, 0), on(6, 1), settling, waits], mayHunt: true })).toEqual({
    ...{ cancelledIds: [], submitted: [], isSettled: false },
  });
  expect(planHolds({ cards, holds: [on(5, 0), on(6, 1), on(8, 2), on(9, 3)], mayHunt: true })).toEqual({
    ...{ cancelledIds: [5, 6, 9], submitted: [], isSettled: true },
  });
});
