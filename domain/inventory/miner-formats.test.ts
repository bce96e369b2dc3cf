import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../inventory.ts';
import { GIB, MIB } from '../quantity.ts';

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

describe('Claymore and its kin', () => {
  const stat2 = [
    ...['11.8 - ETH', '62', '59000;40;1', '30000;off;29000', '0;0;0', 'off;off;off', '60;50;0;0;71;0'],
    ...['eth-eu1.example:9999', '2;0;0;0', '20;0;20', '0;0;1', '0;0;2', '0;0;0', '0;0;0', '0;0;0', '1;10;11'],
  ];

  it('reads wrong shares and decimal buses from miner_getstat2, and keeps a card that is off', () => {
    const cards = cardsOf({ id: 0, error: null, result: stat2 });
    expect(cards.map(({ busId }) => busId)).toEqual(['01:00.0', '0a:00.0', '0b:00.0']);
    expect(cards.map(({ reading }) => reading?.hashesPerSecond)).toEqual([30e6, undefined, 29e6]);
    expect(cards.map(({ reading }) => reading?.fanPercent)).toEqual([50, undefined, 0]);
    expect(cards[2]?.reading?.invalidShareCount).toBe(2);
    expect(JSON.stringify(cards)).not.toContain('example');
  });

  it('reads the bare list too, as scripts save it', () => {
    expect(cardsOf(stat2)).toHaveLength(3);
  });

  it.each([
    ['PM 5.6a - ETH', 30_000_000, 'ethash'],
    ['kawpowminer-1.2.3', 30_000_000, 'kawpow'],
    ['12.6 - ZEC', 30_000, 'equihash'],
    ['11.3 - XMR', 30_000, 'cryptonight'],
    ['ethminer-0.18.0', 30_000_000, 'ethash'],
  ])('knows that %s prints what is %i hashes a second', (version, hashesPerSecond, algorithm) => {
    const [card] = cardsOf({ result: [version, ...stat2.slice(1, 9)] });
    expect(card?.reading).toMatchObject({ hashesPerSecond, algorithm });
  });

  it('takes TT-Miner’s figures for hashes a second', () => {
    const [card] = cardsOf({
      result: ['TT-Miner/5.0.3', '5', '44800000;2;0', '22400543;22399457', ...stat2.slice(4, 9)],
    });
    expect(card?.reading?.hashesPerSecond).toBe(22_400_543);
  });

  it('reads ethminer’s detail, new and old, and its lists of rates', () => {
    const detail = {
      connection: { uri: 'stratum://0xwallet@pool.example:1' },
      host: { name: 'miner03', version: 'ethminer-0.18.0' },
      devices: [
        {
          _index: 0,
          hardware: { name: 'GeForce GTX 1070 7.93 GB', pci: '0a:00.0', sensors: [60, 45, 110.5], type: 'GPU' },
          mining: { hashrate: '0x0000000001c9c380', shares: [5, 0, 1, 30] },
        },
      ],
      mining: { hashrate: '0x0' },
    };
    const [rig] = read({ id: 1, jsonrpc: '2.0', result: detail }).farm.rigs;
    expect(rig).toMatchObject({ rigId: 'miner03', host: { hostName: 'miner03' } });
    expect(rig?.cards[0]).toMatchObject({
      busId: '0a:00.0',
      name: 'GeForce GTX 1070',
      vramBytes: Math.round(7.93 * GIB),
      reading: {
        temperatureCelsius: 60,
        fanPercent: 45,
        powerWatts: 110.5,
        hashesPerSecond: 30e6,
        invalidShareCount: 1,
      },
    });
    const old = { gpus: [{ index: 0, fan: 54, hashrate: 23_604_564, temp: 53, power: 0, ispaused: false }] };
    expect(cardsOf({ result: old })[0]?.reading).toMatchObject({ hashesPerSecond: 23_604_564, fanPercent: 54 });
    const rates = {
      ethhashrates: [14_681_287, 0],
      temperatures: [53, 50],
      fanpercentages: [90, 90],
      powerusages: [80, 0],
    };
    expect(cardsOf({ result: rates }).map(({ reading }) => reading?.powerWatts)).toEqual([80, undefined]);
  });
});

describe('sgminer, cgminer and TeamRedMiner', () => {
  const status = { STATUS: 'S', When: 1_549_343_632, Code: 9, Msg: '2 GPU(s)', Description: 'TeamRedMiner 0.8.4' };
  const row = { GPU: 0, Temperature: 55, TemperatureMem: 74, TemperatureJnct: 70, 'Fan Percent': 62, 'MHS av': 31.2 };
  const second = { ...row, GPU: 1 };

  it('joins answers of several commands, and counts cards of two algorithms once', () => {
    const answer = {
      devs: [{ STATUS: [status], DEVS: [{ ...row, 'KHS 30s': 31_500 }, second] }],
      devs2: [{ STATUS: [status], DEVS: [{ ...row, 'KHS 30s': 12 }, second] }],
      pools: [{ STATUS: [status], POOLS: [{ POOL: 0, Algorithm: 'ethash', User: '0xwallet' }] }],
      devdetails: [
        {
          STATUS: [status],
          DEVDETAILS: [{ DEVDETAILS: 0, Name: 'GPU', ID: 0, Model: 'Radeon RX 580', 'Device Path': '0a:00.0' }],
        },
      ],
      id: 1,
    };
    const cards = cardsOf(answer);
    expect(cards).toHaveLength(2);
    expect(cards[0]).toMatchObject({
      busId: '0a:00.0',
      name: 'Radeon RX 580',
      vendor: 'amd',
      reading: { hashesPerSecond: 31.5e6, algorithm: 'ethash', memoryTemperatureCelsius: 74, hotSpotCelsius: 70 },
    });
    expect(cards[1]?.reading?.hashesPerSecond).toBeCloseTo(31.2e6);
  });

  it('says of ASICs that they are no cards', () => {
    const answer = { STATUS: [{ ...status, Description: 'cgminer 4.10' }], DEVS: [{ ASC: 0, Name: 'BTM' }], id: 1 };
    expect(read(answer)).toMatchObject({ farm: { rigs: [] }, faults: [{ code: 'inventory-no-card' }] });
  });

  it('reads answers that follow each other, each closed by the NUL that the API ends with', () => {
    const answer = JSON.stringify({ STATUS: [status], DEVS: [row], id: 1 });
    const { farm, faults } = read(`${answer}\0`);
    expect(farm.rigs[0]?.cards).toHaveLength(1);
    expect(faults).toEqual([]);
    expect(cardsOf(`${answer}\0${answer}\0`)).toHaveLength(1);
  });
});

describe('SRBMiner-Multi, Excavator, Bminer, nanominer and XMRig', () => {
  it('gives SRBMiner-Multi’s rates to cards by name, and its processor to the rig', () => {
    const answer = {
      rig_name: 'barn-2',
      miner_version: '1.1.0',
      cpu_devices: [{ id: 0, device: 'cpu0', model: 'AMD Ryzen 5 3600' }],
      gpu_devices: [
        {
          id: 0,
          device: 'gpu0',
          model: 'amd_radeon_rx_6600',
          bus_id: 11,
          asic_power: 51,
          temperature: 48,
          fan_speed_rpm: 0,
        },
        { id: 1, device: 'gpu1', model: 'amd_radeon_rx_6600', bus_id: 14 },
      ],
      algorithms: [
        { name: 'ethash', hashrate: { gpu: { gpu1: 28.1e6, gpu0: 29.5e6, total: 57.6e6 } } },
        { name: 'heavyhash', hashrate: { gpu: { gpu0: 300e6, total: 300e6 } } },
      ],
    };
    const [rig] = read(answer).farm.rigs;
    expect(rig).toMatchObject({ rigId: 'barn-2', host: { cpu: { modelName: 'AMD Ryzen 5 3600' } } });
    expect(rig?.cards).toMatchObject([
      { busId: '0b:00.0', reading: { hashesPerSecond: 29.5e6, powerWatts: 51, fanPercent: 0, algorithm: 'ethash' } },
      { busId: '0e:00.0', reading: { hashesPerSecond: 28.1e6 } },
    ]);
  });

  it('joins Excavator’s list of cards with the rates of its list of work', () => {
    const list = {
      devices: [
        {
          device_id: 1,
          name: 'GeForce GTX 1080',
          gpgpu_type: 1,
          subvendor: '3842',
          details: { bus_id: 17 },
          uuid: 'GPU-c108e737-1a9a-2302-c878-402608fd4535',
          gpu_temp: 35,
          gpu_power_limit_current: 180,
          gpu_power_limit_min: 90,
          gpu_power_limit_max: 217,
          gpu_fan_speed: 0,
          gpu_memory_free: 8_471_445_504,
          gpu_memory_used: 118_489_088,
        },
      ],
      id: 1,
      error: null,
    };
    const work = {
      workers: [{ worker_id: 0, device_id: 1, algorithms: [{ id: 20, name: 'daggerhashimoto', speed: 25.5e6 }] }],
      id: 1,
      error: null,
    };
    const cards = cardsOf(`${JSON.stringify(list)}\n${JSON.stringify(work)}`);
    expect(cards).toMatchObject([
      {
        busId: '11:00.0',
        boardMaker: 'EVGA',
        vendor: 'nvidia',
        vramBytes: 8_589_934_592,
        powerLimitWatts: { least: 90, most: 217 },
        reading: { powerLimitWatts: 180, fanPercent: 0, hashesPerSecond: 25.5e6, algorithm: 'daggerhashimoto' },
      },
    ]);
  });

  it('orders Bminer’s cards by number, and joins its solvers with its sensors', () => {
    const entries = Array.from({ length: 12 }, (_, index) => [String(index), index] as const);
    const solvers = entries.map(([key, index]) => [
      key,
      { solvers: [{ algorithm: 'ethash', speed_info: { hash_rate: 1e6 * (index + 1) } }] },
    ]);
    const sensors = entries.map(([key, index]) => [key, { temperature: 50 + index, power: 100, fan_speed: 40 }]);
    const text = [{ devices: Object.fromEntries(solvers) }, { devices: Object.fromEntries(sensors) }].map((each) =>
      JSON.stringify(each),
    );
    const cards = cardsOf(text.join('\n'));
    expect(cards.map(({ reading }) => reading?.hashesPerSecond)).toEqual(entries.map(([, index]) => 1e6 * (index + 1)));
    expect(cards.map(({ reading }) => reading?.temperatureCelsius)).toEqual(entries.map(([, index]) => 50 + index));
  });

  it('reads nanominer’s cards, and says where it mines on the processor alone', () => {
    const answer = {
      Algorithms: [
        {
          Ethash: { CurrentPool: 'p', 'GPU 0': { Hashrate: '1.136852e+07' }, Total: {} },
          RandomHash: { CPU: {}, Total: {} },
        },
      ],
      Devices: [
        {
          CPU: { Name: 'AMD', Platform: 'CPU' },
          'GPU 0': { Name: 'GeForce GTX 1050 Ti', Pci: '0a:00.0', Fan: 29, Temperature: 39 },
        },
      ],
    };
    expect(cardsOf(answer)).toMatchObject([
      { busId: '0a:00.0', name: 'GeForce GTX 1050 Ti', reading: { hashesPerSecond: 11_368_520, fanPercent: 29 } },
    ]);
    const onProcessor = { Algorithms: [{ RandomHash: { CPU: { Hashrate: '1e3' }, CurrentPool: 'p', Total: {} } }] };
    expect(read(onProcessor).faults[0]?.code).toBe('inventory-no-card');
  });

  it('reads XMRig’s cards from its backends, once per card, and of its summary the processor', () => {
    const thread = {
      name: 'GeForce RTX 3070',
      bus_id: '0a:00.0',
      global_mem: 8_361_345_024,
      hashrate: [1000.5, null, null],
    };
    const health = { temperature: 56, power: 118, clock: 1400, mem_clock: 7000, fan_speed: [55, 55] };
    const backends = [
      { type: 'cpu', threads: [{ intensity: 1 }] },
      {
        type: 'cuda',
        algo: 'kawpow',
        threads: [
          { ...thread, health },
          { ...thread, health },
        ],
      },
    ];
    expect(cardsOf(backends)).toMatchObject([
      {
        busId: '0a:00.0',
        reading: { hashesPerSecond: 2001, temperatureCelsius: 56, fanPercent: 55, algorithm: 'kawpow' },
      },
    ]);
    const summary = {
      ua: 'XMRig/6.21.0',
      kind: 'miner',
      worker_id: 'rig09',
      cpu: { brand: 'AMD Ryzen 9 3900X', cores: 12, aes: true },
    };
    expect(read(summary)).toMatchObject({
      farm: { rigs: [{ rigId: 'rig09', cards: [], host: { cpu: { coreCount: 12, hasAes: true } } }] },
      faults: [{ code: 'inventory-no-card' }],
    });
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
