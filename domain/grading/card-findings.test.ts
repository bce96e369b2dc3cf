import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardModels } from '../cards.ts';
import type { Measurement, ObservedCard, Reading, Rig } from '../inventory.ts';
import { GIB, MIB } from '../quantity.ts';
import { gradeCard, gradeRig } from './assess.ts';
import type { Finding } from './finding.ts';
import { findingCodes } from './finding-codes.ts';

function card(fields: Partial<ObservedCard>): ObservedCard {
  return { cardId: 'r/1', kind: 'gpu', ...fields };
}

function codesOf(fields: Partial<ObservedCard>): readonly string[] {
  return gradeCard(card(fields)).findings.map(({ code }) => code);
}

function findingOf(fields: Partial<ObservedCard>, code: string): Finding | undefined {
  return gradeCard(card(fields)).findings.find((found) => found.code === code);
}

const RTX = { name: 'RTX 3070', vramBytes: 8 * GIB };
const GEN1_X1 = { generation: 1, laneCount: 1 };

describe('the findings of a card', () => {
  it('takes a low generation for sleep while the card is idle, and for a fault under load', () => {
    const link = { pcieLink: { generation: 1, laneCount: 16 }, pcieLinkMost: { generation: 4, laneCount: 16 } };
    const at = (utilizationPercent: number) =>
      codesOf({ ...RTX, ...link, reading: { utilizationPercent, temperatureCelsius: 50 } });
    expect(at(0)).toEqual(['link-idle']);
    expect(at(99)).toEqual(['link-gen1']);
  });

  it('does not blame a mining card for the link that it was made with', () => {
    const mining = { name: 'P106-090', vramBytes: 3 * GIB, pcieLink: GEN1_X1 };
    expect(codesOf(mining)).toContain('link-model-slow');
    expect(codesOf(mining)).not.toContain('link-narrow');
    expect(codesOf({ name: 'P104-100', vramBytes: 4 * GIB, pcieLink: GEN1_X1 })).toContain('link-narrow');
  });

  it.each([
    [95, 'memoryTemperatureCelsius', 'memory-hot'],
    [90, 'temperatureCelsius', 'core-hot'],
    [105, 'hotSpotCelsius', 'hot-spot-hot'],
  ] as const)(
    'finds heat from a degree above %d of %s on, and none of a sensor that cannot be',
    (limit, field, code) => {
      const at = (celsius: number) => codesOf({ ...RTX, reading: { [field]: celsius } });
      expect(at(limit)).not.toContain(code);
      expect(at(limit + 1)).toContain(code);
      expect(at(511)).toEqual(['sensor-implausible']);
    },
  );

  it('blocks for a fan that stands only where the card is warm', () => {
    const at = (temperatureCelsius: number) => codesOf({ ...RTX, reading: { fanPercent: 0, temperatureCelsius } });
    expect([at(64), at(65)]).toEqual([[], ['fan-stopped']]);
  });

  it('says how much speed a lowered power limit costs, and warns only where it costs much', () => {
    const at = (powerLimitWatts: number) =>
      findingOf({ ...RTX, powerLimitWatts: { shipped: 350 }, reading: { powerLimitWatts } }, 'power-limit-low');
    expect(at(340)).toBeUndefined();
    expect(at(300)).toMatchObject({
      severity: 'info',
      gain: { kind: 'speed', promptTimes: 1.06, generateTimes: 1.01 },
    });
    expect(at(150)).toMatchObject({ severity: 'warning' });
    expect(at(150)?.why).toContain('85 % of its speed and read prompts at 26 %');
  });

  it('measures a limit against the board’s own, and against the model’s only to call it low', () => {
    expect(codesOf({ ...RTX, reading: { powerLimitWatts: 270 } })).toEqual([]);
    expect(codesOf({ ...RTX, reading: { powerLimitWatts: 120 } })).toEqual(['power-limit-low']);
  });

  it.each([
    [['hw_thermal_slowdown', 'hw_slowdown'], ['throttled-heat']],
    [['sw_thermal_slowdown'], ['throttled-heat']],
    [['HW Power Brake Slowdown', 'HW Slowdown'], ['throttled-power-brake']],
    [['hw_slowdown'], ['throttled-power-brake']],
    [['sw_power_cap'], ['throttled-power-cap']],
    [['applications_clocks_setting', 'sync_boost'], []],
  ])('reads the throttle reasons %j', (throttleReasons, codes) => {
    expect(codesOf({ ...RTX, reading: { throttleReasons } })).toEqual(codes);
  });

  it('tells a raised memory clock in whatever unit a tool counts it', () => {
    const at = (memoryClockMhz: number) => codesOf({ ...RTX, reading: { memoryClockMhz } });
    expect(at(7001)).toEqual([]);
    expect(at(14_002)).toEqual([]);
    expect(at(8100)).toEqual(['overclock-memory']);
    const polaris = (memoryClockMhz: number) =>
      codesOf({ name: 'RX 580', vramBytes: 8 * GIB, reading: { memoryClockMhz } });
    expect(polaris(2000)).not.toContain('overclock-memory');
    expect(polaris(2150)).toContain('overclock-memory');
  });

  it('suspects straps by the hash rate of Ethash alone', () => {
    const at = (hashesPerSecond: number, algorithm: string) =>
      codesOf({ name: 'RX 580', vramBytes: 8 * GIB, reading: { hashesPerSecond, algorithm } });
    expect(at(30e6, 'ethash')).toContain('straps-suspected');
    expect(at(23e6, 'ethash')).not.toContain('straps-suspected');
    expect(at(30e6, 'kawpow')).not.toContain('straps-suspected');
  });

  it('does not call a card sick for the limiter that only Ethash knows', () => {
    const at = (name: string, hashesPerSecond: number) =>
      codesOf({ name, vramBytes: 8 * GIB, reading: { hashesPerSecond, algorithm: 'ETH' } });
    expect(at('RTX 3070', 30e6)).toEqual([]);
    expect(at('RTX 3070', 12e6)).toEqual(['hash-rate-low']);
    expect(at('RX 5700 XT', 20e6)).toContain('hash-rate-low');
  });

  it('tells each XID once, and one that it does not know as such', () => {
    const { findings } = gradeCard(card({ ...RTX, reading: { xidCodes: [31, 79, 31, 12_345] } }));
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      'xid warning',
      'xid blocking',
      'xid info',
    ]);
  });

  it('blocks a card that no software drives, known or one of several alike', () => {
    const at = (vramGib: number) => findingOf({ name: 'GTX 780 Ti', vramBytes: vramGib * GIB }, 'route-ended');
    expect(at(3)).toMatchObject({ severity: 'blocking', mendKind: 'replace-card' });
    expect(at(5)).toMatchObject({ severity: 'blocking' });
  });

  it('knows a VBIOS of an older generation for a fake, and one of another chip of its own for none', () => {
    const at = (vbios: string) => codesOf({ name: 'RTX 2060', vramBytes: 6 * GIB, vbios });
    expect(at('90.04.63.00.E8')).not.toContain('vbios-foreign');
    expect(at('86.06.63.00.E8')).toContain('vbios-foreign');
    expect(at('unreadable')).not.toContain('vbios-foreign');
  });
});

function measured(name: string, measurements: readonly Measurement[]): readonly string[] {
  return codesOf({ name, measurements });
}

function compute(precision: 'fp32' | 'int8', teraOperationsPerSecond: number): Measurement {
  return { kind: 'compute', precision, teraOperationsPerSecond, source: 'OpenCL-Benchmark' };
}

function tokens(tokensPerSecond: number, fields: object = {}): Measurement {
  const measurement = { kind: 'tokens', phase: 'generate', tokensPerSecond, modelName: 'qwen 27B Q4_K_M' } as const;
  return { ...measurement, weightsBytes: 16.5e9, source: 'llama-bench', ...fields };
}

describe('what was measured on a card', () => {
  it('tells a throttled CMP from an unlocked one by what it measures, never by its name', () => {
    expect(measured('CMP 50HX', [])).toContain('cmp-throttle');
    expect(measured('CMP 50HX', [compute('fp32', 0.42)])).toContain('cmp-throttled');
    expect(measured('CMP 50HX', [compute('int8', 1.7)])).toContain('cmp-throttled');
    expect(measured('CMP 50HX', [compute('fp32', 12.4), compute('int8', 44)])).toContain('cmp-unlocked');
    expect(measured('CMP 50HX', [tokens(20)])).not.toContain('cmp-throttle');
  });

  it('calls a P102-100, which no firmware slows, neither', () => {
    const codes = codesOf({ name: 'P102-100', vramBytes: 5 * GIB, measurements: [compute('fp32', 10.5)] });
    expect(codes.filter((code) => code.startsWith('cmp'))).toEqual([]);
  });

  it('refuses 521 tokens/s of a 27B model on one RTX 3090, by its weights or by its parameters', () => {
    expect(measured('RTX 3090', [tokens(521)])).toContain('measurement-implausible');
    const bare: Measurement = {
      kind: 'tokens',
      phase: 'generate',
      tokensPerSecond: 521,
      modelName: '27B',
      parameterCount: 27e9,
      source: 's',
    };
    expect(measured('RTX 3090', [bare])).toContain('measurement-implausible');
  });

  it('weighs a speed by what its model does with the same language model, and by bandwidth where that is not known', () => {
    const at = (tokensPerSecond: number, fields: object) =>
      measured('RTX 3090', [
        tokens(tokensPerSecond, { modelName: 'llama 7B Q4_0', weightsBytes: 3.83e9, routeName: 'cuda-12', ...fields }),
      ]).filter((code) => code !== 'vram-assumed');
    expect(at(150, { parameterCount: 6.74e9 })).toEqual([]);
    expect(at(40, { parameterCount: 6.74e9 })).toEqual(['measured-slow']);
    expect(at(400, { phase: 'prompt', parameterCount: 6.74e9 })).toEqual(['measured-slow']);
    expect(at(60, {})).toEqual([]);
    expect(at(40, {})).toEqual(['measured-slow']);
  });

  it('lets mixtures of experts and prompts be faster than their weights are read', () => {
    expect(measured('RTX 3090', [tokens(160, { modelName: 'qwen3moe 30B.A3B Q4_K_M' })])).toEqual(['vram-assumed']);
    expect(measured('RTX 3090', [tokens(1500, { phase: 'prompt' })])).toEqual(['vram-assumed']);
  });

  it('finds a link that moves what one lane moves, where no tool prints the link', () => {
    const link: Measurement = { kind: 'link-bandwidth', direction: 'to-card', bytesPerSecond: 0.19e9, source: 's' };
    expect(codesOf({ ...RTX, measurements: [link] })).toEqual(['link-narrow']);
  });
});

const anyNumber = fc.oneof(fc.integer({ min: -10, max: 200 }), fc.double({ noNaN: true, min: -1e18, max: 1e18 }));
function optional<Value>(value: fc.Arbitrary<Value>) {
  return fc.option(value, { nil: undefined, freq: 2 });
}
const anyText = fc.oneof(fc.string({ maxLength: 80 }), fc.constantFrom('ethash', 'hw_slowdown', 'RTX 3070 Laptop GPU'));

function without<Fields extends object>(fields: Fields): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const anyReading: fc.Arbitrary<Reading> = fc
  .record({
    temperatureCelsius: optional(anyNumber),
    memoryTemperatureCelsius: optional(anyNumber),
    fanPercent: optional(anyNumber),
    hotSpotCelsius: optional(anyNumber),
    powerLimitWatts: optional(anyNumber),
    memoryClockMhz: optional(anyNumber),
    coreClockOffsetMhz: optional(anyNumber),
    memoryClockOffsetMhz: optional(anyNumber),
    throttleReasons: optional(fc.array(anyText, { maxLength: 3 })),
    utilizationPercent: optional(anyNumber),
    usedVramBytes: optional(anyNumber),
    eccCorrectedCount: optional(anyNumber),
    eccUncorrectedCount: optional(anyNumber),
    retiredPageCount: optional(anyNumber),
    isRetirementPending: optional(fc.boolean()),
    pcieReplayCount: optional(anyNumber),
    xidCodes: optional(fc.array(fc.oneof(fc.constantFrom(13, 31, 48, 79, 119), fc.integer()), { maxLength: 12 })),
    invalidShareCount: optional(anyNumber),
    hashesPerSecond: optional(anyNumber),
    algorithm: optional(anyText),
  })
  .map(without);

const anyLink = fc.record({ generation: fc.integer({ min: 0, max: 8 }), laneCount: fc.constantFrom(1, 2, 4, 8, 16) });
const anyMeasurement: fc.Arbitrary<Measurement> = fc.oneof(
  fc.record({
    kind: fc.constant('compute' as const),
    precision: fc.constantFrom('fp32', 'int8', 'fp16'),
    teraOperationsPerSecond: anyNumber,
    source: fc.constant('s'),
  }),
  fc.record({
    kind: fc.constant('link-bandwidth' as const),
    direction: fc.constantFrom('to-card', 'both'),
    bytesPerSecond: anyNumber,
    source: fc.constant('s'),
  }),
  anyNumber.chain((tokensPerSecond) => fc.constant(tokens(tokensPerSecond))),
);

const anyCard: fc.Arbitrary<ObservedCard> = fc
  .record({
    cardId: fc.constant('r/1'),
    kind: fc.constant('gpu'),
    name: optional(fc.oneof(fc.constantFrom(...cardModels.map(({ name }) => name)), anyText)),
    vramBytes: optional(fc.integer({ min: 1, max: 100 * 1024 }).map((mib) => mib * MIB)),
    bar1Bytes: optional(anyNumber),
    isEccOn: optional(fc.boolean()),
    vbios: optional(anyText),
    powerLimitWatts: optional(fc.record({ shipped: anyNumber })),
    pcieLink: optional(anyLink),
    pcieLinkMost: optional(anyLink),
    reading: optional(anyReading),
    measurements: optional(fc.array(anyMeasurement, { maxLength: 3 })),
  })
  .map((fields) => card(without(fields)));

/** Every word of a finding fits on a line of 80 columns, so that wrapping at blanks keeps to it. */
function expectReadable({ code, severity, what, why, mend, unlocks, mendCost, gain }: Finding): void {
  for (const text of [what, why, mend, ...(unlocks === undefined ? [] : [unlocks])]) {
    expect(text.trim()).not.toBe('');
    expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
    expect(Math.max(...text.split(/\s+/).map((word) => word.length))).toBeLessThanOrEqual(78);
  }
  expect(findingCodes[code].severities).toContain(severity);
  expect(mendCost.lowUsd).toBeLessThanOrEqual(mendCost.highUsd);
  if (gain?.kind === 'speed') expect(Math.min(gain.promptTimes, gain.generateTimes)).toBeGreaterThanOrEqual(0);
}

function blockingCodes(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ severity }) => severity === 'blocking').map(({ code }) => code);
}

function rig(cards: readonly ObservedCard[], host: Rig['host']): Rig {
  return { rigId: 'r', name: 'rig', source: 'files', host, cards, contradictions: [] };
}

describe('the laws of findings', () => {
  it('says what, why and mend of any card in words that fit 80 columns, and the same twice', () => {
    fc.assert(
      fc.property(anyCard, (observed) => {
        const { findings } = gradeCard(observed);
        for (const found of findings) {
          expectReadable(found);
          expect(findingCodes[found.code].about).toBe('card');
        }
        expect(gradeCard(observed).findings).toEqual(findings);
      }),
      { numRuns: 1500 },
    );
  });

  it('never adds a blocking finding for more VRAM', () => {
    fc.assert(
      fc.property(anyCard, fc.integer({ min: 1, max: 64 }), (observed, moreGib) => {
        const less = { ...observed, vramBytes: observed.vramBytes ?? 4 * GIB };
        const more = { ...less, vramBytes: less.vramBytes + moreGib * GIB };
        const before = blockingCodes(gradeCard(less).findings);
        expect(before).toEqual(expect.arrayContaining([...blockingCodes(gradeCard(more).findings)]));
      }),
      { numRuns: 500 },
    );
  });

  it('never adds a blocking finding for more VRAM of any model of the catalogue', () => {
    const anyVram = fc.integer({ min: 1, max: 96 * 8 }).map((eighths) => (eighths * GIB) / 8);
    fc.assert(
      fc.property(fc.constantFrom(...cardModels), anyVram, anyVram, ({ name }, one, other) => {
        const [before, after] = [Math.min(one, other), Math.max(one, other)].map((vramBytes) =>
          blockingCodes(gradeCard(card({ name, vramBytes })).findings),
        );
        expect(before).toEqual(expect.arrayContaining([...(after ?? [])]));
      }),
      { numRuns: 1000 },
    );
  });

  it('never adds a blocking finding for a faster link', () => {
    fc.assert(
      fc.property(anyCard, anyLink, anyLink, (observed, one, other) => {
        const slower = {
          generation: Math.min(one.generation, other.generation),
          laneCount: Math.min(one.laneCount, other.laneCount),
        };
        const faster = {
          generation: Math.max(one.generation, other.generation),
          laneCount: Math.max(one.laneCount, other.laneCount),
        };
        const [before, after] = [slower, faster].map((pcieLink) =>
          blockingCodes(gradeCard({ ...observed, pcieLink }).findings),
        );
        expect(before).toEqual(expect.arrayContaining([...(after ?? [])]));
      }),
      { numRuns: 500 },
    );
  });

  it('never adds a blocking finding for more RAM', () => {
    const anyRam = fc.integer({ min: 1, max: 256 * 1024 }).map((mib) => mib * MIB);
    fc.assert(
      fc.property(fc.array(anyCard, { maxLength: 6 }), anyRam, anyRam, (cards, one, other) => {
        const [before, after] = [Math.min(one, other), Math.max(one, other)].map((bytes) =>
          blockingCodes(gradeRig(rig(cards, { ram: { bytes, basis: 'reported', source: 'free' } })).findings),
        );
        expect(before).toEqual(expect.arrayContaining([...(after ?? [])]));
      }),
      { numRuns: 200 },
    );
  });
});
