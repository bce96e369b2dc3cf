/** What each card is worth, by what could be done with it: prices with their sources, options, verdicts, sensitivity. */
export type { Assumption, Confidence, FigureKind, PriceFigure } from './economics/figure.ts';
export type { Interval } from './economics/interval.ts';
export type { OperatorSettings, VatSettings } from './economics/settings.ts';
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
