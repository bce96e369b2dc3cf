import type { CardRow } from './row.ts';

/** NVIDIA's mining cards, 2017 to 2021: no display outputs, and a link of PCIe generation 1 as shipped. */
export const nvidiaMining: readonly CardRow[] = [
  ['P106-090', 'GP106', 2017, 3, 192.2, 75, '1x1', '768x1531', '1c09', 'tpu ids'],
  ['P106-100', 'GP106', 2017, 6, 192.2, 120, '1x16', '1280x1709', '1c07', 'tpu ids ms'],
  ['P104-100', 'GP104', 2017, 4, 320.3, 180, '1x4', '1920x1733', '1b87', 'tpu ids ms'],
  ['P104-101', 'GP104', 2018, 4, 256.3, null, '1x4', '2560x1733', '1bc7', 'tpu ids'],
  ['P102-100', 'GP102', 2018, 5, 440.3, 250, '1x4', '3200x1683', '1b07', 'tpu ids ms'],
  ['CMP 30HX', 'TU116', 2021, 6, 336, 125, '1x4', 5.03, '2189', 'tpu fluid ids ms'],
  ['CMP 40HX', 'TU106', 2021, 8, 448, 185, '1x16', '2304x1650', '1f0b', 'tpu ids ms'],
  ['CMP 50HX', 'TU102', 2021, 10, 560, 250, '1x16', '3584x1545', '1e09', 'tpu ids ms'],
  ['CMP 70HX', 'GA104', 2021, 8, 608.3, null, '1x4', '6144x1395', '248a', 'tpu ids'],
  ['CMP 90HX', 'GA102', 2021, 10, 760.3, 320, '1x16', '6400x1710', '220d', 'tpu ids ms'],
  ['CMP 170HX', 'GA100', 2021, 8, 1493, 250, '1x4', '4480x1410', '2082 20c2', 'tpu fluid ids eth'],
  ['CMP 100-100', 'GP100', null, null, null, null, null, null, '15c2', 'ids'],
  ['CMP 100-200', 'GV100', null, null, null, null, null, null, '1d83 1dc1', 'ids'],
  ['CMP 100-210', 'GV100', 2021, 16, '4096x1.62', null, '1x1', '4352x1380', '1d84 1df4', 'falcon ids'],
];
