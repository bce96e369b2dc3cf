import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CardFeatures, type CardNeeds, unmetNeed } from './card-demand.ts';

const GIB = 1024 ** 3;

const rx580: CardFeatures = {
  cardModelId: 'rx-580-8gb',
  cardModelName: 'RX 580 8GB',
  vramBytes: 8 * GIB,
  routes: ['vulkan'],
  grade: 'C',
};

test('a card that has all that is needed does', () => {
  expect(unmetNeed(rx580, {})).toBeNull();
  expect(unmetNeed(rx580, { vramBytesMin: 8 * GIB, routes: ['cuda-12', 'vulkan'], gradeMin: 'C' })).toBeNull();
});

test.each<[string, CardNeeds]>([
  ['too little VRAM', { vramBytesMin: 8 * GIB + 1 }],
  ['no route that drives it', { routes: ['cuda-12'] }],
  ['another card model', { cardModelIds: ['rx-570-8gb'] }],
  ['a lower grade', { gradeMin: 'B' }],
  ['too slow a link', { linkBytesPerSecondMin: 1 }],
])('a card with %s does not do, and the reason is said', (why, needs) => {
  expect(unmetNeed(rx580, needs)).toBe(why);
});

test('a card without a grade meets no demand for one', () => {
  const { grade: _, ...ungraded } = rx580;
  expect(unmetNeed(ungraded, { gradeMin: 'E' })).toBe('a lower grade');
});

test('a card that does for more does for less', () => {
  fc.assert(
    fc.property(
      fc.nat(16 * GIB),
      fc.nat(16 * GIB),
      fc.constantFrom('A', 'B', 'C', 'D', 'E'),
      (one, other, gradeMin) => {
        const more: CardNeeds = { vramBytesMin: Math.max(one, other), gradeMin };
        const less: CardNeeds = { vramBytesMin: Math.min(one, other) };
        if (unmetNeed(rx580, more) === null) expect(unmetNeed(rx580, less)).toBeNull();
      },
    ),
  );
});
