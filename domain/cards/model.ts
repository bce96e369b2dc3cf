import type { Bytes } from '../quantity.ts';
import type { Chip } from './chips.ts';

/** Who made the chip. */
export type Vendor = Chip['vendor'];

/** A PCI Express link: its generation (1 to 5) and how many lanes it has. */
export interface PcieLink {
  readonly generation: number;
  readonly laneCount: number;
}

/** By how much a card's firmware as shipped slows what its chip could do: factors of 1 or more. */
export interface StockThrottle {
  /** FP32 fused multiply-add: `fp32Tflops` divided by it is what the card does as shipped. */
  readonly fp32FmaFactor: number;
  /** Dot products of 8-bit numbers. */
  readonly int8DotFactor: number;
  /** Matrix units. */
  readonly matrixFactor?: number;
  /** FP32 multiplication and addition apart from one another, as by `-fmad=false`; 2 is what any card loses by it. */
  readonly fp32ApartFactor?: number;
  readonly source: string;
}

/**
 * An entry of the catalogue: a card as sold, with one amount of VRAM. Absent: no source that we read says it.
 * Figures are as shipped; what a card in hand does is a matter of measurement.
 */
export interface CardModel {
  /** Stable: the name in kebab case, `rx-580-8gb`. */
  readonly modelId: string;
  /** `RX 580 8GB`: with its VRAM where the name was sold with several. */
  readonly name: string;
  /** The name without its VRAM, as drivers print it: models of one family differ in VRAM alone. */
  readonly family: string;
  readonly vendor: Vendor;
  readonly chip: string;
  readonly architecture: string;
  readonly releaseYear?: number;
  readonly vramBytes?: Bytes;
  /** `sold`: as the maker sold it; else what owners enable by flashing or unlocking. */
  readonly vramBasis: 'sold' | 'vbios-flash' | 'firmware-unlock';
  /** Peak, in bytes a second (1 GB/s = 10⁹). */
  readonly memoryBandwidthBytesPerSecond?: number;
  /** The maker's rated power of the whole board. */
  readonly boardPowerWatts?: number;
  /** The link as shipped; mining cards are held to generation 1. A riser may make it narrower. */
  readonly pcieLink?: PcieLink;
  readonly cudaComputeCapability?: number;
  readonly amdGfxTarget?: string;
  /** `vvvv:dddd` in lower case. One id may be shared by several models. */
  readonly pciIds: readonly string[];
  /** At boost clock, without any throttle. */
  readonly fp32Tflops?: number;
  /** FP16 without matrix units, in TFLOPS; absent where the chip has no faster FP16 than FP32. */
  readonly fp16Tflops?: number;
  /** FP16 by matrix units, dense, in TFLOPS. */
  readonly matrixFp16Tflops?: number;
  /** Dot products of four 8-bit numbers (DP4A and its like), in 10¹² operations a second; absent: the chip has none. */
  readonly int8DotTops?: number;
  readonly matrixUnits: Chip['matrixUnits'];
  /** A laptop's chip: it runs at lower power than the desktop card of the same name. */
  readonly isMobile?: boolean;
  /** What it hashed of Ethash, and at what power, once tuned for it. */
  readonly ethash?: { readonly hashesPerSecond: number; readonly powerWatts?: number; readonly source: string };
  readonly launchPriceUsd?: number;
  /** Sold for mining only: no display outputs. */
  readonly isMiningOnly: boolean;
  /** By how much the firmware as shipped slows it, where that was measured. */
  readonly stockThrottle?: StockThrottle;
  readonly throttleNote?: string;
  readonly note?: string;
  /** Where its figures come from, in words. */
  readonly sources: string;
}
