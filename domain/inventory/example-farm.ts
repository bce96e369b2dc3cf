import type { InventoryFile } from './read-file.ts';

/** A card of the example: what a "hello" says of it, and what a "stats" does. */
interface ExampleCard {
  readonly bus: number;
  readonly name: string;
  readonly brand: 'nvidia' | 'amd';
  readonly maker: string;
  readonly vramMib: number;
  readonly memoryMaker: string;
  readonly hashKilohashesPerSecond: number;
  readonly temperatureCelsius: number;
  readonly fanPercent: number;
  readonly powerWatts: number;
  /** 0 where the card has no such sensor, as miners print it. */
  readonly memoryTemperatureCelsius: number;
}

interface ExampleRig {
  readonly rigNumber: number;
  readonly cpu: string;
  readonly coreCount: number;
  readonly hasAes: boolean;
  readonly graphics: string;
  readonly board: readonly [manufacturer: string, product: string];
  readonly disk: string;
  readonly nvidiaDriver: string;
  readonly ramMib: readonly [total: number, available: number];
  readonly cards: readonly ExampleCard[];
}

type CardFacts = readonly [bus: number, name: string, maker: string, vramMib: number, memoryMaker: string];
type CardSensors = readonly [khs: number, temperature: number, fan: number, power: number, memoryTemperature: number];

function card(facts: CardFacts, sensors: CardSensors): ExampleCard {
  const [bus, name, maker, vramMib, memoryMaker] = facts;
  const [hashKilohashesPerSecond, temperatureCelsius, fanPercent, powerWatts, memoryTemperatureCelsius] = sensors;
  const brand = name.startsWith('Radeon') ? 'amd' : 'nvidia';
  const readings = { hashKilohashesPerSecond, temperatureCelsius, fanPercent, powerWatts, memoryTemperatureCelsius };
  return { bus, name, brand, maker, vramMib, memoryMaker, ...readings };
}

/** Three rigs that nobody owns, of the kind that farms have: hash rates and powers are those of gpus.csv, 2021. */
const exampleRigs: readonly ExampleRig[] = [
  {
    rigNumber: 1,
    cpu: 'Intel(R) Celeron(R) CPU  J1800  @ 2.41GHz',
    coreCount: 2,
    hasAes: false,
    graphics: 'Atom Processor Z36xxx/Z37xxx Series Graphics & Display',
    board: ['Onda Technology Corporation', 'ONDA D1800 BTC V2.02'],
    disk: 'SanDisk Ultra Fit USB 30.8GB',
    nvidiaDriver: '510.60.02',
    ramMib: [3821, 2402],
    cards: [
      card([2, 'Radeon RX 580', 'Sapphire', 8192, 'Hynix GDDR5'], [31240, 62, 70, 92, 0]),
      card([3, 'Radeon RX 580', 'Sapphire', 8192, 'Hynix GDDR5'], [31310, 64, 72, 93, 0]),
      card([4, 'Radeon RX 580', 'PowerColor', 8192, 'Micron GDDR5'], [30170, 84, 0, 97, 0]),
      card([5, 'Radeon RX 570', 'MSI', 4096, 'Elpida GDDR5'], [29450, 61, 65, 84, 0]),
      card([9, 'GeForce GTX 1070', 'Palit', 8119, 'Micron GDDR5'], [26840, 59, 60, 118, 0]),
      card([10, 'P104-100', 'Gigabyte', 4042, 'Micron GDDR5X'], [32510, 63, 75, 131, 0]),
    ],
  },
  {
    rigNumber: 2,
    cpu: 'Intel(R) Pentium(R) CPU G4400 @ 3.30GHz',
    coreCount: 2,
    hasAes: true,
    graphics: 'HD Graphics 510',
    board: ['ASRock', 'H110 Pro BTC+'],
    disk: 'ATA KINGSTON SA400S3 120.0GB',
    nvidiaDriver: '535.129.03',
    ramMib: [7852, 5890],
    cards: [
      card([1, 'GeForce RTX 3060 Ti', 'Gigabyte', 7973, 'Hynix GDDR6'], [60210, 55, 62, 122, 0]),
      card([2, 'GeForce RTX 3060 Ti', 'ASUS', 7973, 'Samsung GDDR6'], [59870, 57, 64, 124, 0]),
      card([5, 'GeForce RTX 3070', 'Zotac', 7973, 'Samsung GDDR6'], [61790, 58, 66, 118, 0]),
      card([6, 'GeForce RTX 3080', 'MSI', 10014, 'Micron GDDR6X'], [97880, 66, 85, 226, 100]),
    ],
  },
  {
    rigNumber: 3,
    cpu: 'Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz',
    coreCount: 4,
    hasAes: true,
    graphics: 'HD Graphics 630',
    board: ['ASUSTeK COMPUTER INC.', 'PRIME Z270-P'],
    disk: 'ATA Samsung SSD 860 250.0GB',
    nvidiaDriver: '550.90.07',
    ramMib: [15937, 13420],
    cards: [
      card([1, 'GeForce RTX 3090', 'Gigabyte', 24267, 'Micron GDDR6X'], [121160, 61, 78, 288, 92]),
      card([2, 'CMP 40HX', 'Palit', 7979, 'Samsung GDDR6'], [36020, 57, 60, 121, 0]),
      card([4, 'CMP 50HX', 'Gigabyte', 10018, 'Samsung GDDR6'], [45110, 60, 68, 172, 0]),
      card([5, 'P102-100', 'Zotac', 5058, 'Micron GDDR5X'], [44550, 65, 80, 205, 0]),
    ],
  },
];

/** When the example was "seen". */
const HELLO_AT = '2026/11/1 8:00:00';
const STATS_AT = '2026-11-01 08:05:00';

function hello(rig: ExampleRig): string {
  const gpu = rig.cards.map(({ bus, name, brand, maker, vramMib, memoryMaker }) => ({
    busid: `${bus.toString(16).padStart(2, '0')}:00.0`,
    name,
    brand,
    subvendor: maker,
    mem: `${vramMib} MB`,
    mem_type: memoryMaker,
  }));
  const params = {
    rig_id: rig.rigNumber,
    addtime: HELLO_AT,
    gpu: [{ busid: '00:02.0', name: rig.graphics, brand: 'cpu', subvendor: 'Intel' }, ...gpu],
    gpu_count_amd: rig.cards.filter(({ brand }) => brand === 'amd').length,
    gpu_count_nvidia: rig.cards.filter(({ brand }) => brand === 'nvidia').length,
    cpu: { model: rig.cpu, cores: String(rig.coreCount), aes: rig.hasAes ? '1' : '0' },
    disk_model: rig.disk,
    kernel: '6.1.0-hiveos',
    amd_version: '5.11.0825',
    nvidia_version: rig.nvidiaDriver,
    mb: { manufacturer: rig.board[0], product: rig.board[1] },
  };
  return JSON.stringify({ method: 'hello', params }, null, 1);
}

function stats(rig: ExampleRig): string {
  const texts = (read: (card: ExampleCard) => number) => rig.cards.map((one) => String(read(one)));
  const params = {
    rig_id: rig.rigNumber,
    temp: ['0', ...texts(({ temperatureCelsius }) => temperatureCelsius)],
    fan: ['0', ...texts(({ fanPercent }) => fanPercent)],
    power: ['0', ...texts(({ powerWatts }) => powerWatts)],
    mem: rig.ramMib.map(String),
    miner: 'custom',
    miner_stats: {
      hs: texts(({ hashKilohashesPerSecond }) => hashKilohashesPerSecond),
      hs_units: 'khs',
      mtemp: texts(({ memoryTemperatureCelsius }) => memoryTemperatureCelsius),
      algo: 'ethash',
      bus_numbers: texts(({ bus }) => bus),
    },
    updatetime: STATS_AT,
  };
  return JSON.stringify({ method: 'stats', params }, null, 1);
}

/**
 * A small farm of three mixed rigs as HiveOS's agent would tell it, for `readInventory`: a newcomer's first page has
 * something to show. It is made up: every reading is plausible and none was measured.
 */
export const exampleFarmFiles: readonly InventoryFile[] = exampleRigs.flatMap((rig) => [
  { name: `example-rig-${rig.rigNumber}-hello.json`, text: hello(rig) },
  { name: `example-rig-${rig.rigNumber}-stats.json`, text: stats(rig) },
]);
