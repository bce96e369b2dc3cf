import type { CardRow } from './row.ts';

/** NVIDIA's professional and server cards. */
export const nvidiaProfessional: readonly CardRow[] = [
  ['Tesla M40', 'GM200', 2015, 12, 288.4, 250, '3x16', 6.84, '17fd', 'tpu wiki ids'],
  ['Tesla P4', 'GP104', 2016, 8, 192.3, 50, '3x16', 5.44, '1bb3', 'tpu wiki ids'],
  ['Tesla P40', 'GP102', 2016, 24, 345.6, 250, '3x16', 11.76, '1b38', 'tpu wiki ids'],
  ['Tesla P100 PCIe 16GB', 'GP100', 2016, 16, 732.2, 250, '3x16', '3584x1329', '15f8', 'tpu wiki ids ms'],
  ['Tesla V100 PCIe 16GB', 'GV100', 2017, 16, 897, 250, '3x16', '5120x1380', '1db4', 'tpu wiki fluid ids'],
  ['Tesla V100 SXM2 32GB', 'GV100', 2018, 32, 897, 300, '3x16', '5120x1530', '1db5', 'tpu wiki fluid ids'],
  ['Tesla T4', 'TU104', 2018, 16, 320, 70, '3x16', 8.14, '1eb8', 'tpu wiki fluid ids'],
  ['RTX A2000 6GB', 'GA106', 2021, 6, 288, 70, '4x16', 7.99, '2531', 'tpu wiki hf ids'],
  ['RTX A2000 12GB', 'GA106', 2021, 12, 288, 70, '4x16', 7.99, '2571', 'tpu wiki hf ids'],
  ['RTX A4000', 'GA104', 2021, 16, 448, 140, '4x16', 19.17, '24b0', 'tpu wiki fluid hf ids'],
  ['RTX A5000', 'GA102', 2021, 24, 768, 230, '4x16', 27.77, '2231', 'tpu wiki fluid hf ids'],
  ['RTX A6000', 'GA102', 2020, 48, 768, 300, '4x16', 38.71, '2230', 'tpu wiki fluid hf ids'],
  ['Quadro RTX 4000', 'TU104', 2018, 8, 416, 160, '3x16', 7.12, '1eb1', 'tpu wiki fluid ids'],
  ['Quadro RTX 5000', 'TU104', 2018, 16, 448, 230, '3x16', 11.15, '1eb0', 'tpu wiki fluid ids'],
  ['Quadro P2000', 'GP106', 2017, 5, 140.2, 75, '3x16', 3.01, '1c30', 'tpu wiki ids'],
  ['Quadro P5000', 'GP104', 2016, 16, 288.5, 180, '3x16', 8.87, '1bb0', 'tpu wiki ids'],
  ['A100 PCIe 80GB', 'GA100', 2021, 80, 1935, 300, '4x16', 19.5, '20b5', 'tpu wiki fluid ids'],
  ['H100 PCIe 80GB', 'GH100', 2022, 80, 2039, 350, '5x16', 51.2, '2331', 'hand wiki ids'],
  ['L4', 'AD104', 2023, 24, 300, 72, '4x16', 30.3, '27b8', 'hand wiki fluid hf ids'],
  ['L40S', 'AD102', 2023, 48, 864, 350, '4x16', 91.61, '26b9', 'hand fluid hf'],
];
