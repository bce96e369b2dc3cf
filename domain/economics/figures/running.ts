import type { PriceFigure } from '../figure.ts';
import { type FigureRow, figuresOf } from './row.ts';

const EIA_MONTH = 'U.S. EIA, Electric Power Monthly, Table 5.6.A, April 2025';
const EIA_YEAR = 'U.S. EIA, Electric Power Annual, 2023';
const FRANKFURTER = 'Frankfurter (European Central Bank), as quoted in code id 58871429349';

/** The region whose tariff is used where the operator gives none. */
export const DEFAULT_REGION = 'default';

function industry(region: string, usdPerKwh: number, date: '2025-04' | '2023'): FigureRow {
  const source = date === '2023' ? EIA_YEAR : EIA_MONTH;
  return [`${region}, industry`, usdPerKwh, 'USD/kWh', date, 'EIA', 'high', source];
}

/** What a kilowatt-hour costs. Regions are for comparison; a farm’s own tariff is one number on its bill. */
const electricity = figuresOf('electricity', [
  [
    DEFAULT_REGION,
    0.1,
    'USD/kWh',
    '2022-09-15',
    'mining calculators',
    'high',
    'Tom’s Hardware, 2022-09-15; still the default of mining calculators',
    'give your own: rerig prices edit',
  ],
  industry('New England', 0.1729, '2025-04'),
  industry('New York', 0.0892, '2025-04'),
  industry('Pennsylvania', 0.0859, '2025-04'),
  industry('Ohio', 0.079, '2025-04'),
  industry('Iowa', 0.0604, '2025-04'),
  industry('Washington', 0.0635, '2023'),
  industry('North Dakota', 0.0737, '2023'),
  industry('Louisiana', 0.0588, '2023'),
  industry('California', 0.1864, '2023'),
  ['Texas, industry', 0.0725, 'USD/kWh', '2026-01', 'EIA', 'medium', 'a blog of 2026-04-08 that quotes EIA'],
  [
    'US average, household',
    0.1872,
    'USD/kWh',
    '2026-02',
    'EIA',
    'medium',
    'energypricestoday.com, 2026-04-26, from EIA 5.6.A',
  ],
  [
    'US average, commerce',
    0.146,
    'USD/kWh',
    '2026-02',
    'EIA',
    'medium',
    'energypricestoday.com, 2026-04-26, from EIA 5.6.A',
  ],
  [
    'Nordic, industry',
    [0.045, 0.055, 0.065],
    'EUR/kWh',
    '2018',
    'study',
    'low',
    'kylemcdonald/ethereum-emissions@b034914f',
    'middle of 0.045 to 0.065',
  ],
  ['Europe, household', 0.3, 'EUR/kWh', '2026', 'a P106 write-up', 'medium', 'code id 56127634597'],
]);

/** Takes of a payment, in percent. */
const fees = figuresOf('fee', [
  ['tokens', [5, 10, 20], '%', '2026-11', 'exchange', 'assumed', 'our own default for an exchange’s share of a charge'],
  [
    'rental',
    [15, 22.5, 25],
    '%',
    '2025-07',
    'Vast.ai',
    'low',
    'skypilot-catalog’s note: a host receives about 75 to 80 %',
  ],
  [
    'pool',
    [1, 2, 5],
    '%',
    '2026-09-26',
    'pools and miners',
    'medium',
    'Pearl: pools 0 to 1 %, miners 0 to 3 % (code ids 70273965461, 67135204916)',
  ],
  [
    'resale',
    [0, 13.5, 15],
    '%',
    '2025-02',
    'eBay',
    'low',
    'eBay’s final value fee of most categories, about 13.25 to 13.6 %; a direct sale pays none',
  ],
  ['vat', 0, '%', '2026-11', 'no country', 'assumed', 'none, until the operator says what is owed'],
]);

/** US dollars for one unit. */
const currencies = figuresOf('currency', [
  ['USD', 1, 'USD', '2026-11-25', 'by definition', 'high', 'the currency that everything is reckoned in'],
  ['EUR', 1.1643, 'USD', '2026-08-28', 'ECB', 'high', `${FRANKFURTER}: 0.85889 EUR for 1 USD`],
  ['GBP', 1.3582, 'USD', '2026-08-28', 'ECB', 'high', `${FRANKFURTER}: 0.73624 GBP for 1 USD`],
  ['JPY', 0.006263, 'USD', '2026-08-28', 'ECB', 'high', `${FRANKFURTER}: 159.68 JPY for 1 USD`],
  [
    'CNY',
    0.14,
    'USD',
    '2026-08-15',
    'currency-api',
    'medium',
    'a test’s recorded answer: 7.1445 CNY for 1 USD (code id 57504808330)',
  ],
  [
    'BRL',
    0.1955,
    'USD',
    '2026-08-05',
    'ECB',
    'medium',
    'Frankfurter, as quoted in code id 62198893285: 5.1153 BRL for 1 USD',
  ],
  [
    'CAD',
    0.7119,
    'USD',
    '2026-08-05',
    'ECB',
    'medium',
    'Frankfurter, as quoted in code id 62198893285: 1.4047 CAD for 1 USD',
  ],
]);

const recycling = figuresOf('recycling', [
  [
    'card',
    [0.5, 2, 4],
    'USD/kg',
    '2026-11',
    'board buyers',
    'assumed',
    'no dated price was found; mixed boards with their coolers on are bought by weight for copper, aluminium and gold',
    'ask the recycler nearest to you',
  ],
]);

/** Electricity, fees, currencies and recycling. */
export const runningFigures: readonly PriceFigure[] = [...electricity, ...fees, ...currencies, ...recycling];
