import type { CardModel } from '../cards.ts';

/**
 * Bits of a family's memory bus, as its maker's specification has it (TechPowerUp's GPU database, by general knowledge).
 * With the model's bandwidth it gives the shipped clock. Families that were sold with two widths or two speeds of memory
 * are left out: GTX 1060 and 1080, RTX 3060, 3060 Ti, 3080 and 3080 Ti, RX 470, RX 5600 XT.
 */
const busBits: Readonly<Record<string, number>> = {
  ...families(128, ['GTX 1050 Ti', 'GTX 1650 SUPER', 'RX 460', 'RX 560', 'RX 5500 XT', 'RX 6600', 'RX 6600 XT']),
  ...families(128, ['RX 6650 XT', 'RX 7600', 'RTX 4060', 'RTX 4060 Ti', 'GTX 960']),
  ...families(192, ['P106-100', 'P106-090', 'GTX 1660', 'GTX 1660 SUPER', 'GTX 1660 Ti', 'CMP 30HX']),
  ...families(192, ['RTX 2060', 'RX 6700 XT', 'RX 6750 XT', 'RTX 4070', 'RTX 4070 SUPER', 'RTX 4070 Ti']),
  ...families(256, ['GTX 1070', 'GTX 1070 Ti', 'P104-100', 'P104-101', 'GTX 980']),
  ...families(256, ['RTX 2060 SUPER', 'RTX 2070', 'RTX 2070 SUPER', 'RTX 2080', 'RTX 2080 SUPER', 'CMP 40HX']),
  ...families(256, ['RTX 3070', 'RTX 3070 Ti', 'RTX A4000', 'RTX 4080', 'RTX 4080 SUPER']),
  ...families(256, ['RX 480', 'RX 570', 'RX 580', 'RX 590', 'RX 5700', 'RX 5700 XT']),
  ...families(256, ['RX 6800', 'RX 6800 XT', 'RX 6900 XT', 'RX 6950 XT', 'RX 7800 XT']),
  ...families(320, ['P102-100', 'CMP 50HX', 'CMP 90HX', 'RX 7900 XT']),
  ...families(352, ['GTX 1080 Ti', 'RTX 2080 Ti']),
  ...families(384, ['Titan Xp', 'RTX 3090', 'RTX 3090 Ti', 'RTX 4090', 'RX 7900 XTX', 'Tesla P40']),
  ...families(2048, ['RX Vega 56', 'RX Vega 64']),
  ...families(4096, ['Radeon VII', 'Instinct MI50']),
};

function families(bits: number, names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [name, bits]));
}

/** Memory that AMD's tools count once for four or sixteen transfers of a line; NVIDIA's always once for two. */
const gddr5Architectures: ReadonlySet<string> = new Set(['GCN 1', 'GCN 2', 'GCN 4 (Polaris)']);
const hbmArchitectures: ReadonlySet<string> = new Set(['GCN 3', 'GCN 5 (Vega)', 'CDNA 1', 'CDNA 2']);

const clocks = new Map<CardModel, number | undefined>();

/**
 * The memory clock that a model ships with, in MHz as its driver prints it (7001 of an RTX 3070 with 14 Gbit/s a line,
 * 2000 of an RX 580 with 8). Undefined where bus or bandwidth are not known.
 */
export function shippedMemoryClockMhz(model: CardModel): number | undefined {
  if (!clocks.has(model)) clocks.set(model, reckonedClockMhz(model));
  return clocks.get(model);
}

function reckonedClockMhz(model: CardModel): number | undefined {
  const bits = busBits[model.family];
  const bandwidth = model.memoryBandwidthBytesPerSecond;
  if (bits === undefined || bandwidth === undefined) return undefined;
  const transfersPerClock = model.vendor === 'amd' ? amdTransfersPerClock(model.architecture) : 2;
  return Math.round((bandwidth * 8) / bits / transfersPerClock / 1e6);
}

function amdTransfersPerClock(architecture: string): number {
  if (gddr5Architectures.has(architecture)) return 4;
  return hbmArchitectures.has(architecture) ? 2 : 16;
}
