import { cardModels } from '@rerig/domain/cards';
import { gradeFarm } from '@rerig/domain/grading';
import { exampleFarmFiles, type ObservedCard, type Rig, readInventory } from '@rerig/domain/inventory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cardMapText,
  configFiles,
  farmSettings,
  gresTypeOf,
  inSlurmOrder,
  joiningConf,
  nodeNameOf,
  rigFeatures,
  rigsOfInventory,
  rigWeight,
  type SlurmRig,
  type SlurmSettings,
} from './config.ts';
import { fakeCards, fakeRig } from './testing/fake-rig.ts';

const settings: SlurmSettings = {
  ...farmSettings,
  clusterName: 'rerig',
  head: { hostName: 'head', address: '10.0.0.1', port: 6817 },
};

function textOf(rigs: readonly SlurmRig[], name: string, changes: Partial<SlurmSettings> = {}): string {
  const file = configFiles(rigs, { ...settings, ...changes }).find((each) => each.name === name);
  return file?.text ?? '';
}

const anyModel = fc.constantFrom(...cardModels.filter(({ vramBytes }) => vramBytes !== undefined));

/** Rigs of cards of the catalogue, under ids that people and tools give. */
const anyRigs = fc
  .uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
      models: fc.array(anyModel, { maxLength: 13 }),
    }),
    {
      selector: ({ id }) => id,
      maxLength: 8,
    },
  )
  .map((made) =>
    made.map(({ id, models }): Rig => {
      const cards = models.map(({ name, vendor, vramBytes }, index): ObservedCard => {
        const busId = `${(index + 1).toString(16).padStart(2, '0')}:00.0`;
        return {
          cardId: `${id}/${busId}`,
          kind: 'gpu',
          busId,
          name,
          vendor,
          ...(vramBytes === undefined ? {} : { vramBytes }),
        };
      });
      return { rigId: id, name: id, source: 'files', host: {}, cards, contradictions: [] };
    }),
  )
  .map((rigs) => rigsOfInventory(gradeFarm({ rigs }, { nowMs: 0 })));

describe('the laws of a configuration', () => {
  test('whatever a rig and a card are called, no file has a line that was not meant', () => {
    fc.assert(
      fc.property(anyRigs, (rigs) => {
        const gresLines = textOf(rigs, 'gres.conf').split('\n').slice(1, -1);
        const line = /^NodeName=[a-z0-9-]{1,63} Name=gpu Type=[a-z0-9_]+ File=\/[\w./-]+ Flags=[a-z_]+$/;
        expect(gresLines.filter((each) => !line.test(each))).toEqual([]);
        expect(gresLines).toHaveLength(rigs.flatMap(({ cards }) => cards).length);
        for (const rig of rigs) expect(joiningConf(rig)).toMatch(/^[\w=:,. -]+$/);
      }),
    );
  });

  test('every rig has a name of its own in Slurm, and every card of a rig a file of its own', () => {
    fc.assert(
      fc.property(anyRigs, (rigs) => {
        expect(new Set(rigs.map(({ nodeName }) => nodeName)).size).toBe(rigs.length);
        for (const { cards } of rigs) expect(new Set(cards.map(({ file }) => file)).size).toBe(cards.length);
      }),
    );
  });

  test('cards of a type stand together, and the map of a rig counts as Slurm does', () => {
    fc.assert(
      fc.property(anyRigs, (rigs) => {
        for (const rig of rigs) {
          const types = rig.cards.map(({ gresType }) => gresType);
          const changes = types.filter((type, index) => type !== types[index - 1]);
          expect(new Set(changes).size).toBe(changes.length);
          const rows = cardMapText(rig)
            .split('\n')
            .slice(0, -1)
            .map((row) => row.split('\t'));
          expect(rows.map(([index]) => index)).toEqual(rig.cards.map((_, index) => String(index)));
          expect(rows.every((row) => row.length === 6)).toBe(true);
        }
      }),
    );
  });

  test('the cards that are told to Slurm when a rig joins are those of gres.conf, each type counted', () => {
    fc.assert(
      fc.property(anyRigs, (rigs) => {
        for (const rig of rigs) {
          const told = [...joiningConf(rig).matchAll(/gpu:(\w+):(\d+)/g)].map(([, type, count]) => [
            type,
            Number(count),
          ]);
          const counted = [...Map.groupBy(rig.cards, ({ gresType }) => gresType)].map(([type, cards]) => [
            type,
            cards.length,
          ]);
          expect(told).toEqual(counted);
        }
      }),
    );
  });

  test('the same rigs and settings give the same bytes, and ordering cards twice changes nothing', () => {
    fc.assert(
      fc.property(anyRigs, (rigs) => {
        expect(configFiles(structuredClone(rigs), settings)).toEqual(configFiles(rigs, settings));
        for (const { cards } of rigs) expect(inSlurmOrder(cards)).toEqual(cards);
      }),
    );
  });
});

test('the example farm becomes rigs with types, features and files that an operator knows again', () => {
  const rigs = rigsOfInventory(gradeFarm(readInventory(exampleFarmFiles).farm, { nowMs: 0 }));
  expect(rigs.length).toBeGreaterThan(0);
  const types = new Set(rigs.flatMap(({ cards }) => cards.map(({ gresType }) => gresType)));
  const known = new Set(cardModels.map(({ modelId }) => gresTypeOf(modelId)));
  expect([...types].filter((type) => !known.has(type))).toEqual([]);
});

test('a card that nothing drives is not given to Slurm', () => {
  const cards: readonly ObservedCard[] = [
    { cardId: 'r/1', kind: 'gpu', busId: '01:00.0', name: 'RX 580 8GB', vendor: 'amd' },
    { cardId: 'r/cpu', kind: 'cpu', name: 'Celeron' },
  ];
  const rig: Rig = { rigId: 'r', name: 'r', source: 'files', host: {}, cards, contradictions: [] };
  const [made] = rigsOfInventory(gradeFarm({ rigs: [rig] }, { nowMs: 0 }));
  expect(made?.cards.map(({ cardId }) => cardId)).toEqual(['r/1']);
});

test('a rig of two cores and six cards counts as six cores, so that each card can have a job', () => {
  expect(joiningConf(fakeRig('small', [fakeCards.rx580(6)], 2))).toMatch(/^CPUs=6 /);
  expect(joiningConf(fakeRig('large', [fakeCards.rx580(6)], 16))).toMatch(/^CPUs=16 /);
});

test('the better and the faster rig is taken first', () => {
  const weights = [
    fakeCards.rtx3060(1),
    { ...fakeCards.rx580(1), tokensPerSecond: 40 },
    fakeCards.rx580(1),
    fakeCards.p106(1),
  ].map((cards) => rigWeight(fakeRig('r', [cards])));
  expect(weights).toEqual(weights.toSorted((one, other) => one - other));
  expect(new Set(weights).size).toBe(weights.length);
  expect(rigWeight(fakeRig('empty', []))).toBeGreaterThan(weights.at(-1) ?? 0);
});

test('features tell vendor, VRAM, grade, routes and models of all cards of a rig', () => {
  expect(rigFeatures(fakeRig('r', [fakeCards.rx580(2), fakeCards.p106(1)]))).toEqual([
    'amd',
    'grade_c',
    'grade_d',
    'nvidia',
    'p106_100',
    'route_cuda_12',
    'route_vulkan',
    'rx_580_8gb',
    'vram6',
    'vram8',
  ]);
});

test('cards of several vendors on one rig get no variables by index, as Slurm allows one kind alone', () => {
  const gres = textOf(
    [fakeRig('mixed', [fakeCards.rx580(1), fakeCards.p106(1)]), fakeRig('plain', [fakeCards.rx580(1)])],
    'gres.conf',
  );
  expect(gres.match(/Flags=\w+/g)).toEqual(['Flags=no_gpu_env', 'Flags=no_gpu_env', 'Flags=amd_gpu_env']);
});

test('power saving stands in the file only where programs for it are named', () => {
  expect(textOf([], 'slurm.conf')).not.toContain('SuspendProgram');
  const powerSaving = {
    suspendProgram: '/opt/sleep',
    resumeProgram: '/opt/wake',
    suspendAfterMs: 600_000,
    resumeWithinMs: 300_000,
  };
  expect(textOf([], 'slurm.conf', { powerSaving })).toMatch(
    /SuspendProgram=\/opt\/sleep\n.*\n?ResumeProgram=\/opt\/wake/,
  );
});

test.each([
  ['hive-4', 'hive-4'],
  ['Rig 07 (hall B)', 'rig-07-hall-b'],
  ['фарма', 'rig'],
  ['x'.repeat(100), 'x'.repeat(63)],
])('the rig %j is the node %j', (rigId, nodeName) => {
  expect(nodeNameOf(rigId)).toBe(nodeName);
});
