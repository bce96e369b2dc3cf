import type { PriceFigure } from '../figure.ts';
import { type FigureRow, figuresOf } from './row.ts';

const POET =
  'GPU Poet, market report of October 2026, published 2026-10-01: average of the three cheapest listings on eBay and Amazon in September';
const STREET = 'a model-fit site’s table of used prices, “refreshed by hand about monthly” (code id 71582039344)';
const FLUIDX3D = 'ProjectPhysX/FluidX3D@8986874e:README.md, the parts of a mixed build';
const P10X = 'a P10x write-up of 2026 (code id 58717162448)';

function poet(subject: string, usd: number, note = 'the cheapest asks: a seller of many gets about this'): FigureRow {
  return [subject, usd, 'USD', '2026-09-30', 'eBay and Amazon', 'medium', POET, note];
}

function street(subject: string, usd: number): FigureRow {
  return [subject, usd, 'USD', '2026-10', 'second-hand', 'low', STREET];
}

/** Undated in its source, of 2024 or 2025: taken as of the first day of 2024. */
function fluidX3d(subject: string, usd: number): FigureRow {
  return [subject, usd, 'USD', '2024', 'second-hand', 'low', FLUIDX3D, 'undated, about 2024 to 2025'];
}

/** What cards sell for, second-hand; used prices rose through 2026 as memory became scarce. */
export const resaleFigures: readonly PriceFigure[] = figuresOf('resale', [
  poet('RTX 3090', 1207, 'up 38 % in a month, its highest in six'),
  poet('RTX 3080 Ti', 450),
  poet('RTX 3070', 220, 'derived: 1.09 USD/TOP of INT8 (163 TOPS) in August, up 24 % in September'),
  poet('RX 6950 XT', 418),
  poet('RX 6900 XT', 400),
  poet('RX 7900 XT', 566, 'derived: 37 % below its 899 USD at launch'),
  poet('Tesla P100 PCIe 16GB', 65, 'derived: 6.9 USD/TFLOPS of FP32'),
  poet('RTX 5060', 328),
  poet('RTX 5060 Ti 16GB', 600),
  poet('RTX 5070', 557),
  poet('RTX 5070 Ti', 895),
  poet('RTX 5080', 1233),
  poet('RTX 5090', 4058),
  street('RTX 3070', 220),
  street('RTX 3060 12GB', 250),
  street('RTX 3080 12GB', 380),
  street('RTX 4070', 430),
  street('RTX 4090', 1600),
  ['RTX 3060 12GB', 180, 'USD', '2026-06', 'second-hand', 'medium', 'a P106 write-up (code id 56127634597)'],
  [
    'P106-100',
    [25, 32, 40],
    'EUR',
    '2026-06',
    'second-hand',
    'low',
    'a P106 write-up (code id 56127634597)',
    'middle of 25 to 40 EUR',
  ],
  ['P102-100 5GB', 40, 'USD', '2026', 'second-hand', 'medium', P10X],
  ['P102-100 10GB', 50, 'USD', '2026-07-12', 'second-hand', 'low', 'Horizon article: two for 100 USD, set up'],
  ['P104-100 4GB', 25, 'USD', '2026', 'second-hand', 'medium', P10X],
  [
    'CMP 170HX',
    [600, 1000, 1500],
    'USD',
    '2026-08-07',
    'second-hand',
    'low',
    'blog of 2026-08-07 (code id 58992581804): from 200 to 1000 USD and more within days of the memory unlock',
    '3,000 to 4,000 CNY in China, up to 1,500 USD elsewhere',
  ],
  [
    'RX 580 8GB',
    65,
    'USD',
    '2026',
    'eBay',
    'low',
    'Best Value GPU’s tracker, as quoted in code id 63258797040',
    'the day is not known',
  ],
  [
    'RX 580 4GB',
    40,
    'USD',
    '2026',
    'second-hand',
    'low',
    'an Intel Arc write-up (code id 52522735532)',
    'the day is not known',
  ],
  fluidX3d('GTX 1060 3GB', 12),
  fluidX3d('GTX 1060 6GB', 35),
  fluidX3d('RX 470', 70),
  fluidX3d('RTX 3080 10GB', 500),
  fluidX3d('GTX 1080 Ti', 240),
  fluidX3d('Tesla M40', 75),
  fluidX3d('Instinct MI25', 75),
  fluidX3d('Tesla P40', 205),
]);
