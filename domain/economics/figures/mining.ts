import type { PriceFigure } from '../figure.ts';
import { figuresOf, slugOf } from './row.ts';

const PEARL_BENCH = 'rgminer and Kryptex benchmark pages of Pearl, 2026';
const SPARK =
  'a DGX Spark miner’s viability page of 2026-09-26: 0.0241 PRL a day and TH/s by WhatToMine and HeroMiners, at 1.30 USD by CoinGecko (code id 70273965461)';
const RENTERS =
  'a renters’ tool’s own example: 3,412.8 TH/s earn 71.4 PRL or 73.52 USD a day by WhatToMine (code id 71141752901); crawled in 2026-10, the day is not said';
const TOMS = 'Tom’s Hardware, 2022-09-15';

/** What coins pay a day for a unit of hash rate, before fees. */
const coinIncomes: readonly PriceFigure[] = [
  ...figuresOf('coin-income', [
    [
      'pearl',
      [0.0034, 0.0313, 0.0424],
      'USD/day/TH/s',
      '2026-09-26',
      'WhatToMine and CoinGecko',
      'medium',
      SPARK,
      'low and high: the same yield at the coin’s lowest (0.14 USD, 2026-07-23) and highest price (1.76 USD, 2026-09-23)',
    ],
    [
      'pearl',
      [0.003, 0.0215, 0.0368],
      'USD/day/TH/s',
      '2026-10',
      'WhatToMine and CoinGecko',
      'medium',
      RENTERS,
      'low and high: the same yield at the coin’s lowest and highest price of 2026',
    ],
    [
      'quantus',
      [0.0008, 0.0046, 0.0079],
      'USD/day/MH/s',
      '2026-10-04',
      'hashrate.no',
      'low',
      'derived: 6 to 12 % below Pearl on an RTX 3080 Ti (116.18 TH/s of Pearl, 426.37 MH/s of Quantus; code id 71553399326)',
    ],
    [
      'ethereum-classic',
      0.0005,
      'USD/day/MH/s',
      '2026-02-16',
      'WhatToMine',
      'low',
      'derived: about 13,600 ETC a day at 8.8 USD (market value of 1.36 thousand million, crypto-lab’s WhatToMine table) over 240 TH/s',
    ],
    [
      'ethereum-classic',
      0.0027,
      'USD/day/MH/s',
      '2022-09-15',
      'pools',
      'medium',
      `${TOMS}: 0.33 USD a day on an RTX 3090 of 121 MH/s`,
    ],
  ]),
  ...figuresOf(
    'mining-income',
    [['RTX 3090', 0.65, 'USD/day', '2022-09-15', 'pools', 'medium', TOMS, 'Ergo, at 330 W']],
    {
      coin: 'ergo',
      powerWatts: 330,
    },
  ),
];

type HashRow = readonly [
  card: string,
  hashRate: number | readonly [number, number, number],
  powerWatts: number,
  note?: string,
];

/** CMP cards: after the firmware unlock of 2026, which their stock firmware’s throttle needs. */
const UNLOCKED = 'with the unlock of 2026; stock firmware throttles its tensor cores';

const pearlRows: readonly HashRow[] = [
  ['CMP 40HX', [41, 46, 52.6], 139, `${UNLOCKED}; 46.2 TH/s at 148 W and 41 at 127 W (AlexGL402, 2026-09-20)`],
  ['CMP 50HX', 90.5, 221, UNLOCKED],
  ['CMP 70HX', 46.9, 143, UNLOCKED],
  ['CMP 90HX', [68.5, 76, 85], 240, UNLOCKED],
  ['CMP 170HX', 175, 225, `${UNLOCKED}; 210 to 240 W`],
  ['RTX 2070 SUPER', 63.6, 215, 'GlintMiner’s changelog, 2026: verified share by share; power: the board’s'],
  ['RTX 2080', 75.5, 179],
  ['RTX 3060 12GB', 53.8, 170],
  ['RTX 3060 Ti', 62, 131],
  ['RTX 3070', 75.7, 146],
  ['RTX 3080 10GB', 108, 265],
  ['RTX 3080 Ti', [116, 122, 128], 300, '116.18 TH/s by hashrate.no, 2026-10-04'],
  ['RTX 4070 Ti', 145, 162],
  ['RTX 4090', 296, 308],
  ['Tesla P40', 7, 250, 'no tensor cores; power: the board’s'],
  ['RX 6700 XT', 15.9, 230, 'Krig miner; power: the board’s'],
  ['RX 6750 XT', 17.8, 191, 'Krig miner; power: that of Quantus'],
  ['RX 7600', 15.4, 144, 'Krig miner; power: that of Quantus'],
  ['RX 7900 XT', 41.4, 255, 'Krig miner; power: that of Quantus'],
];

const quantusRows: readonly HashRow[] = [
  [
    'GTX 1660 SUPER',
    [85, 110, 140],
    90,
    '140 MH/s at 65 W by Kryptex’s page; a GTX 1660 makes 85.5 at 116 W by Krig’s',
  ],
  ['GTX 1660', 85.5, 116],
  ['GTX 1080', 33.3, 168],
  ['RTX 3080 Ti', 426, 350, 'hashrate.no, 2026-10-04; power: the board’s'],
  ['RTX 3090', 490, 370],
  ['RTX 4090', 967, 444],
  ['RX 6750 XT', 97.8, 191],
  ['RX 7600', 77.3, 144],
  ['RX 7900 XT', 243, 255],
];

/** What coins pay, and what cards hash. Ethash rates of cards are the catalogue’s. */
export const miningFigures: readonly PriceFigure[] = [
  ...coinIncomes,
  ...hashRates('pearl', 'TH/s', '2026', 'Kryptex', PEARL_BENCH, pearlRows),
  ...hashRates(
    'quantus',
    'MH/s',
    '2026',
    'Kryptex',
    'Krig miner’s README and Kryptex’s benchmark pages, 2026',
    quantusRows,
  ),
];

function hashRates(
  coin: string,
  unit: string,
  date: string,
  venue: string,
  source: string,
  rows: readonly HashRow[],
): readonly PriceFigure[] {
  return rows.map(([card, hashRate, powerWatts, note]) => ({
    figureId: `hash-rate/${coin}/${slugOf(card)}`,
    kind: 'hash-rate',
    subject: card,
    ...(typeof hashRate === 'number'
      ? { value: hashRate }
      : { low: hashRate[0], value: hashRate[1], high: hashRate[2] }),
    unit,
    coin,
    powerWatts,
    date,
    venue,
    confidence: 'medium',
    source,
    ...(note === undefined ? {} : { note }),
  }));
}
