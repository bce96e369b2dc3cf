import { isFault } from '@rerig/domain/fault';
import type { CardDemand } from '@rerig/domain/workloads';
import { unmetNeed } from '@rerig/domain/workloads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canPinEveryCard, requestCards } from './card-request.ts';
import { fakeCards, fakeRig } from './testing/fake-rig.ts';

const GIB = 1024 ** 3;
const rigs = [
  fakeRig('amd', [fakeCards.rx580(6)]),
  fakeRig('mixed', [fakeCards.rx580(3), fakeCards.rtx3060(1)]),
  fakeRig('small', [fakeCards.p106(8)]),
];

function request(cards: CardDemand) {
  return requestCards({ workloadId: 'w', cards }, rigs, null);
}

test('where all cards do, any type is asked for', () => {
  expect(request({ kind: 'any', count: 2, needs: {} })).toEqual({
    parts: [{ gresType: undefined, count: 2 }],
    excludedNames: [],
  });
});

test('where one type alone does, it is asked for by name, and rigs without it are left out', () => {
  expect(request({ kind: 'any', count: 1, needs: { vramBytesMin: 12 * GIB } })).toEqual({
    parts: [{ gresType: 'rtx_3060_12gb', count: 1 }],
    excludedNames: ['amd', 'small'],
  });
});

test('of the ways to ask, that which most cards do for is taken', () => {
  expect(request({ kind: 'any', count: 1, needs: { vramBytesMin: 8 * GIB } })).toEqual({
    parts: [{ gresType: undefined, count: 1 }],
    excludedNames: ['small'],
  });
});

test('work without a card on named rigs leaves out the others', () => {
  expect(request({ kind: 'any', count: 0, needs: {}, rigIds: ['amd'] })).toEqual({
    parts: [],
    excludedNames: ['mixed', 'small'],
  });
});

test('named cards are asked for where they are all of their model on the rig, and refused else', () => {
  const only = { kind: 'these', cardIds: ['mixed/04:00.0'] } as const;
  expect(request(only)).toEqual({
    parts: [{ gresType: 'rtx_3060_12gb', count: 1 }],
    excludedNames: [],
    requiredName: 'mixed',
  });
  const refused = request({ kind: 'these', cardIds: ['amd/01:00.0'] });
  expect(isFault(refused) && refused.code).toBe('workload-invalid');
  expect(canPinEveryCard(rigs)).toBe(false);
  expect(canPinEveryCard([fakeRig('one', [fakeCards.rx580(1), fakeCards.rtx3060(1)])])).toBe(true);
});

test('Slurm is never asked so that it could give a card that does not do', () => {
  const kinds = [fakeCards.rx580, fakeCards.rtx3060, fakeCards.p106];
  const rig = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 3 })), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(
      fc.array(rig, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(6, 8, 12),
      (farm, count, gib) => {
        const made = farm.map((kindsOnRig, index) =>
          fakeRig(
            `r${index}`,
            kindsOnRig.map(([kind, number]) => kind(number)),
          ),
        );
        const needs = { vramBytesMin: gib * GIB };
        const asked = requestCards({ workloadId: 'w', cards: { kind: 'any', count, needs } }, made, null);
        if (isFault(asked)) return;
        const givable = made
          .filter(({ nodeName }) => !asked.excludedNames.includes(nodeName))
          .flatMap(({ cards }) =>
            cards.filter(({ gresType }) => asked.parts.some((part) => (part.gresType ?? gresType) === gresType)),
          );
        expect(givable.length).toBeGreaterThan(0);
        for (const { features } of givable) expect(unmetNeed(features, needs)).toBeNull();
      },
    ),
  );
});
