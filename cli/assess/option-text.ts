import { type BreakEven, kindWords, type OptionKind } from '@rerig/domain/economics';

const kindTitles: Readonly<Record<OptionKind, string>> = {
  serve: 'serve',
  rent: 'rent out',
  batch: 'batch',
  mine: 'mine',
  sleep: 'sleep',
  'sell-now': 'sell now',
  'sell-later': 'sell later',
  recycle: 'recycle',
  repair: 'repair',
};

/** An option in a word or two, as it stands in a table. */
export function kindTitle(kind: OptionKind): string {
  return kindTitles[kind];
}

/** `Above $0.285/kWh (now $0.10) it is best to sell it now.` */
export function breakEvenText(
  { parameter, of, now, flipsAt, direction, thenOption }: BreakEven,
  perKwh: (usdPerKwh: number) => string,
): string {
  const side = direction === 'above' ? 'Above' : 'Below';
  const then = `it is best to ${kindWords[thenOption]}`;
  if (parameter === 'electricity') return `${side} ${perKwh(flipsAt)} of electricity (now ${perKwh(now)}) ${then}.`;
  const work = of === undefined ? 'work' : `work to ${kindWords[of]}`;
  return `${side} ${percentText(flipsAt)} of ${work} (now ${percentText(now)}) ${then}.`;
}

function percentText(percent: number): string {
  return `${Number(percent.toFixed(1))} %`;
}
