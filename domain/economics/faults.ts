import { type FaultTable, faultMaker } from '../fault.ts';

/** Every refusal of the price book. */
export type PriceFaultCode = 'figure-unreadable' | 'figure-implausible' | 'figure-unit';

const table: FaultTable<PriceFaultCode> = {
  'figure-unreadable': 'after-mend',
  'figure-implausible': 'after-mend',
  'figure-unit': 'after-mend',
};

/** Makes a fault of the price book. */
export const priceFault = faultMaker(table);
