import { usdText } from '@rerig/domain/economics';

/** The currency in which a report is shown; everything is reckoned in US dollars. */
export interface Currency {
  /** `USD`, `EUR`. */
  readonly code: string;
  readonly usdPerUnit: number;
}

/** The currency of the reckoning itself. */
export const usDollar: Currency = { code: 'USD', usdPerUnit: 1 };

/** Signs that stand for one currency alone, or are read as one everywhere. */
const signs: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£' };

/** An amount in US dollars as it is shown: `$12.40`, `€0.31`, `CNY 1,207`. */
export function moneyText(amountUsd: number, { code, usdPerUnit }: Currency): string {
  return usdText(amountUsd / usdPerUnit).replace('$', signs[code] ?? `${code} `);
}

/** A price of electricity, to a tenth of a cent where it has one: `$0.10/kWh`, `$0.125/kWh`, `€0.086/kWh`. */
export function perKwhText(usdPerKwh: number, { code, usdPerUnit }: Currency): string {
  const digits = (usdPerKwh / usdPerUnit).toFixed(3).replace(/0$/, '');
  return `${signs[code] ?? `${code} `}${digits}/kWh`;
}

/** Amounts in a sentence, as `usdText` writes them. */
const USD_AMOUNT = /(-?)\$(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?/g;

/** A sentence whose amounts are in US dollars, in another currency. */
export function inCurrency(sentence: string, currency: Currency): string {
  if (currency.code === 'USD') return sentence;
  return sentence.replace(USD_AMOUNT, (_, sign: string, whole: string, decimals: string | undefined) =>
    moneyText(Number(`${sign}${whole.replaceAll(',', '')}${decimals ?? ''}`), currency),
  );
}
