import type { ChipName } from './chips.ts';

/** A figure as published, or as a product that anyone can check: `192x17.5` is 192 bits at 17.5 Gbit/s a pin. */
export type Figure = number | `${number}x${number}`;

/**
 * One card model as sold, in one line. VRAM in GiB; bandwidth in 10⁹ bytes/s or as bus bits x Gbit/s a pin; board power
 * in watts; the link as "generation x lanes" as shipped; FP32 at boost clock by plain count of lanes (a throttle is a
 * note), in TFLOPS or as lanes x MHz, where a lane that issues two at once counts as two; the PCI ids without their
 * vendor; the keys of its sources. `null`: no source that we read says it.
 */
export type CardRow = readonly [
  name: string,
  chip: ChipName,
  releaseYear: number | null,
  vramGib: number | null,
  memory: Figure | null,
  boardPowerWatts: number | null,
  pcieLink: string | null,
  fp32: Figure | null,
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
