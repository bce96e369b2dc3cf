type Mined = readonly [
  rowName: string,
  megahashesPerSecond: number,
  powerWatts: number | null,
  sourceKey: 'ms' | 'eth',
];

const sourceNames = {
  ms: 'minerstat 2021, as in gpus.csv',
  eth: 'ethereum-emissions input/benchmarks.csv, the median of its rows',
} as const;

/** Speeds at Ethash once tuned for it. An RTX 3060 is at its limiter’s 25 MH/s, which later drivers lifted to about 48. */
const mined: readonly Mined[] = [
  ['GTX 1050 2GB', 12.53, null, 'ms'],
  ['GTX 1050 Ti', 14, 80, 'eth'],
  ['GTX 1060 3GB', 20.06, 101, 'ms'],
  ['GTX 1060 6GB', 20.06, 101, 'ms'],
  ['GTX 1070', 26.84, 135, 'ms'],
  ['GTX 1070 Ti', 28.72, 129, 'ms'],
  ['GTX 1080', 36.16, 128, 'ms'],
  ['GTX 1080 Ti', 45.68, 210, 'ms'],
  ['Titan Xp', 49.02, 252, 'ms'],
  ['Titan V', 74.37, null, 'ms'],
  ['P106-100', 21.3, 106, 'ms'],
  ['P104-100', 32.51, 122, 'ms'],
  ['P102-100', 44.55, 220, 'ms'],
  ['CMP 30HX', 26, 125, 'ms'],
  ['CMP 40HX', 36, 185, 'ms'],
  ['CMP 50HX', 45, 250, 'ms'],
  ['CMP 90HX', 86, 320, 'ms'],
  ['CMP 170HX', 165, 200, 'eth'],
  ['GTX 1650', 13.2, 54, 'ms'],
  ['GTX 1660', 21.46, 71, 'ms'],
  ['GTX 1660 SUPER', 26.49, 121, 'ms'],
  ['GTX 1660 Ti', 25.93, 109, 'ms'],
  ['RTX 2060', 27.56, 77, 'ms'],
  ['RTX 2060 SUPER', 37.18, 122, 'ms'],
  ['RTX 2070', 36.76, 124, 'ms'],
  ['RTX 2070 SUPER', 37.12, 148, 'ms'],
  ['RTX 2080', 37.22, 138, 'ms'],
  ['RTX 2080 SUPER', 44.54, 192, 'ms'],
  ['RTX 2080 Ti', 59.21, 150, 'ms'],
  ['RTX 2060 12GB', 31, 128, 'eth'],
  ['RTX 3060 12GB', 25, 100, 'ms'],
  ['RTX 3060 Ti', 60.21, 120, 'ms'],
  ['RTX 3070', 61.79, 117, 'ms'],
  ['RTX 3070 Ti', 58, 200, 'eth'],
  ['RTX 3080 10GB', 97.88, 224, 'ms'],
  ['RTX 3080 12GB', 95, 230, 'eth'],
  ['RTX 3080 Ti', 88, 245, 'eth'],
  ['RTX 3090', 121.16, 290, 'ms'],
  ['Tesla P100 PCIe 16GB', 44.85, 138, 'ms'],
  ['RX 460', 11.66, 41, 'ms'],
  ['RX 470', 31.57, 70, 'ms'],
  ['RX 480', 25.23, 71, 'ms'],
  ['RX 560', 10.27, 45, 'ms'],
  ['RX 570', 31.31, 80, 'ms'],
  ['RX 580', 32.74, 84, 'ms'],
  ['RX 590', 27.31, 163, 'ms'],
  ['RX Vega 56', 47.52, 165, 'ms'],
  ['RX Vega 64', 49.25, 170, 'ms'],
  ['Radeon VII', 104.6, 195, 'ms'],
  ['RX 5500 XT', 25.8, 55, 'ms'],
  ['RX 5600 XT', 37.86, 95, 'ms'],
  ['RX 5700', 50.99, 117, 'ms'],
  ['RX 5700 XT', 54.28, 91, 'ms'],
  ['RX 6600', 30, 128, 'eth'],
  ['RX 6600 XT', 32, 60, 'eth'],
  ['RX 6700 XT', 48, 180, 'eth'],
  ['RX 6800', 58.7, 167, 'ms'],
  ['RX 6800 XT', 59.39, 153, 'ms'],
  ['RX 6900 XT', 60.38, 148, 'ms'],
  ['R9 290X', 22, 290, 'eth'],
  ['R9 390', 29.26, 300, 'eth'],
  ['R9 Fury', 30, 220, 'eth'],
];

/** What a card hashed of Ethash, by the catalogue's row name. */
export const ethashByRow: ReadonlyMap<string, EthashFigure> = new Map(
  mined.map(([rowName, megahashes, powerWatts, key]) => {
    const figure = { hashesPerSecond: megahashes * 1e6, source: sourceNames[key] };
    return [rowName, powerWatts === null ? figure : { ...figure, powerWatts }];
  }),
);

/** Hashes a second, and the board's power at it where known. */
export interface EthashFigure {
  readonly hashesPerSecond: number;
  readonly powerWatts?: number;
  readonly source: string;
}
