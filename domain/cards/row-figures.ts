import { type ChipName, ratiosOf } from './chips.ts';
import { matrixFp16TflopsByRow } from './matrix-figures.ts';
import type { CardModel, PcieLink } from './model.ts';
import type { CardRow, Figure } from './row.ts';

/** Bytes a second: bus bits x Gbit/s a pin, or 10⁹ bytes a second as published. */
export function bandwidthOf(memory: Figure | null): number | null {
  if (memory === null) return null;
  if (typeof memory === 'number') return memory * 1e9;
  const [busBits = 0, gigabitsPerPin = 0] = memory.split('x').map(Number);
  return Math.round((busBits * gigabitsPerPin) / 0.8) * 1e8;
}

/** Lanes x MHz, each lane a multiplication and an addition a cycle, or TFLOPS as published. */
export function tflopsOf(fp32: Figure | null): number | null {
  if (fp32 === null || typeof fp32 === 'number') return fp32;
  const [laneCount = 0, clockMhz = 0] = fp32.split('x').map(Number);
  return rounded((2 * laneCount * clockMhz) / 1e6);
}

type Compute = Pick<CardModel, 'fp32Tflops' | 'fp16Tflops' | 'matrixFp16Tflops' | 'int8DotTops'>;

/** FP32, and what follows from it by the chip's ratios where the maker gives no figure of its own. */
export function computeOf([rowName]: CardRow, chipName: ChipName, fp32Tflops: number | null): Compute {
  if (fp32Tflops === null) return {};
  const { fp16, int8Dot, matrixFp16 } = ratiosOf(chipName);
  const times = (ratio: number | null) => (ratio === null ? null : rounded(ratio * fp32Tflops));
  return {
    fp32Tflops,
    ...present('fp16Tflops', times(fp16)),
    ...present('matrixFp16Tflops', matrixFp16TflopsByRow[rowName] ?? times(matrixFp16)),
    ...present('int8DotTops', times(int8Dot)),
  };
}

/** To four digits, as makers print. */
function rounded(figure: number): number {
  return Number(figure.toPrecision(4));
}

/** `4x16` → generation 4, 16 lanes. */
export function linkOf(link: string): PcieLink {
  const [generation = 0, laneCount = 0] = link.split('x').map(Number);
  return { generation, laneCount };
}

/** An object with the one key, or none where the value is not known. */
export function present<Key extends string, Value>(key: Key, value: Value | null): { readonly [K in Key]?: Value } {
  const none: { readonly [K in Key]?: Value } = {};
  return value === null ? none : { ...none, [key]: value };
}
