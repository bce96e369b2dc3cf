import { describe, expect, it } from 'vitest';
import { InvariantError } from '../fault.ts';
import type { ObservedCard, Reading, Rig } from '../inventory.ts';
import { GIB, MIB } from '../quantity.ts';
import { gradeCard, gradeRig } from './assess.ts';
import type { AssessedCard } from './assessed.ts';
import { driverFindings } from './driver-findings.ts';
import { farmFindings } from './farm-findings.ts';
import type { Finding } from './finding.ts';
import { type FindingCode, findingCodes } from './finding-codes.ts';
import { findingsPage } from './findings-page.ts';
import { mendCosts } from './mend-cost.ts';

function card(fields: Partial<ObservedCard>): ObservedCard {
  return { cardId: 'r/01:00.0', kind: 'gpu', busId: '01:00.0', ...fields };
}

function rig(fields: Partial<Rig>): Rig {
  return { rigId: 'r', name: 'rig', source: 'files', host: {}, cards: [], contradictions: [], ...fields };
}

function ofCard(fields: Partial<ObservedCard>): readonly Finding[] {
  return gradeRig(rig({ cards: [card(fields)] })).cards.flatMap(({ findings }) => findings);
}

function ofRig(fields: Partial<Rig>): readonly Finding[] {
  return gradeRig(rig(fields)).findings;
}

function reading(fields: Reading, of: Partial<ObservedCard> = {}): readonly Finding[] {
  return ofCard({ name: 'RTX 3070', vramBytes: 8 * GIB, ...of, reading: fields });
}

function measured(name: string, measurements: ObservedCard['measurements'] & {}): readonly Finding[] {
  return ofCard({ name, measurements });
}

const fourCards = [1, 2, 3, 4].map((bus) =>
  card({ cardId: `r/0${bus}:00.0`, busId: `0${bus}:00.0`, name: 'GTX 1070', vramBytes: 8119 * MIB }),
);
const smallRam = { ram: { bytes: 4 * GIB, basis: 'reported', source: 'free' } } as const;
const NOW_MS = Date.UTC(2026, 10, 25);

function contradiction(
  subject: 'ram' | 'cards' | 'card' | 'driver',
  taken: string,
  other: string,
): Rig['contradictions'] {
  const about = subject === 'card' ? { cardId: 'r/01:00.0', aspect: 'VRAM' } : {};
  return [{ subject, ...about, taken: { text: taken, source: 'june' }, others: [{ text: other, source: 'may' }] }];
}

/** One card, rig or farm for each code: the table is total, so a code that cannot be produced does not compile. */
const samples: Readonly<Record<FindingCode, () => readonly Finding[]>> = {
  'model-unknown': () => ofCard({ name: 'Voodoo 5' }),
  'model-ambiguous': () => ofCard({ name: 'Radeon RX 580' }),
  'chip-mobile': () => ofCard({ name: 'NVIDIA GeForce RTX 3070 Laptop GPU', vramBytes: 8 * GIB }),
  'vram-assumed': () => ofCard({ name: 'RTX 3070' }),
  'vram-smaller': () => ofCard({ name: 'RTX 3070', vramBytes: 6 * GIB }),
  'vram-larger': () => ofCard({ name: 'RTX 2080 Ti', vramBytes: 22 * GIB }),
  'vram-unlocked': () => ofCard({ name: 'P104-100', vramBytes: 8 * GIB }),
  'vram-in-use': () => reading({ usedVramBytes: 5 * GIB }),
  'vbios-foreign': () => ofCard({ name: 'GTX 1060 6GB', vramBytes: 6 * GIB, vbios: '70.26.20.00.00' }),
  'route-ending': () => ofCard({ name: 'GTX 1070' }),
  'route-ended': () => ofCard({ name: 'RX 580', vramBytes: 8 * GIB }),
  'route-unofficial': () => ofCard({ name: 'RX 6700 XT', vramBytes: 12 * GIB }),
  'nothing-fits': () => ofCard({ name: 'GTX 960', vramBytes: 1 * GIB }),
  'fit-tight': () => ofCard({ name: 'RTX 2060', vramBytes: 5934 * MIB }),
  'link-narrow': () => ofCard({ name: 'RTX 3070', pcieLink: { generation: 1, laneCount: 1 } }),
  'link-fewer-lanes': () => ofCard({ name: 'RTX 3070', pcieLink: { generation: 4, laneCount: 4 } }),
  'link-gen1': () =>
    ofCard({
      name: 'RTX 3070',
      pcieLink: { generation: 1, laneCount: 16 },
      pcieLinkMost: { generation: 1, laneCount: 16 },
    }),
  'link-below-slot': () =>
    reading(
      { utilizationPercent: 98 },
      { pcieLink: { generation: 2, laneCount: 16 }, pcieLinkMost: { generation: 4, laneCount: 16 } },
    ),
  'link-idle': () => ofCard({ name: 'RTX 3070', pcieLink: { generation: 1, laneCount: 16 } }),
  'link-model-slow': () => ofCard({ name: 'P104-100', vramBytes: 4 * GIB }),
  'link-replay': () => reading({ pcieReplayCount: 4321 }),
  'bar1-small': () => ofCard({ name: 'RTX 3070', bar1Bytes: 256 * MIB }),
  'memory-hot': () => reading({ memoryTemperatureCelsius: 100 }),
  'core-hot': () => reading({ temperatureCelsius: 92 }),
  'hot-spot-hot': () => reading({ hotSpotCelsius: 108 }),
  'fan-stopped': () => reading({ fanPercent: 0, temperatureCelsius: 84 }),
  'fan-full': () => reading({ fanPercent: 100, temperatureCelsius: 78 }),
  'sensor-implausible': () => reading({ temperatureCelsius: 511 }),
  'power-limit-low': () => reading({ powerLimitWatts: 110 }, { powerLimitWatts: { shipped: 220 } }),
  'power-limit-high': () => reading({ powerLimitWatts: 260 }, { powerLimitWatts: { shipped: 220 } }),
  'throttled-heat': () => reading({ throttleReasons: ['hw_slowdown', 'hw_thermal_slowdown'] }),
  'throttled-power-brake': () => reading({ throttleReasons: ['HW Power Brake Slowdown'] }),
  'throttled-power-cap': () => reading({ throttleReasons: ['sw_power_cap'] }),
  'overclock-core': () => reading({ coreClockOffsetMhz: 100 }),
  'overclock-memory': () => reading({ memoryClockMhz: 8100 }),
  underclock: () => reading({ coreClockOffsetMhz: -200 }),
  'clock-locked': () => reading({ coreClockOffsetMhz: 1100 }),
  'straps-suspected': () =>
    reading({ hashesPerSecond: 29.1e6, algorithm: 'eth' }, { name: 'RX 580', vramBytes: 8 * GIB }),
  'ecc-uncorrected': () => reading({ eccUncorrectedCount: 1 }),
  'ecc-corrected': () => reading({ eccCorrectedCount: 156_000 }),
  'ecc-off': () => ofCard({ name: 'Tesla P40', isEccOn: false }),
  'retirement-pending': () => reading({ isRetirementPending: true }),
  'pages-retired': () => reading({ retiredPageCount: 62 }),
  xid: () => reading({ xidCodes: [79, 43, 79, 9999] }),
  'shares-invalid': () => reading({ invalidShareCount: 12 }),
  'hash-rate-low': () =>
    reading({ hashesPerSecond: 9e6, algorithm: 'ethash' }, { name: 'GTX 1070', vramBytes: 8 * GIB }),
  'hash-rate-none': () => reading({ hashesPerSecond: 0, algorithm: 'kawpow' }),
  'cmp-throttle': () => ofCard({ name: 'CMP 50HX', vramBytes: 10 * GIB }),
  'cmp-throttled': () => measured('CMP 50HX', [compute('fp32', 0.42), compute('int8', 1.7)]),
  'cmp-unlocked': () => measured('CMP 50HX', [compute('fp32', 12.4), compute('int8', 44)]),
  'compute-low': () => measured('P106-100', [compute('fp32', 1.1)]),
  'bandwidth-low': () => measured('P106-100', [{ kind: 'memory-bandwidth', bytesPerSecond: 60e9, source: 's' }]),
  'link-measured-low': () =>
    ofCard({
      name: 'RTX 3070',
      pcieLink: { generation: 3, laneCount: 16 },
      measurements: [{ kind: 'link-bandwidth', direction: 'to-card', bytesPerSecond: 2e9, source: 's' }],
    }),
  'measured-slow': () => measured('RTX 3090', [generation(9, 3.83e9)]),
  'measured-fast': () => measured('RTX 3090', [generation(232, 3.83e9)]),
  'measurement-implausible': () => measured('RTX 3090', [generation(521, 16.5e9)]),
  'no-cards': () => ofRig({}),
  'integrated-only': () => ofRig({ host: { integratedGraphicsName: 'HD Graphics 630' } }),
  'card-missing': () =>
    ofRig({ contradictions: contradiction('cards', '01:00.0 RTX 3070', '01:00.0 RTX 3070, 02:00.0 RTX 3080') }),
  'cards-contradiction': () =>
    ofRig({ contradictions: contradiction('cards', '01:00.0 RTX 3070', '01:00.0 RTX 3080') }),
  'card-contradiction': () => ofRig({ contradictions: contradiction('card', '8192 MB', '4096 MB') }),
  'host-contradiction': () => ofRig({ contradictions: contradiction('driver', '580.95', '470.63') }),
  'ram-contradiction': () => ofRig({ contradictions: contradiction('ram', '8 GB', '4 GB') }),
  'ram-unknown': () => ofRig({ cards: fourCards }),
  'ram-typical': () =>
    ofRig({ cards: fourCards, host: { ram: { bytes: 4 * GIB, basis: 'typical-of-board', source: 'boards' } } }),
  'ram-small': () => ofRig({ cards: fourCards, host: smallRam }),
  'ram-below-model': () => ofRig({ cards: [card({ name: 'RTX 3090' })], host: smallRam }),
  'cpu-unknown': () => ofRig({ host: { cpu: { modelName: 'Loongson', vectorExtension: 'unknown' } } }),
  'cpu-no-avx': () => ofRig({ host: { cpu: { modelName: 'Celeron J1800', vectorExtension: 'none' } } }),
  'cpu-no-avx2': () => ofRig({ host: { cpu: { modelName: 'Xeon E5-2670', vectorExtension: 'avx' } } }),
  'cpu-few-cores': () =>
    ofRig({
      cards: [...fourCards, card({ cardId: 'r/5' })],
      host: { cpu: { modelName: 'G3930', coreCount: 2, vectorExtension: 'none' } },
    }),
  'disk-usb': () => ofRig({ host: { disks: [{ modelName: 'Cruzer', attachment: 'usb' }] } }),
  'disk-small': () =>
    ofRig({ cards: fourCards, host: { disks: [{ modelName: 'Galaird', bytes: 16e9, attachment: 'sata' }] } }),
  'uplink-slow': () => ofRig({ host: { uplinkBytesPerSecond: 0.5e6 } }),
  'virtual-machine': () => ofRig({ host: { virtualMachine: 'VirtualBox' } }),
  'driver-unknown': () => ofRig({ cards: fourCards }),
  'driver-dropped': () => ofRig({ cards: fourCards, host: { nvidiaDriverVersion: '595.71.05' } }),
  'driver-old': () => ofRig({ cards: fourCards, host: { nvidiaDriverVersion: '470.63.01' } }),
  'driver-conflict': () => driverFindings(rig({}), [driven({ driverMajorMax: 470 }), driven({ driverMajorMin: 525 })]),
  'vendors-mixed': () =>
    ofRig({ cards: [card({ name: 'RTX 3070', vendor: 'nvidia' }), card({ name: 'RX 580', vendor: 'amd' })] }),
  'link-unknown': () => ofRig({ cards: fourCards }),
  'duplicate-id': () => farmFindings([rigWithUuid('a'), rigWithUuid('b')]),
  'reading-stale': () => farmFindings([rig({ observedAt: '2022-06-05 17:54:03.18' })], { nowMs: NOW_MS }),
  'reading-undated': () => farmFindings([rig({ observedAt: '05/06/2022' })], { nowMs: NOW_MS }),
  'clock-ahead': () => farmFindings([rig({ observedAt: '2031-01-01' })], { nowMs: NOW_MS }),
  'drivers-mixed': () =>
    farmFindings(['470.63', '580.95'].map((nvidiaDriverVersion) => rig({ host: { nvidiaDriverVersion } }))),
};

function compute(precision: 'fp32' | 'int8', teraOperationsPerSecond: number) {
  return { kind: 'compute', precision, teraOperationsPerSecond, source: 'OpenCL-Benchmark' } as const;
}

function generation(tokensPerSecond: number, weightsBytes: number) {
  return {
    kind: 'tokens',
    phase: 'generate',
    tokensPerSecond,
    weightsBytes,
    modelName: 'llama 7B',
    source: 's',
  } as const;
}

function driven(branches: { readonly driverMajorMin?: number; readonly driverMajorMax?: number }): AssessedCard {
  const assessed = gradeCard(card({ name: 'RTX 3070', vramBytes: 8 * GIB }));
  if (assessed.route === null) throw new InvariantError('an RTX 3070 has a route');
  return { ...assessed, route: { ...assessed.route, ...branches } };
}

function rigWithUuid(name: string): Rig {
  const cards = [card({ cardId: `${name}/01:00.0`, uuid: 'GPU-5a1e2d3c-0000-0000-0000-175e802b1c74' })];
  return rig({ rigId: name, name: `rig ${name}`, cards });
}

const everyCode = Object.entries(samples);

describe('the table of findings', () => {
  it.each(everyCode)('produces %s from a sample, with what, why, mend and a cost', (code, sample) => {
    const found = sample().find((each) => each.code === code);
    expect(found, `no ${code} in ${JSON.stringify(sample().map((each) => each.code))}`).toBeDefined();
    expect(found?.severity).toSatisfy((severity) => findingCodes[code as FindingCode].severities.includes(severity));
    expect(found?.mendCost.highUsd).toBeGreaterThanOrEqual(found?.mendCost.lowUsd ?? 0);
  });

  it('has more than eighty codes, each with a title of its own', () => {
    const titles = Object.values(findingCodes).map(({ title }) => title);
    expect(titles.length).toBeGreaterThan(80);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('is the page docs/findings.md, word for word', async () => {
    await expect(findingsPage()).toMatchFileSnapshot('../../docs/findings.md');
  });

  it('prices every kind of mend, and only what there is nothing to do about costs nothing at all', () => {
    for (const [kind, { lowUsd, highUsd, labourMinutes, source }] of Object.entries(mendCosts)) {
      expect(lowUsd).toBeLessThanOrEqual(highUsd);
      expect(labourMinutes > 0).toBe(kind !== 'none');
      expect(source).not.toBe('');
    }
  });
});
