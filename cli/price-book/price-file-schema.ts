import { z } from 'zod';

/** Hours of a day. */
const HOURS = 24;

const percent = z.number().min(0).max(100);
const perKwh = z.number().min(0).max(1000);
const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'three capital letters, such as "EUR"');
const hour = z.int().min(0).max(HOURS);

const electricity = z
  .strictObject({
    perKwh: perKwh.optional(),
    hourly: z.array(perKwh).length(HOURS, 'one price for each of the 24 hours, from midnight').optional(),
    bands: z.array(z.strictObject({ from: hour, to: hour, perKwh })).optional(),
  })
  .refine(
    ({ perKwh: flat, hourly, bands }) => [flat, hourly, bands].filter((each) => each !== undefined).length === 1,
    'one of perKwh, hourly and bands',
  )
  .refine(({ bands }) => bands === undefined || hoursOf(bands).length === HOURS, {
    message: 'the bands leave hours without a price, or give one twice',
    path: ['bands'],
  });

/** Hours that bands cover; one that ends before it begins goes over midnight. */
function hoursOf(bands: readonly { readonly from: number; readonly to: number }[]): readonly number[] {
  const hours = bands.flatMap(bandHours);
  return hours.length === new Set(hours).size ? hours : [];
}

/** The hours of a band: `from` 22 `to` 6 are 22, 23 and 0 to 5; both the same, the whole day. */
export function bandHours({ from, to }: { readonly from: number; readonly to: number }): readonly number[] {
  const length = to > from ? to - from : to + HOURS - from;
  return Array.from({ length: Math.min(length, HOURS) }, (_, index) => (from + index) % HOURS);
}

const price = z.strictObject({
  kind: z.string(),
  subject: z.string().min(1),
  value: z.number(),
  low: z.number().optional(),
  high: z.number().optional(),
  unit: z.string().min(1),
  coin: z.string().optional(),
  powerWatts: z.number().min(0).max(5000).optional(),
  date: z.string().optional(),
  source: z.string().optional(),
  note: z.string().optional(),
});

/** What an operator's price file may say. Every part is optional; nothing else is understood. */
export const priceFileSchema = z.strictObject({
  horizonDays: z.int().min(1).max(3650).optional(),
  currency: currencyCode.optional(),
  isolation: z.enum(['process', 'container', 'vm']).optional(),
  excludedOptions: z.array(z.enum(['serve', 'rent', 'batch', 'mine', 'sell', 'recycle'])).optional(),
  electricity: electricity.optional(),
  power: z
    .strictObject({
      coolingRatio: z.number().min(1).max(3).optional(),
      hostWatts: z.number().min(0).max(2000).optional(),
    })
    .optional(),
  utilisation: z
    .strictObject({ serve: percent.optional(), rent: percent.optional(), batch: percent.optional() })
    .optional(),
  fees: z
    .strictObject({
      tokens: percent.optional(),
      rental: percent.optional(),
      pool: percent.optional(),
      resale: percent.optional(),
    })
    .optional(),
  vat: z
    .strictObject({ percent: z.number().min(0).max(50), registered: z.boolean(), inTariff: z.boolean() })
    .optional(),
  currencies: z.record(currencyCode, z.number().positive().max(1000)).optional(),
  assumptions: z.record(z.string(), z.number()).optional(),
  prices: z.array(price).optional(),
});

/** The content of a price file. */
export type PriceFileContent = z.infer<typeof priceFileSchema>;
