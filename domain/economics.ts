/** What each card is worth, by what could be done with it: prices with their sources, options, verdicts, sensitivity. */

export { isFigureDate } from './economics/calendar.ts';
export { figureFault, figureKinds, isFigureKind, rateOf } from './economics/check-figure.ts';
export type { PriceFaultCode } from './economics/faults.ts';
export {
  type Assumption,
  type Confidence,
  type FigureKind,
  isStaleFigure,
  OPERATOR_VENUE,
  type PriceFigure,
  STALE_AFTER_DAYS,
  toAssumption,
} from './economics/figure.ts';
export { slugOf } from './economics/figures/row.ts';
export { type HostRemainder, hostRemainder } from './economics/host-remainder.ts';
export type { Interval } from './economics/interval.ts';
export { type CardPlace, freePlace } from './economics/limits.ts';
export { kindWords } from './economics/option-value.ts';
export { type PresentDay, presentDay } from './economics/present.ts';
export { bookAdding, bookWith, type PriceBook, priceBook } from './economics/price-book.ts';
export {
  electricitySensitivity,
  type SensitivityPoint,
  utilisationSensitivity,
} from './economics/sensitivity.ts';
export { defaultSettings, type OperatorSettings, type VatSettings } from './economics/settings.ts';
export { verdicts } from './economics/totals.ts';
export { usdText } from './economics/usd-text.ts';
export { valueCard } from './economics/value-card.ts';
export { valueFarm } from './economics/value-farm.ts';
export type {
  BreakEven,
  CardMove,
  Conversion,
  MoneySum,
  MoneyTotals,
  OptionKind,
  PricedMend,
  RefusedOption,
  Valuation,
  ValuedCard,
  ValuedFarm,
  ValuedOption,
  ValuedRig,
  Verdict,
} from './economics/valued.ts';
