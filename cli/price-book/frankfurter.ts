import type { PriceFigure } from '@rerig/domain/economics';
import { z } from 'zod';
import { changedShape } from './fetch-json.ts';
import type { PriceSource } from './price-source.ts';

const TITLE = 'Frankfurter, rates of the European Central Bank';

const ratesSchema = z.object({
  base: z.literal('USD'),
  date: z.iso.date(),
  rates: z.record(z.string().regex(/^[A-Z]{3}$/), z.number().positive()),
});

/** What currencies are worth, as the European Central Bank has them. */
export const frankfurter: PriceSource = {
  name: 'frankfurter',
  title: TITLE,
  addresses: ['https://api.frankfurter.dev/v1/latest?base=USD'],
  read([answer]) {
    const parsed = ratesSchema.safeParse(answer);
    if (!parsed.success) return changedShape(TITLE, 'It has no rates of the dollar with their date.');
    const { date, rates } = parsed.data;
    return Object.entries(rates).map(([code, perUsd]): PriceFigure => {
      const figureId = `currency/${code.toLowerCase()}/frankfurter`;
      return {
        ...{ figureId, kind: 'currency', subject: code, value: 1 / perUsd, unit: 'USD', date, venue: 'ECB' },
        ...{ confidence: 'high', source: `api.frankfurter.dev: ${perUsd} ${code} for 1 USD` },
      };
    });
  },
};
