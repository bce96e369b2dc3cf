import { type PriceFigure, slugOf } from '@rerig/domain/economics';
import { z } from 'zod';
import { changedShape } from './fetch-json.ts';
import type { PriceSource } from './price-source.ts';

const TITLE = 'WhatToMine, income of coins';

/** Coins that the price book knows, by their tag there, with the unit that cards' hash rates are given in. */
const coins: Readonly<Record<string, { readonly coin: string; readonly unit: string; readonly unitHashes: number }>> = {
  PRL: { coin: 'pearl', unit: 'TH/s', unitHashes: 1e12 },
  QTC: { coin: 'quantus', unit: 'MH/s', unitHashes: 1e6 },
  QUAN: { coin: 'quantus', unit: 'MH/s', unitHashes: 1e6 },
  ETC: { coin: 'ethereum-classic', unit: 'MH/s', unitHashes: 1e6 },
  ERG: { coin: 'ergo', unit: 'MH/s', unitHashes: 1e6 },
  RVN: { coin: 'ravencoin', unit: 'MH/s', unitHashes: 1e6 },
  CFX: { coin: 'conflux', unit: 'MH/s', unitHashes: 1e6 },
};

const figure = z.coerce.number();

const coinSchema = z.object({
  tag: z.string(),
  block_time: figure.positive(),
  block_reward24: figure.nonnegative(),
  nethash: figure.positive(),
  exchange_rate24: figure.nonnegative(),
  exchange_rate_curr: z.string(),
});

const coinsSchema = z.object({ coins: z.record(z.string(), z.unknown()) });
const bitcoinSchema = z.object({ bitcoin: z.object({ usd: z.number().positive() }) });

/** Seconds of a day. */
const DAY_SECONDS = 86_400;

/**
 * Income of coins: a day's blocks and their reward, over the network's hashes, in bitcoin by the mean of a day, and
 * bitcoin in dollars by CoinGecko. Shape: whattomine.com/coins.json as it is since 2018 (`nethash` in H/s).
 */
export const whatToMine: PriceSource = {
  name: 'what-to-mine',
  title: TITLE,
  addresses: [
    'https://whattomine.com/coins.json',
    'https://api.coingecko.com/api/v3/simple/price?ids=bitcoin&vs_currencies=usd',
  ],
  read([coinsAnswer, bitcoinAnswer], today) {
    const list = coinsSchema.safeParse(coinsAnswer);
    const bitcoin = bitcoinSchema.safeParse(bitcoinAnswer);
    if (!list.success) return changedShape(TITLE, 'It has no "coins".');
    if (!bitcoin.success) return changedShape(TITLE, 'CoinGecko gives no dollars for bitcoin.');
    const { usd } = bitcoin.data.bitcoin;
    const figures = Object.values(list.data.coins).flatMap((coin) => figureOf(coin, usd, today));
    if (figures.length === 0)
      return changedShape(TITLE, `None of ${Object.keys(coins).join(', ')} is among its coins.`);
    return figures;
  },
};

function figureOf(answer: unknown, bitcoinUsd: number, today: string): readonly PriceFigure[] {
  const parsed = coinSchema.safeParse(answer);
  const known = parsed.success ? coins[parsed.data.tag] : undefined;
  if (!parsed.success || known === undefined || parsed.data.exchange_rate_curr !== 'BTC') return [];
  const { block_time, block_reward24, nethash, exchange_rate24 } = parsed.data;
  const coinsPerDay = (DAY_SECONDS / block_time) * block_reward24;
  const value = ((coinsPerDay * exchange_rate24 * bitcoinUsd) / nethash) * known.unitHashes;
  if (!(value > 0) || !Number.isFinite(value)) return [];
  const figureId = `coin-income/${slugOf(known.coin)}/what-to-mine`;
  return [
    {
      ...{ figureId, kind: 'coin-income', subject: known.coin, value, unit: `USD/day/${known.unit}`, date: today },
      // A coin's price moves by a third in a month, more than a figure of medium trust is given.
      ...{ low: value * 0.6, high: value * 1.4 },
      ...{
        venue: 'WhatToMine',
        confidence: 'medium',
        source: 'whattomine.com/coins.json and CoinGecko’s bitcoin price',
      },
    },
  ];
}
