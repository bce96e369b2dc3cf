import type { PriceFigure } from '../figure.ts';
import { type FigureRow, figuresOf } from './row.ts';

/** Every figure that the reckoning rests on and that is no price. */
export type AssumptionName =
  | 'serve-utilisation'
  | 'rent-utilisation'
  | 'batch-utilisation'
  | 'batch-price'
  | 'demand-1b'
  | 'demand-3b'
  | 'demand-8b'
  | 'demand-14b'
  | 'demand-32b'
  | 'demand-30b-a3b'
  | 'prompt-tokens'
  | 'answer-tokens'
  | 'batching-gain-matrix'
  | 'batching-gain-plain'
  | 'batching-gain-mixture'
  | 'batching-concurrency'
  | 'interactive-speed'
  | 'server-ram'
  | 'renter-ram'
  | 'link-share-narrow'
  | 'link-share-slow'
  | 'link-share-unknown'
  | 'work-power'
  | 'idle-power'
  | 'mine-power'
  | 'host-power'
  | 'power-supply'
  | 'cooling'
  | 'token-trend'
  | 'rental-trend'
  | 'coin-trend'
  | 'resale-trend'
  | 'selling-cost'
  | 'faulty-resale'
  | 'card-mass';

const HOMELAB = 'AlexGL402/AI6-P104-Homelab';

function assumed(
  name: AssumptionName,
  value: FigureRow[1],
  unit: string,
  because: string,
): readonly [AssumptionName, FigureRow] {
  return [name, [name, value, unit, '2026-11', 'our assumption', 'assumed', because]];
}

function measured(
  name: AssumptionName,
  value: FigureRow[1],
  unit: string,
  date: string,
  source: string,
): readonly [AssumptionName, FigureRow] {
  return [name, [name, value, unit, date, 'measured', 'medium', source]];
}

const demand = [
  assumed(
    'serve-utilisation',
    [10, 30, 50],
    '%',
    'chat comes in waves and small models have many sellers; marketplaces report 50 to 80 % for all their cards (Akash, 2024 to 2026), data-centre cards first',
  ),
  assumed(
    'rent-utilisation',
    [15, 40, 70],
    '%',
    'below the 50 to 80 % that Akash reports for all its cards (2024 to early 2026): renters take the newest cards first',
  ),
  assumed(
    'batch-utilisation',
    [15, 50, 80],
    '%',
    'a queue can wait for a free card, if there is one at half the price',
  ),
  measured(
    'batch-price',
    [40, 50, 60],
    '%',
    '2026',
    'batch doors of OpenAI and Amazon Bedrock ask half of the interactive price',
  ),
  assumed(
    'prompt-tokens',
    768,
    'tokens',
    'three tokens read for each written, the blend that price lists use; chats of one to three turns',
  ),
  assumed('answer-tokens', 256, 'tokens', 'three tokens read for each written, the blend that price lists use'),
  measured(
    'batching-gain-matrix',
    [3.8, 4.7, 5.6],
    'ratio',
    '2026-09-21',
    `${HOMELAB}@35a79fa2: vLLM on a CMP 40HX, 86 tokens/s alone, 326 to 485 at 12 at once`,
  ),
  assumed(
    'batching-gain-plain',
    [1.3, 2, 3],
    'ratio',
    'cards without matrix units run out of arithmetic sooner; no measurement was found',
  ),
  assumed(
    'batching-gain-mixture',
    [1.3, 2, 3.5],
    'ratio',
    'of a mixture of experts: conversations wake different experts, so that more weights are read for each',
  ),
  measured(
    'batching-concurrency',
    12,
    'requests',
    '2026-09-21',
    `${HOMELAB}@35a79fa2: the gain was measured at 12 at once`,
  ),
  assumed(
    'interactive-speed',
    10,
    'tokens/s',
    'people read 5 to 8 tokens a second; below this a chat is sold to no one',
  ),
] as const;

const SMALL = 'of the utilisation above: phones and laptops run such models themselves, and few hosts sell them';
const USUAL = 'of the utilisation above, which is that of models from 8B on';

/** How much of the work there is for each size class. */
const bySize = [
  assumed('demand-1b', [2, 10, 30], '%', SMALL),
  assumed('demand-3b', [5, 30, 70], '%', SMALL),
  assumed('demand-8b', [70, 100, 100], '%', USUAL),
  assumed('demand-14b', [50, 100, 100], '%', USUAL),
  assumed('demand-32b', [50, 100, 100], '%', USUAL),
  assumed('demand-30b-a3b', [70, 100, 100], '%', USUAL),
] as const;

const rig = [
  measured(
    'server-ram',
    [0.6, 1.3, 2],
    'GB',
    '2026-06',
    'effects.csv e047: 0.6 to 2.0 GB held by a llama.cpp server beside its card',
  ),
  assumed('renter-ram', 8, 'GB', 'what a renter’s image and data loader take at the least, beside the system'),
  assumed(
    'link-share-narrow',
    [40, 70, 100],
    '%',
    'of a rent, on PCIe below 3.0 x4: loading waits on the link (effects.csv e023: 5 GB in 31 s)',
  ),
  assumed(
    'link-share-slow',
    [20, 50, 80],
    '%',
    'of a rent, on PCIe 1.0 or 2.0 x1: training that streams its data falls to a fifth (effects.csv e025)',
  ),
  assumed(
    'link-share-unknown',
    [20, 60, 100],
    '%',
    'of a rent, where the link is not known: most slots of mining boards have one lane',
  ),
] as const;

const power = [
  measured(
    'work-power',
    [45, 80, 95],
    '%',
    '2026-09-27',
    `${HOMELAB}: of the power limit while answering, 83 of 180 W (P104-100) to 137 of 150 W (CMP 50HX)`,
  ),
  measured(
    'idle-power',
    [6, 12, 25],
    '%',
    '2026-02-16',
    'miika-hakala/crypto-lab: of the board power, idle: 18 of 170 W (RTX 3060), 8 of 125 W (GTX 1660 SUPER)',
  ),
  measured(
    'mine-power',
    [45, 65, 85],
    '%',
    '2026',
    'of the board power, once tuned for mining: 139 of 185 W (CMP 40HX), 146 of 220 W (RTX 3070), 131 of 200 W (RTX 3060 Ti)',
  ),
  assumed(
    'host-power',
    [40, 60, 90],
    'W',
    'a mining board with Celeron, disk, fans and risers; shared by the rig’s cards',
  ),
  assumed('power-supply', [88, 92, 94], '%', '80 PLUS Gold at half load; worn or overloaded supplies do worse'),
  measured(
    'cooling',
    [1.01, 1.1, 1.2],
    'ratio',
    '2023',
    'Cambridge Bitcoin Electricity Consumption Index, methodology: 1.01, 1.10 and 1.20 for mining halls',
  ),
] as const;

const trends = [
  assumed(
    'token-trend',
    [-50, -25, 0],
    '%/year',
    'a million tokens of an 8B model went from 0.055 USD (DeepInfra, 2024) to 0.02 to 0.05 (2026-09)',
  ),
  assumed(
    'rental-trend',
    [-30, -10, 10],
    '%/year',
    'RTX 3090: 0.19 to 0.40 USD in 2025-H2, 0.16 to 0.18 in 2026-09, while resale prices rose',
  ),
  measured(
    'coin-trend',
    [-70, -39, 0],
    '%/year',
    '2026-09-26',
    'Pearl’s subsidy falls by about 4 % a month; its yield fell by 32 % in ten weeks (code id 70273965461)',
  ),
  assumed(
    'resale-trend',
    [-35, -15, 10],
    '%/year',
    'cards lose a sixth to a quarter a year in quiet times; memory was scarce in 2026 and 59 of 81 rose in September',
  ),
] as const;

const sale = [
  assumed('selling-cost', [4, 8, 15], 'USD', 'cleaning, testing, packing and posting one card'),
  assumed('faulty-resale', [20, 40, 60], '%', 'of a working card’s price, sold as it is with its fault named'),
  assumed('card-mass', [0.6, 1, 1.5], 'kg', 'a card of one or two fans with its cooler'),
] as const;

const named = [...demand, ...bySize, ...rig, ...power, ...trends, ...sale];

/** What the reckoning rests on besides prices, each with why. */
export const assumptionFigures: readonly PriceFigure[] = figuresOf(
  'assumption',
  named.map(([, row]) => row),
);
