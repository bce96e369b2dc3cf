import { activityViewSchema, type FarmView, farmViewSchema } from '@rerig/api/exchange';
import { z } from 'zod';

const wholeMicroUsd = z.string().regex(/^-?\d+$/, 'money that is no whole number of micro-USD');

/** The contract, and with it that money is whole, so that what is shown of it is exact. */
const shownFarmSchema = farmViewSchema.extend({
  activity: activityViewSchema.extend({
    chargedMicroUsd: wholeMicroUsd,
    operatorMicroUsd: wholeMicroUsd,
    feeMicroUsd: wholeMicroUsd,
  }),
});

/** Reads a view of a farm from parsed JSON. Throws a ZodError where it is not of the agreed shape. */
export function parseFarm(body: unknown): FarmView {
  return shownFarmSchema.parse(body);
}
