import type { CardRow } from './row.ts';

/** NVIDIA's mining cards, 2017 to 2021: no display outputs, and a link of PCIe generation 1 as shipped. */
export const nvidiaMining: readonly CardRow[] = [
  ['P106-090', 'GP106', 2017, 3, 192.2, 75, '1x1', 2.08, '1c09', 'tpu ids'],
  ['P106-100', 'GP106', 2017, 6, 192.2, 120, '1x16', 3.86, '1c07', 'tpu ids ms'],
  ['P104-100', 'GP104', 2017, 4, 320.3, 180, '1x4', 6.17, '1b87', 'tpu ids ms'],
  ['P104-101', 'GP104', 2018, 4, 256.3, null, '1x4', 7.71, '1bc7', 'tpu ids'],
  ['P102-100', 'GP102', 2018, 5, 440.3, 250, '1x4', 10.12, '1b07', 'tpu ids ms'],
  ['CMP 30HX', 'TU116', 2021, 6, 336, 125, '1x4', 5.03, '2189', 'tpu fluid ids ms'],
  ['CMP 40HX', 'TU106', 2021, 8, 448, 185, '1x16', 6.77, '1f0b', 'tpu ids ms'],
  ['CMP 50HX', 'TU102', 2021, 10, 560, 250, '1x16', 9.68, '1e09', 'tpu ids ms'],
  ['CMP 70HX', 'GA104', 2021, 8, 608.3, null, '1x4', 16.77, '248a', 'tpu ids'],
  ['CMP 90HX', 'GA102', 2021, 10, 760.3, 320, '1x16', 19.2, '220d', 'tpu ids ms'],
  ['CMP 170HX', 'GA100', 2021, 8, 1493, 250, '1x4', 6.32, '2082 20c2', 'tpu fluid ids eth'],
  ['CMP 100-210', 'GV100', null, null, null, null, null, null, '1d84', 'ids'],
];
