/** Bytes, money and durations: how they are written and, at the rim, read. */
export { type Bytes, formatBytes, GIB, KIB, MIB } from './quantity/bytes.ts';
export { formatDurationMs } from './quantity/duration.ts';
export {
  type Currency,
  formatMicroUsd,
  greatestMicroUsd,
  leastMicroUsd,
  MICRO_PER_UNIT,
  type MicroUsd,
} from './quantity/money.ts';
