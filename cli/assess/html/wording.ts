import { printable } from '../../printable.ts';
import { type Currency, inCurrency, moneyText, perKwhText } from '../currency.ts';
import { withRouteTitles } from '../route-text.ts';

/** How a page writes amounts and sentences: in the report's currency, clean of what files smuggle in. */
export interface Wording {
  readonly money: (amountUsd: number) => string;
  readonly perKwh: (usdPerKwh: number) => string;
  readonly text: (sentence: string) => string;
}

/** The wording of a currency. */
export function wordingOf(currency: Currency): Wording {
  return {
    money: (amountUsd) => moneyText(amountUsd, currency),
    perKwh: (usdPerKwh) => perKwhText(usdPerKwh, currency),
    text: (sentence) => inCurrency(withRouteTitles(printable(sentence)), currency).trim(),
  };
}
