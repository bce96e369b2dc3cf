import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardModels } from './cards.ts';
import {
  type AssessedCard,
  gradeCard,
  gradeFarm,
  gradeRig,
  referenceWorkloads,
  vramNeedOf,
  workloadFits,
} from './grading.ts';
import { exampleFarmFiles, type Host, type ObservedCard, type Rig, readInventory } from './inventory.ts';
import { GIB, MIB } from './quantity.ts';

function card(fields: Partial<ObservedCard>): ObservedCard {
  return { cardId: 'r/1', kind: 'gpu', ...fields };
}

function rig(cards: readonly ObservedCard[], host: Host = {}): Rig {
  return { rigId: 'r', name: 'rig', source: 'hiveos', host, cards, contradictions: [] };
}

function codesOf({ findings }: { readonly findings: AssessedCard['findings'] }): readonly string[] {
  return findings.map(({ code }) => code);
}

describe('vramNeedOf', () => {
  it('reckons Llama-3.1-8B at 4,096 tokens: 4.58 GiB of weights, 512 MiB of KV cache', () => {
    const eight = referenceWorkloads.find(({ name }) => name === '8B Q4_K_M');
    if (eight === undefined) expect.fail('no 8B');
    const needs = vramNeedOf(eight, 'cuda-13');
    expect(needs.kvCacheBytes).toBe(512 * MIB);
    expect(needs.computeBufferBytes).toBe(280 * MIB);
    expect(needs.totalBytes).toBe(
      needs.weightsBytes + needs.kvCacheBytes + needs.computeBufferBytes + needs.driverBytes,
    );
  });

  it.each([
    ['1B Q4_K_M', 128],
    ['3B Q4_K_M', 448],
    ['14B Q4_K_M', 768],
    ['32B Q4_K_M', 1024],
  ])('keeps %s keys and values in %d MiB', (name, mib) => {
    const workload = referenceWorkloads.find((other) => other.name === name);
    expect(workload === undefined ? 0 : vramNeedOf(workload, 'vulkan').kvCacheBytes).toBe(mib * MIB);
  });
});

describe('gradeCard', () => {
  it.each([
    ['GeForce RTX 3090', 24_267, 'A', '32B Q4_K_M', 'cuda-13'],
    ['Tesla P40', 22_919, 'B', '32B Q4_K_M', 'cuda-12'],
    ['GeForce RTX 3060', 12_288, 'B', '14B Q4_K_M', 'cuda-13'],
    ['GeForce RTX 3080', 10_014, 'C', '8B Q4_K_M', 'cuda-13'],
    ['Radeon RX 580', 8192, 'C', '8B Q4_K_M', 'vulkan'],
    ['GeForce GTX 1660 SUPER', 5944, 'C', '8B Q4_K_M', 'cuda-13'],
    ['P102-100', 5058, 'D', '3B Q4_K_M', 'cuda-12'],
    ['GeForce GTX 1060', 3019, 'D', '1B Q4_K_M', 'cuda-12'],
    ['GeForce GTX 1050', 2000, 'D', '1B Q4_K_M', 'cuda-12'],
    ['Radeon RX 7900 XTX', 24_560, 'A', '32B Q4_K_M', 'rocm'],
  ])('gives a %s of %d MiB the grade %s: %s by %s', (name, mib, grade, largest, route) => {
    const assessed = gradeCard(card({ name, vramBytes: mib * MIB }));
    expect([assessed.grade, assessed.largestFit, assessed.route?.name]).toEqual([grade, largest, route]);
    expect(assessed.evidence).toBe('predicted');
  });

  it('takes the driver’s reserve off where the driver reports all of the VRAM', () => {
    const [old, recent] = [5934, 6144].map((mib) => gradeCard(card({ name: 'RTX 2060', vramBytes: mib * MIB })));
    expect(old?.vram?.usableBytes).toBe(recent?.vram?.usableBytes);
    expect(codesOf({ findings: recent?.findings ?? [] })).toContain('fit-tight');
  });

  it('gives no grade to a card that is not known, and says why', () => {
    const assessed = gradeCard(card({ name: 'Voodoo 5', vramBytes: 64 * MIB }));
    expect([assessed.grade, assessed.evidence, assessed.largestFit]).toEqual([null, null, null]);
    expect(codesOf(assessed)).toEqual(['model-unknown']);
  });

  it('grades an ambiguous card only where all that it may be agree', () => {
    const agreed = gradeCard(card({ pciId: '1002:67df', vramBytes: 8 * GIB }));
    expect([agreed.grade, agreed.modelNames.length, codesOf(agreed)]).toEqual(['C', 5, ['model-ambiguous']]);
    expect(gradeCard(card({ name: 'Radeon RX 580' })).grade).toBeNull();
  });

  it.each([
    ['a CMP by measurement', { name: 'CMP 50HX', vramBytes: 10_018 * MIB }, 'cmp-throttle'],
    ['VRAM that lacks', { name: 'RTX 3070', vramBytes: 6 * GIB }, 'vram-smaller'],
    ['VRAM that nobody sold', { name: 'RTX 2080 Ti', vramBytes: 22 * GIB }, 'vram-larger'],
    ['a flashed mining card', { name: 'P104-100', vramBytes: 8 * GIB }, 'vram-unlocked'],
    ['a route that ends', { name: 'GTX 1070', vramBytes: 8119 * MIB }, 'route-ending'],
    ['a riser', { name: 'RTX 3070', pcieLink: { generation: 1, laneCount: 1 } }, 'link-narrow'],
    ['hot memory', { name: 'RTX 3080', vramBytes: 10 * GIB, reading: { memoryTemperatureCelsius: 96 } }, 'memory-hot'],
    ['a fan that stands', { name: 'RTX 3070', reading: { fanPercent: 0, temperatureCelsius: 84 } }, 'fan-stopped'],
    ['a card that is too small', { name: 'GTX 960', vramBytes: 1 * GIB }, 'nothing-fits'],
  ])('finds %s', (_, fields, code) => {
    expect(codesOf(gradeCard(card(fields)))).toContain(code);
  });

  it('finds nothing in a cool card with a fan that rests, nor in memory at 95 °C', () => {
    const reading = { fanPercent: 0, temperatureCelsius: 45, memoryTemperatureCelsius: 95 };
    expect(codesOf(gradeCard(card({ name: 'RTX 3070', vramBytes: 7973 * MIB, reading })))).toEqual([]);
  });

  it('grades a processor by the RAM that it may use, never above D', () => {
    const assessed = gradeCard({ cardId: 'r/cpu', kind: 'cpu', name: 'AMD EPYC', vramBytes: 64 * GIB });
    expect([assessed.grade, assessed.route?.name, assessed.largestFit]).toEqual(['D', 'cpu', '32B Q4_K_M']);
    expect(gradeRig(rig([assessed.card])).totals).toMatchObject({ cardCount: 1, vramBytes: 0 });
  });
});

describe('the findings of a rig', () => {
  const cards = [1, 2, 3, 4, 5].map((bus) =>
    card({ cardId: `r/${bus}`, busId: `0${bus}:00.0`, name: 'GeForce GTX 1070', vramBytes: 8119 * MIB }),
  );

  it('says once what is not known of the whole rig', () => {
    expect(codesOf(gradeRig(rig(cards)))).toEqual(['ram-unknown', 'driver-unknown', 'link-unknown']);
  });

  it('finds what a small host limits', () => {
    const host: Host = {
      cpu: { modelName: 'Celeron J1800', coreCount: 2, vectorExtension: 'none' },
      ram: { bytes: 4 * GIB, basis: 'typical-of-board', source: 'the table of boards' },
      disks: [{ modelName: 'Cruzer', attachment: 'usb' }],
      nvidiaDriverVersion: '470.63.01',
    };
    const { findings } = gradeRig(rig(cards, host));
    expect(findings.map(({ code }) => code)).toEqual([
      'ram-typical',
      'ram-small',
      'ram-below-model',
      'cpu-no-avx',
      'cpu-few-cores',
      'disk-usb',
      'driver-old',
      'link-unknown',
    ]);
    expect(findings.find(({ code }) => code === 'driver-old')?.mend).toContain('driver 580');
  });

  it('blocks where the driver has dropped a card', () => {
    const host: Host = { nvidiaDriverVersion: '595.71.05', ram: { bytes: 32 * GIB, basis: 'reported', source: 's' } };
    const [dropped] = gradeRig(rig(cards, host)).findings;
    expect(dropped).toMatchObject({ code: 'driver-dropped', severity: 'blocking' });
  });

  it('blocks a rig without cards', () => {
    expect(gradeRig(rig([])).findings).toMatchObject([{ code: 'no-cards', severity: 'blocking' }]);
  });

  it('shows every value that sources disagree on', () => {
    const contradiction = {
      subject: 'ram' as const,
      taken: { text: '7847 MB', source: 'june' },
      others: [{ text: '3821 MB', source: 'may' }],
    };
    const { findings } = gradeRig({ ...rig([]), contradictions: [contradiction] });
    expect(findings.at(-1)?.why).toBe('The newest says 7847 MB (june); before that: 3821 MB in may.');
  });
});

const rank = ['E', 'D', 'C', 'B', 'A'];
const anyModel = fc.constantFrom(...cardModels);
const anyVramBytes = fc.integer({ min: 1, max: 100 * 1024 }).map((mib) => mib * MIB);

describe('the laws of grading', () => {
  it('never fits fewer workloads in more VRAM', () => {
    const anyRoute = fc.constantFrom('cuda-13', 'cuda-12', 'rocm', 'vulkan', 'cpu');
    fc.assert(
      fc.property(anyVramBytes, anyVramBytes, anyRoute, (one, other, route) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((bytes) => workloadFits(bytes, route));
        for (const [index, fit] of (less ?? []).entries())
          expect(!fit.isFitting || more?.[index]?.isFitting === true).toBe(true);
      }),
    );
  });

  it('never grades a card worse that reports more VRAM', () => {
    fc.assert(
      fc.property(anyModel, anyVramBytes, anyVramBytes, (model, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((vramBytes) =>
          gradeCard(card({ name: model.name, vramBytes })),
        );
        if (less?.grade == null || more?.grade == null) return;
        expect(rank.indexOf(more.grade)).toBeGreaterThanOrEqual(rank.indexOf(less.grade));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives a grade exactly with evidence, and fits in the order of size', () => {
    fc.assert(
      fc.property(anyModel, fc.option(anyVramBytes, { nil: undefined }), (model, vramBytes) => {
        const assessed = gradeCard(
          card(vramBytes === undefined ? { name: model.name } : { name: model.name, vramBytes }),
        );
        expect(assessed.grade === null).toBe(assessed.evidence === null);
        const standard = assessed.fits.filter(({ workload }) => workload.kind === 'chat' && workload.isStandard);
        const fitting = standard.map(({ isFitting }) => isFitting);
        expect(fitting).toEqual(fitting.toSorted((one, other) => Number(other) - Number(one)));
      }),
    );
  });

  it('gives the same answer twice, and totals that are the sums of its rigs', () => {
    const { farm } = readInventory(exampleFarmFiles);
    fc.assert(
      fc.property(fc.subarray([...farm.rigs]), (rigs) => {
        const assessed = gradeFarm({ rigs });
        expect(gradeFarm({ rigs })).toEqual(assessed);
        const sum = (read: (rigTotals: (typeof assessed)['totals']) => number) =>
          assessed.rigs.reduce((total, { totals }) => total + read(totals), 0);
        const { totals } = assessed;
        expect(totals.cardCount).toBe(sum(({ cardCount }) => cardCount));
        expect(totals.vramBytes).toBe(sum(({ vramBytes }) => vramBytes));
        expect(totals.powerWatts).toBe(sum(({ powerWatts }) => powerWatts));
        expect(Object.values(totals.cardCountByGrade).reduce((one, other) => one + other)).toBe(totals.cardCount);
        const findingCount = assessed.rigs.flatMap(({ findings, cards }) => [
          ...findings,
          ...cards.flatMap((assessedCard) => assessedCard.findings),
        ]).length;
        expect(Object.values(totals.findingCountBySeverity).reduce((one, other) => one + other)).toBe(
          findingCount + assessed.findings.length,
        );
      }),
    );
  });
});
