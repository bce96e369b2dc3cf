import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleFarmFiles, type InventoryRead, readInventory, vectorExtensionOf } from './inventory.ts';
import { GIB, MIB } from './quantity.ts';

const REAL_FOLDER = join(import.meta.dirname, '../../shared/data/rig-outputs/hiveos-agent');
const hasRealFiles = existsSync(REAL_FOLDER);

function read(...texts: readonly string[]): InventoryRead {
  return readInventory(texts.map((text, index) => ({ name: `file-${index}.json`, text })));
}

function codesOf({ faults }: InventoryRead): readonly string[] {
  return faults.map(({ code }) => code);
}

const hello = {
  method: 'hello',
  params: {
    rig_id: 7,
    addtime: '2026/1/5 9:00:00',
    passwd: 'secret',
    gpu: [
      { busid: '00:02.0', name: 'HD Graphics 510', brand: 'cpu', subvendor: 'Intel' },
      { busid: '01:00.0', name: 'GeForce RTX 3070', brand: 'nvidia', mem: '7973 MB', plim_def: '220 W' },
      { busid: '0a:00.0', name: 'Radeon RX 6600', brand: 'amd', mem: '8176 MB', uuid: 'REDACTED' },
    ],
    cpu: { model: 'Intel(R) Celeron(R) CPU  G3930 @ 2.90GHz', cores: '2', aes: '1' },
    mb: { manufacturer: 'ASRock', product: 'H110 Pro BTC+' },
    nvidia_version: 470.63,
    amd_version: '20.40',
    disk_model: 'ATA KINGSTON SA400 120.0GB, SanDisk Cruzer Fit 16.0GB\n',
  },
};

const stats = {
  method: 'stats',
  params: {
    rig_id: 7,
    updatetime: '2026-02-01 10:00:00.5',
    temp: ['0', '61', '72'],
    fan: ['0', '55', '0'],
    power: ['0', '118', '64'],
    mem: ['7852', '5000'],
    miner_stats: {
      hs: ['61790', '30.5', '29000'],
      hs_units: 'khs',
      mtemp: ['0', '0', '96'],
      bus_numbers: ['1', null, '10'],
      algo: 'ethash',
    },
  },
};

function statsWith(params: object): string {
  return JSON.stringify({ method: 'stats', params: { ...stats.params, ...params } });
}

describe('readInventory of HiveOS messages', () => {
  it('merges a "stats" and a "hello" of one rig in any order, by bus in decimal and hexadecimal', () => {
    const inOrder = read(JSON.stringify(hello), JSON.stringify(stats));
    expect(inOrder.faults).toEqual([]);
    const [rig] = inOrder.farm.rigs;
    expect(rig).toMatchObject({
      rigId: 'hive-7',
      host: {
        cpu: { modelName: 'Intel(R) Celeron(R) CPU G3930 @ 2.90GHz', coreCount: 2, vectorExtension: 'none' },
        ram: { bytes: 7852 * MIB, basis: 'reported' },
        nvidiaDriverVersion: '470.63',
        integratedGraphicsName: 'HD Graphics 510',
        disks: [
          { modelName: 'ATA KINGSTON SA400', bytes: 120e9, attachment: 'sata' },
          { modelName: 'SanDisk Cruzer Fit', bytes: 16e9, attachment: 'usb' },
        ],
      },
    });
    expect(rig?.cards).toEqual([
      expect.objectContaining({
        cardId: 'hive-7/01:00.0',
        vramBytes: 7973 * MIB,
        powerLimitWatts: { shipped: 220 },
        reading: expect.objectContaining({
          temperatureCelsius: 61,
          fanPercent: 55,
          powerWatts: 118,
          hashesPerSecond: 61_790_000,
        }),
      }),
      expect.objectContaining({
        cardId: 'hive-7/0a:00.0',
        reading: {
          temperatureCelsius: 72,
          memoryTemperatureCelsius: 96,
          fanPercent: 0,
          powerWatts: 64,
          hashesPerSecond: 29_000_000,
          algorithm: 'ethash',
          observedAt: '2026-02-01 10:00:00.5',
        },
      }),
    ]);
    const turned = read(JSON.stringify(stats), JSON.stringify(hello));
    expect(turned.farm.rigs[0]?.cards).toEqual(rig?.cards);
  });

  it('keeps no password', () => {
    expect(JSON.stringify(read(JSON.stringify(hello)))).not.toContain('secret');
  });

  it('takes the rig from its "stats" alone, with cards known by their bus only', () => {
    const [rig] = read(JSON.stringify(stats)).farm.rigs;
    expect(rig?.cards.map(({ busId, name, reading }) => [busId, name, reading?.temperatureCelsius])).toEqual([
      ['01:00.0', undefined, 61],
      ['0a:00.0', undefined, 72],
    ]);
  });

  it('leaves readings out where the lists fit no known order of cards', () => {
    const [rig] = read(JSON.stringify(hello), statsWith({ temp: ['50', '60', '70', '80', '90'] })).farm.rigs;
    expect(rig?.cards.map(({ reading }) => reading?.temperatureCelsius)).toEqual([undefined, undefined]);
  });

  it('takes the newest report of RAM by its own time, and keeps what it contradicts', () => {
    const older = statsWith({ mem: ['3821', '2408'], updatetime: '2025-12-31 10:00:00' });
    const [rig] = read(JSON.stringify(stats), older).farm.rigs;
    expect(rig?.host.ram).toMatchObject({ bytes: 7852 * MIB, basis: 'reported' });
    expect(rig?.contradictions).toEqual([
      {
        subject: 'ram',
        taken: { text: '7852 MB (7.7 GiB)', source: 'file-0.json, 2026-02-01 10:00:00' },
        others: [{ text: '3821 MB (3.7 GiB)', source: 'file-1.json, 2025-12-31 10:00:00' }],
      },
    ]);
  });

  it('takes RAM as typical of a known mining board where none is reported, and says so', () => {
    const onda = { ...hello, params: { ...hello.params, mb: { product: 'ONDA D1800 BTC V2.02' } } };
    expect(read(JSON.stringify(onda)).farm.rigs[0]?.host.ram).toMatchObject({
      bytes: 4 * GIB,
      basis: 'typical-of-board',
    });
    expect(read(JSON.stringify(hello)).farm.rigs[0]?.host.ram).toBeUndefined();
  });

  it('reads a list of messages, messages one after another, and JSON lines', () => {
    const [one, other] = [JSON.stringify(hello), JSON.stringify(stats, null, 2)];
    const expected = read(one, other).farm.rigs[0]?.cards;
    expect(read(JSON.stringify([hello, stats])).farm.rigs[0]?.cards).toEqual(expected);
    expect(read(`${one}${other}`).farm.rigs[0]?.cards).toEqual(expected);
    expect(read(`\uFEFF${one}\r\n${JSON.stringify(stats)}\r\n`).farm.rigs[0]?.cards).toEqual(expected);
  });

  it('shows a rig without cards, and a card without a name', () => {
    const bare = { method: 'hello', params: { rig_id: 'shed', gpu: [{ busid: '01:00.0', brand: 'nvidia' }] } };
    expect(read(JSON.stringify(bare)).farm.rigs[0]?.cards).toEqual([
      { cardId: 'hive-shed/01:00.0', kind: 'gpu', busId: '01:00.0', vendor: 'nvidia' },
    ]);
    expect(read('{"method":"hello","params":{"rig_id":1}}').farm.rigs[0]?.cards).toEqual([]);
  });
});

describe('readInventory of what is no message', () => {
  it.each([
    ['an empty file', ' \n', 'inventory-empty'],
    ['half a message', JSON.stringify(hello).slice(0, 300), 'inventory-half-written'],
    ['a message that ends within a text', '{"method":"hel', 'inventory-half-written'],
    ['UTF-16', '{\0"\0m\0', 'inventory-wrong-encoding'],
    ['bytes that are no text', 'GIF89a\uFFFD', 'inventory-wrong-encoding'],
    ['a log', '> Sending Hello\nOK', 'inventory-not-json'],
    ['an empty list', '[]', 'inventory-unknown-message'],
    ['XML', '<?xml version="1.0" ?><page/>', 'inventory-not-json'],
    ['damaged JSON', '{"method":,}', 'inventory-not-json'],
    ['another object', '{"result":[]}', 'inventory-unknown-message'],
    ['a number in a list', '[1]', 'inventory-unknown-message'],
    ['another method', '{"method":"__proto__","params":{}}', 'inventory-unknown-message'],
    ['a message without its rig', '{"method":"stats","params":{"rig_id":"REDACTED"}}', 'inventory-message-incomplete'],
  ])('refuses %s and still reads the file beside it', (_, text, code) => {
    const both = read(text, JSON.stringify(hello));
    expect(codesOf(both)).toEqual([code]);
    expect(both.farm.rigs).toHaveLength(1);
    expect(both.faults[0]?.what).toContain('file-0.json');
  });

  it('says where a half-written message opens and where the text ends', () => {
    const [fault] = read('\n{"method":"hello",\n "params":{').faults;
    expect(fault?.why).toBe(
      'The object that opens at line 2, column 1 is not closed when the text ends at line 3, column 12.',
    );
  });

  it('goes on after a damaged line of JSON lines', () => {
    const result = read(`{"method":"hello","params":\n${JSON.stringify(hello)}\n{"method":"sta`);
    expect(codesOf(result)).toEqual(['inventory-half-written', 'inventory-half-written']);
    expect(result.farm.rigs[0]?.cards).toHaveLength(2);
  });

  it('keeps the first of two cards on one bus and says so', () => {
    const [, card] = hello.params.gpu;
    const doubled = { ...hello, params: { ...hello.params, gpu: [card, { ...card, name: 'Radeon RX 580' }] } };
    const result = read(JSON.stringify(doubled));
    expect(codesOf(result)).toEqual(['inventory-duplicate-bus']);
    expect(result.farm.rigs[0]?.cards.map(({ name }) => name)).toEqual(['GeForce RTX 3070']);
  });

  it('refuses nesting of any depth without falling over', () => {
    expect(codesOf(read('['.repeat(200_000)))).toEqual(['inventory-half-written']);
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(codesOf(read(deep))).toEqual(['inventory-unknown-message']);
  });

  it('counts what it does not tell one by one', () => {
    const result = read(JSON.stringify(Array.from({ length: 500 }, () => 1)));
    expect(result.faults).toHaveLength(21);
    expect(result.faults.at(-1)?.what).toBe('480 more things in file-0.json could not be read.');
  });
});

/** A value in place of any part of a message. */
const anyPart = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('NaN', '-1', '1e999', 'constructor', '__proto__', [], {}, null),
);

function mutate(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const entries = Object.entries(value);
  const chosen = entries[step % Math.max(1, entries.length)];
  if (chosen === undefined) return replacement;
  const changed = entries.map(([key, part]) => [key, key === chosen[0] ? mutate(part, rest, replacement) : part]);
  return Array.isArray(value) ? changed.map(([, part]) => part) : Object.fromEntries(changed);
}

function checkFarm({ farm, faults }: InventoryRead): void {
  for (const fault of faults)
    expect(Math.min(fault.what.length, fault.why.length, fault.mend.length)).toBeGreaterThan(9);
  const cardIds = farm.rigs.flatMap(({ cards }) => cards.map(({ cardId }) => cardId));
  expect(new Set(cardIds).size).toBe(cardIds.length);
  for (const { vramBytes, reading } of farm.rigs.flatMap(({ cards }) => cards)) {
    expect(vramBytes ?? 1).toBeGreaterThan(0);
    expect(reading?.fanPercent ?? 0).toBeLessThanOrEqual(100);
  }
}

describe('readInventory of anything', () => {
  it('never throws on any text', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => checkFarm(read(...texts))));
    fc.assert(fc.property(fc.array(fc.json()), (texts) => checkFarm(read(...texts))));
  });

  it('never throws on a message with any part replaced, and keeps ids unique', () => {
    const path = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(path, path, anyPart, (helloPath, statsPath, replacement) => {
        const parts = [mutate(hello, helloPath, replacement), mutate(stats, statsPath, replacement)];
        checkFarm(read(...parts.map((part) => JSON.stringify(part) ?? '')));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws on a message cut anywhere, and says that it is half written', () => {
    const text = JSON.stringify(hello);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: text.length - 1 }), (end) => {
        expect(codesOf(read(text.slice(0, end)))).toEqual(['inventory-half-written']);
      }),
    );
  });

  it('gives the same farm whatever the order of the files', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...exampleFarmFiles], { minLength: exampleFarmFiles.length }), (files) => {
        expect(readInventory(files)).toEqual(readInventory(exampleFarmFiles));
      }),
    );
  });
});

describe('the example farm', () => {
  it('reads without a fault as three mixed rigs with a hot memory and a fan that stands', () => {
    const { farm, faults } = readInventory(exampleFarmFiles);
    expect(faults).toEqual([]);
    expect(farm.rigs.map(({ rigId, cards }) => [rigId, cards.length])).toEqual([
      ['hive-1', 6],
      ['hive-2', 4],
      ['hive-3', 4],
    ]);
    const readings = farm.rigs.flatMap(({ cards }) => cards.map(({ reading }) => reading));
    expect(readings.filter((reading) => reading?.memoryTemperatureCelsius === 100)).toHaveLength(1);
    expect(readings.filter((reading) => reading?.fanPercent === 0)).toHaveLength(1);
  });
});

describe.skipIf(!hasRealFiles)('the real messages in ../shared/data (skipped where that folder is missing)', () => {
  it('reads every message and the log, and merges messages of one rig', () => {
    const names = readdirSync(REAL_FOLDER);
    const { farm, faults } = readInventory(
      names.map((name) => ({ name, text: readFileSync(join(REAL_FOLDER, name), 'utf8') })),
    );
    expect(faults).toEqual([]);
    expect(farm.rigs.map(({ rigId, cards }) => [rigId, cards.map(({ name }) => name)])).toEqual([
      ['hive-3', ['GeForce RTX 3090', 'GeForce RTX 3090']],
      ['hive-4', ['GeForce GTX 1660 SUPER', 'GeForce RTX 2060', 'Radeon RX 6600', 'Radeon RX 470']],
      ['hive-6', []],
      ['oc-apply_log_2nvidia', ['GeForce GTX 1660 SUPER', 'GeForce RTX 2060']],
    ]);
    const [, onda, virtual] = farm.rigs;
    expect(onda?.host.ram).toMatchObject({ bytes: 7847 * MIB, basis: 'reported' });
    expect(onda?.contradictions).toHaveLength(1);
    expect(onda?.cards[2]?.reading).toMatchObject({ memoryTemperatureCelsius: 100, temperatureCelsius: 68 });
    expect(virtual?.host.virtualMachine).toBe('VirtualBox');
  });
});

describe('vectorExtensionOf', () => {
  it.each([
    ['Intel(R) Celeron(R) CPU  J1800  @ 2.41GHz', 'none'],
    ['Intel(R) Celeron(R) CPU G3900 @ 2.80GHz', 'none'],
    ['Intel(R) Celeron(R) G4900 CPU @ 3.10GHz', 'none'],
    ['Intel(R) Pentium(R) CPU G4400 @ 3.30GHz', 'none'],
    ['Intel(R) Pentium(R) Gold G7400', 'avx2'],
    ['Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz', 'unknown'],
    ['Intel(R) Core(TM) i5-750 CPU', 'none'],
    ['Intel(R) Core(TM) i5-2400 CPU @ 3.10GHz', 'avx'],
    ['Intel(R) Core(TM) i3-4130 CPU @ 3.40GHz', 'avx2'],
    ['Intel(R) Core(TM) i7-9700 CPU @ 3.00GHz', 'avx2'],
    ['Intel(R) Core(TM) i9-7900X CPU @ 3.30GHz', 'avx-512'],
    ['Intel(R) Core(TM) i5-10400F CPU @ 2.90GHz', 'avx2'],
    ['11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz', 'avx-512'],
    ['12th Gen Intel(R) Core(TM) i5-12400F', 'avx2'],
    ['AMD Ryzen 5 4600H with Radeon Graphics', 'avx2'],
    ['AMD Ryzen 9 7950X 16-Core Processor', 'avx-512'],
    ['AMD Ryzen 7 7735HS', 'avx2'],
    ['AMD EPYC 7763 64-Core Processor', 'avx2'],
    ['AMD EPYC 9654 96-Core Processor', 'avx-512'],
    ['Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz', 'avx'],
    ['Intel(R) Xeon(R) CPU E5-2670 v2 @ 2.50GHz', 'avx'],
    ['Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz', 'avx2'],
    ['Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz', 'avx-512'],
    ['QEMU Virtual CPU version 2.5+', 'unknown'],
  ])('tells %s to have %s', (name, expected) => {
    expect(vectorExtensionOf(name)).toBe(expected);
  });
});
