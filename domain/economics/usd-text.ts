/**
 * US dollars for a sentence: `$1,207`, `$12.40`, `$0.31`, `-$0.004`: to the cent, from a hundred dollars on to
 * the dollar, for estimates know no more, and below ten cents to a tenth of one.
 */
export function usdText(amountUsd: number): string {
  const magnitude = Math.abs(amountUsd);
  if (magnitude < 0.0005) return '$0.00';
  const digits = magnitude >= 99.995 ? 0 : magnitude >= 0.1 || magnitude === 0 ? 2 : 3;
  const [whole = '0', decimals] = magnitude.toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${amountUsd < 0 ? '-' : ''}$${grouped}${decimals === undefined ? '' : `.${decimals}`}`;
}
