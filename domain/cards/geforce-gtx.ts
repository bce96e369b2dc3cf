import type { CardRow } from './row.ts';

/** GeForce GTX and Titan, 2014 to 2019. */
export const geForceGtx: readonly CardRow[] = [
  ['GTX 960', 'GM206', 2015, 2, 112.2, 120, '3x16', 2.41, '1401 1406', 'tpu wiki ids'],
  ['GTX 970', 'GM204', 2014, 4, 224.4, 145, '3x16', 3.92, '13c2', 'tpu wiki fluid ids'],
  ['GTX 980', 'GM204', 2014, 4, 224.4, 165, '3x16', 4.98, '13c0', 'tpu wiki fluid ids'],
  ['GTX 980 Ti', 'GM200', 2015, 6, 336.6, 250, '3x16', 6.05, '17c8', 'tpu wiki fluid ids'],
  ['GTX 1050 2GB', 'GP107', 2016, 2, 112.1, 75, '3x16', 1.86, '1c81', 'tpu wiki ids ms'],
  ['GTX 1050 Ti', 'GP107', 2016, 4, 112.1, 75, '3x16', 2.14, '1c82', 'tpu wiki ids eth'],
  ['GTX 1060 3GB', 'GP106', 2016, 3, 192.2, 120, '3x16', 3.94, '1b84 1c02', 'tpu wiki ids ms'],
  ['GTX 1060 6GB', 'GP106', 2016, 6, 192.2, 120, '3x16', 4.38, '1b83 1c03 1c06', 'tpu wiki fluid ids ms'],
  ['GTX 1070', 'GP104', 2016, 8, 256.3, 150, '3x16', 6.46, '1b81', 'tpu wiki ids ms'],
  ['GTX 1070 Ti', 'GP104', 2017, 8, 256.3, 180, '3x16', 8.19, '1b82', 'tpu wiki ids ms'],
  ['GTX 1080', 'GP104', 2016, 8, 320.3, 180, '3x16', 8.87, '1b80', 'tpu wiki fluid ids ms'],
  ['GTX 1080 Ti', 'GP102', 2017, 11, 484.4, 250, '3x16', 11.34, '1b06', 'tpu wiki fluid ids ms'],
  ['Titan Xp', 'GP102', 2017, 12, 547.6, 250, '3x16', 12.15, '1b02', 'tpu wiki fluid ids ms'],
  ['Titan V', 'GV100', 2017, 12, 651.3, 250, '3x16', 14.9, '1d81', 'tpu fluid ids ms'],
  ['GTX 1650', 'TU117', 2019, 4, 128.1, 75, '3x16', 2.98, '1f82', 'tpu wiki ids ms'],
  ['GTX 1650 SUPER', 'TU116', 2019, 4, 192, 100, '3x16', 4.42, '2187', 'tpu wiki ids ms'],
  ['GTX 1660', 'TU116', 2019, 6, 192.1, 120, '3x16', 5.03, '2184', 'tpu wiki fluid hf ids ms'],
  ['GTX 1660 SUPER', 'TU116', 2019, 6, 336, 125, '3x16', 5.03, '1f09 21c4', 'tpu wiki fluid ids ms'],
  ['GTX 1660 Ti', 'TU116', 2019, 6, 288, 120, '3x16', 5.44, '2182', 'tpu wiki fluid ids ms'],
];
