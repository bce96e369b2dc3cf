import type { ChipName } from './chips.ts';

/**
 * One card model as sold, in one line. VRAM in GiB, bandwidth in 10⁹ bytes/s, board power in watts, the link as
 * "generation x lanes" as shipped, FP32 in TFLOPS at boost clock by plain count of lanes (a throttle is a note), the
 * PCI ids without their vendor, and the keys of its sources. `null`: no source that we read says it.
 */
export type CardRow = readonly [
  name: string,
  chip: ChipName,
  releaseYear: number | null,
  vramGib: number | null,
  bandwidthGigabytesPerSecond: number | null,
  boardPowerWatts: number | null,
  pcieLink: string | null,
  fp32Tflops: number | null,
  pciDeviceIds: string,
  sourceKeys: string,
];

/** Another amount of VRAM under the same name: same chip, same PCI ids. */
export interface VramVariant {
  readonly name: string;
  readonly vramGib: number;
  readonly basis: 'sold' | 'vbios-flash' | 'firmware-unlock';
  readonly bandwidthGigabytesPerSecond?: number;
  readonly source: string;
}
