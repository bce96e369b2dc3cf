import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../../inventory.ts';
import { GIB, MIB } from '../../quantity.ts';

function read(value: unknown, name = 'rig07.json'): InventoryRead {
  return readInventory([{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
}

function cardsOf(value: unknown): readonly ObservedCard[] {
  return read(value).farm.rigs.flatMap(({ cards }) => cards);
}

function trexCard(fields: object): object {
  return { device_id: 0, gpu_id: 0, hashrate: 100_797_662, name: 'RTX 3080', vendor: 'Gigabyte', ...fields };
}

describe('T-Rex', () => {
  const summary = {
    api: '4.1',
    algorithm: 'ethash',
    driver: '471.11',
    description: 'T-Rex NVIDIA GPU miner',
    name: 't-rex',
    active_pool: { url: 'pool.example:8069', user: '0xwallet', worker: 'secret-name' },
    gpus: [
      trexCard({
        pci_bus: 10,
        cclock: 1488,
        mclock: 10_541,
        memory_temperature: 84,
        fan_speed: 100,
        power: 258,
        temperature: 42,
        uuid: '3c2916092403773bc07439debbf5332f',
        shares: { invalid_count: 3 },
      }),
      trexCard({ device_id: 1, pci_bus: 11, paused: true, hashrate: 0 }),
    ],
    ts: 1_640_995_200,
  };

  it('gives bus in hexadecimal, clocks, memory temperature, driver, UUID and wrong shares', () => {
    const [rig] = read(summary).farm.rigs;
    expect(rig).toMatchObject({ rigId: 'rig07', host: { nvidiaDriverVersion: '471.11' } });
    expect(rig?.cards[0]).toMatchObject({
      busId: '0a:00.0',
      name: 'RTX 3080',
      boardMaker: 'Gigabyte',
      vendor: 'nvidia',
      uuid: 'GPU-3c291609-2403-773b-c074-39debbf5332f',
      reading: {
        temperatureCelsius: 42,
        memoryTemperatureCelsius: 84,
        fanPercent: 100,
        powerWatts: 258,
        coreClockMhz: 1488,
        memoryClockMhz: 10_541,
        invalidShareCount: 3,
        hashesPerSecond: 100_797_662,
        algorithm: 'ethash',
      },
    });
    expect(rig?.cards[1]?.busId).toBe('0b:00.0');
    expect(JSON.stringify(rig)).not.toMatch(/0xwallet|secret-name|pool\.example/);
  });

  it('is as old as the root’s time says, or another program’s stamp', () => {
    const at = (value: object) => cardsOf(value)[0]?.reading?.observedAt;
    expect(at(summary)).toBe('2022-01-01T00:00:00Z');
    expect(at({ ...summary, time: 1_650_000_000 })).toBe('2022-04-15T05:20:00Z');
  });

  it('lists no bus where the miner knows none', () => {
    expect(cardsOf({ ...summary, gpus: [trexCard({ pci_bus: 0 })] })[0]).not.toHaveProperty('busId');
  });
});

describe('GMiner', () => {
  const stat = {
    miner: 'GMiner 2.70',
    server: 'pool.example:4444',
    user: '0xwallet',
    algorithm: 'Ethash',
    speed_unit: 'H/s',
    devices: [
      {
        gpu_id: 0,
        bus_id: '0000:0A:00.0',
        name: 'MSI Radeon RX 580 8GB',
        speed: 31_000_000,
        invalid_shares: 2,
        fan: 51,
        temperature: 57,
        memory_temperature: 88,
        core_clock: 1150,
        memory_clock: 2000,
        power_usage: 115,
      },
    ],
  };

  it('reads a new answer, with its unit', () => {
    expect(cardsOf(stat)[0]).toMatchObject({
      busId: '0a:00.0',
      name: 'Radeon RX 580 8GB',
      boardMaker: 'MSI',
      vendor: 'amd',
      vramBytes: 8 * GIB,
      reading: { hashesPerSecond: 31e6, memoryTemperatureCelsius: 88, fanPercent: 51, invalidShareCount: 2 },
    });
    const inMegahashes = { ...stat, speed_unit: 'MH/s', devices: [{ ...stat.devices[0], speed: 31 }] };
    expect(cardsOf(inMegahashes)[0]?.reading?.hashesPerSecond).toBe(31e6);
  });
});

describe('NBMiner', () => {
  it('reads raw rates, rates with a prefix, and buses in decimal', () => {
    const card = {
      id: 0,
      info: 'P102-100',
      pci_bus_id: 16,
      fan: 0,
      temperature: 60,
      memTemperature: -1,
      mem_clock: 5508,
    };
    const status = {
      miner: {
        devices: [
          { ...card, hashrate: '217.1 M' },
          { ...card, id: 1, pci_bus_id: 17, hashrate_raw: 36_190_716.2 },
        ],
      },
      stratum: { algorithm: 'ethash', user: '0xwallet' },
      version: 'v42.3',
    };
    const [first, second] = cardsOf(status);
    expect(first).toMatchObject({ busId: '10:00.0', name: 'P102-100', vendor: 'nvidia' });
    expect(first?.reading).toEqual({
      temperatureCelsius: 60,
      fanPercent: 0,
      memoryClockMhz: 5508,
      hashesPerSecond: 217.1e6,
      algorithm: 'ethash',
    });
    expect(second).toMatchObject({ busId: '11:00.0', reading: { hashesPerSecond: 36_190_716.2 } });
  });
});

describe('lolMiner', () => {
  const old = {
    Software: 'lolMiner 1.26',
    Mining: { Algorithm: 'Ethash' },
    Session: { Performance_Unit: 'mh/s', Last_Update: 1_619_126_136 },
    GPUs: [{ Index: 0, Name: 'NVIDIA GeForce RTX 3080', Performance: 91.55, 'Fan Speed (%)': 88, PCIE_Address: '1:0' }],
  };

  it('multiplies by the unit that it names, and by none for graphs and solutions', () => {
    expect(cardsOf(old)[0]?.reading?.hashesPerSecond).toBeCloseTo(91.55e6);
    const grin = { ...old, Mining: { Algorithm: 'Cuckatoo 32' }, Session: { Performance_Unit: 'g/s' } };
    expect(cardsOf(grin)[0]?.reading?.hashesPerSecond).toBeCloseTo(91.55);
    expect(cardsOf({ ...old, Session: {} })[0]?.reading?.hashesPerSecond).toBeCloseTo(91.55e6);
  });

  it('reads the cards of its first versions, by their numbers', () => {
    const answer = {
      ...{
        Software: 'lolMiner 0.42',
        Algorithm: 'Equihash 144.5',
        ConnectedUser: 't1wallet',
        'TotalSpeed(5s)': '31.2',
      },
      GPU10: { Name: 'Radeon RX 470', 'Speed(5s)': ' ', 'Speed(60s)': '14.25' },
      GPU2: { Name: 'Radeon RX 580', 'Speed(5s)': '17.5' },
    };
    expect(cardsOf(answer)).toMatchObject([
      { name: 'Radeon RX 580', reading: { hashesPerSecond: 17.5, algorithm: 'equihash 144.5' } },
      { name: 'Radeon RX 470', reading: { hashesPerSecond: 14.25 } },
    ]);
  });

  it('takes the first of several algorithms at which a card does anything', () => {
    const answer = {
      Software: 'lolMiner 1.52',
      Workers: [
        {
          Index: 0,
          Name: 'Radeon RX 6800',
          PCIE_Address: '40:0',
          Power: 110,
          Core_Temp: 50,
          Juc_Temp: 61,
          Mem_Temp: 70,
        },
        { Index: 1, Name: 'Radeon RX 6800', PCIE_Address: '43:0' },
      ],
      Algorithms: [
        { Algorithm: 'Ethash', Performance_Factor: 1e6, Worker_Performance: [61.5, 0], Worker_Errors: [1, 0] },
        { Algorithm: 'Kaspa', Performance_Unit: 'Gh/s', Worker_Performance: [0.3, 0.5], Worker_Errors: [2, 0] },
      ],
    };
    const [first, second] = cardsOf(answer);
    expect(first).toMatchObject({
      busId: '28:00.0',
      reading: { hashesPerSecond: 61.5e6, algorithm: 'ethash', invalidShareCount: 3, hotSpotCelsius: 61 },
    });
    expect(second).toMatchObject({ busId: '2b:00.0', reading: { hashesPerSecond: 0.5e9, algorithm: 'kaspa' } });
  });
});

describe('EWBF, miniZ and dstm', () => {
  it('reads both shapes, buses in hexadecimal and decimal', () => {
    const miniz = {
      gpuid: 0,
      busid: '0000:0A:00.0',
      name: 'GeForce GTX 1080 Ti',
      temperature: 64,
      gpu_power_usage: 150,
    };
    expect(cardsOf({ method: 'getstat', result: [{ ...miniz, speed_sps: 61.5, gpu_fan_speed: 40 }] })).toMatchObject([
      { busId: '0a:00.0', reading: { hashesPerSecond: 61.5, powerWatts: 150, fanPercent: 40, algorithm: 'equihash' } },
    ]);
    const dstm = { gpu_id: 0, gpu_name: 'GeForce GTX 1070', gpu_pci_bus_id: 10, gpu_uuid: 'GPU-1', sol_ps: 450.2 };
    expect(cardsOf({ id: 1, result: [dstm], user: 'wallet' })).toMatchObject([
      { busId: '0a:00.0', name: 'GeForce GTX 1070', uuid: 'GPU-1', reading: { hashesPerSecond: 450.2 } },
    ]);
  });
});

/** One card as each miner lists it, with a bus or number `n` from 1 to 200 that no other has. */
const makers: Readonly<Record<string, (numbers: readonly number[], noise: object) => unknown>> = {
  trex: (numbers, noise) => ({ name: 't-rex', gpus: numbers.map((n) => ({ device_id: n, pci_bus: n, ...noise })) }),
  gminer: (numbers, noise) => ({
    miner: 'GMiner 2.7',
    devices: numbers.map((n) => ({ gpu_id: n, bus_id: `0000:${n.toString(16).padStart(2, '0')}:00.0`, ...noise })),
  }),
  nbminer: (numbers, noise) => ({ miner: { devices: numbers.map((n) => ({ id: n, pci_bus_id: n, ...noise })) } }),
  lolminer: (numbers, noise) => ({
    Software: 'lolMiner 1.5',
    Workers: numbers.map((n) => ({ Index: n, PCIE_Address: `${n}:0`, ...noise })),
  }),
  srbminer: (numbers, noise) => ({
    rig_name: 'a',
    gpu_devices: numbers.map((n) => ({ device: `gpu${n}`, bus_id: n, ...noise })),
  }),
  bminer: (numbers, noise) => ({ devices: Object.fromEntries(numbers.map((n) => [n, { temperature: 5, ...noise }])) }),
  excavator: (numbers, noise) => ({
    id: 1,
    error: null,
    devices: numbers.map((n) => ({ ...noise, device_id: n, name: 'x', details: { bus_id: n } })),
  }),
  ewbf: (numbers, noise) => ({ result: numbers.map((n) => ({ ...noise, gpuid: n, busid: `${n}:0`, speed_sps: 1 })) }),
  sgminer: (numbers, noise) => ({ STATUS: [{ Msg: 'x' }], DEVS: numbers.map((n) => ({ ...noise, GPU: n })) }),
};

const FIELDS = [
  ...['temperature', 'power', 'fan', 'fan_speed', 'hashrate', 'speed', 'name', 'model', 'info', 'vendor', 'shares'],
  ...['device', 'solver', 'solvers', 'Temperature', 'KHS 30s', 'MHS av', 'Fan Percent', 'uuid', 'clocks', 'Power'],
];

describe('every miner’s format', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 12 });
  const noise = fc.dictionary(fc.constantFrom(...FIELDS), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 });

  it.each(Object.entries(makers))('%s lists each card or names it in a fault, whatever its fields hold', (_, make) => {
    fc.assert(
      fc.property(numbers, noise, (listed, fields) => {
        const { farm, faults } = read(make(listed, fields));
        const found = farm.rigs.flatMap(({ cards }) => cards).length;
        expect(found === listed.length || faults.length > 0).toBe(true);
        if (found > 0) expect(found).toBe(listed.length);
      }),
    );
  });

  it('reads any JSON without a throw, and never takes a card twice', () => {
    const keys = fc.constantFrom(
      ...['gpus', 'devices', 'miners', 'miner', 'result', 'workers', 'Workers', 'GPUs', 'Algorithms', 'algorithms'],
      ...['STATUS', 'DEVS', 'Software', 'rig_name', 'gpu_devices', 'gpu_info', 'gpu_stats', 'data', 'id', 'error'],
      ...[
        'name',
        'hardware',
        'solver',
        'device_id',
        'gpu_id',
        'bus_id',
        '0',
        '1',
        'GPU',
        'avg_ts',
        'n_prompt',
        'n_gen',
      ],
    );
    const leaf = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.constantFrom('t-rex', 'lolMiner 1', '11.8 - ETH'));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 5 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const { farm } = read(JSON.stringify(value) ?? 'null');
        for (const { cards } of farm.rigs) expect(new Set(cards.map(({ cardId }) => cardId)).size).toBe(cards.length);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same rig from the same answer read twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(makers)), numbers, noise, (make, listed, fields) => {
        const file = { name: 'a.json', text: JSON.stringify(make(listed, fields)) };
        expect(readInventory([file, file]).farm).toEqual(readInventory([file]).farm);
      }),
    );
  });

  it('believes no card of thousands of megabytes more than there are', () => {
    expect(cardsOf({ miner: { devices: [{ info: 'GeForce RTX 3090 24268 MB' }] } })[0]?.vramBytes).toBe(24_268 * MIB);
  });
});
