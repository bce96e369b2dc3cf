import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cardModels } from '../cards.ts';
import { gradeCard } from '../grading.ts';
import type { ObservedCard } from '../inventory.ts';
import { unmetNeed } from './card-demand.ts';
import { cardFeaturesOf } from './card-features.ts';

const GIB = 1024 ** 3;

function featuresOf(card: Partial<ObservedCard>) {
  return cardFeaturesOf(gradeCard({ cardId: 'rig/01:00.0', kind: 'gpu', ...card }));
}

test('a known card has its model, VRAM, routes, grade, link and speed', () => {
  const features = featuresOf({
    name: 'NVIDIA GeForce RTX 3060',
    vendor: 'nvidia',
    vramBytes: 12 * GIB,
    pcieLink: { generation: 3, laneCount: 4 },
  });
  expect(features).toMatchObject({
    cardModelId: 'rtx-3060-12gb',
    cardModelName: 'RTX 3060 12GB',
    vramBytes: 12 * GIB,
    grade: 'B',
    linkBytesPerSecond: 3.94e9,
  });
  expect(features.routes).toEqual(expect.arrayContaining(['cuda-13', 'vulkan']));
  expect(features.tokensPerSecond).toBeGreaterThan(100);
});

test('a link is counted by what it can be under load, and as measured where it was', () => {
  const asleep = {
    pcieLink: { generation: 1, laneCount: 1 },
    pcieLinkMost: { generation: 3, laneCount: 16 },
  };
  expect(featuresOf(asleep).linkBytesPerSecond).toBe(0.985e9);
  expect(featuresOf({}).linkBytesPerSecond).toBeUndefined();
});

test('a processor has no VRAM and its own route', () => {
  const features = featuresOf({ kind: 'cpu', name: 'Celeron G3930', vramBytes: 4 * GIB });
  expect(features).toMatchObject({ cardModelName: 'Celeron G3930', vramBytes: 0, routes: ['cpu'] });
});

test('a card that no catalogue knows is named as it names itself, and Vulkan may drive it', () => {
  const features = featuresOf({ name: 'Some Accelerator 9', vramBytes: 8 * GIB });
  expect(features).toEqual({ cardModelName: 'Some Accelerator 9', vramBytes: 8 * GIB, routes: ['vulkan'] });
});

test('every model of the catalogue that is named and holds its VRAM does for what is asked of exactly it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...cardModels), ({ name, vendor, vramBytes }) => {
      const features = featuresOf({ name, vendor, ...(vramBytes === undefined ? {} : { vramBytes }) });
      const { cardModelId, routes, grade } = features;
      const needs = {
        vramBytesMin: features.vramBytes,
        ...(cardModelId === undefined ? {} : { cardModelIds: [cardModelId] }),
        ...(routes.length === 0 ? {} : { routes }),
        ...(grade === undefined ? {} : { gradeMin: grade }),
      };
      expect(unmetNeed(features, needs)).toBeNull();
    }),
  );
});
