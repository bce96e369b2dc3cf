import type { CardRow } from './row.ts';

/** GeForce RTX of 2022 and later beside those of the collected table, and RTX PRO Blackwell. */
export const geForceNew: readonly CardRow[] = [
  ['RTX 3050 6GB', 'GA107', 2024, 6, '96x14', 70, '4x8', '2304x1470', '2584', 'spec ids'],
  ['RTX 3060 Ti GDDR6X', 'GA104', 2022, 8, '256x19', 200, '4x16', '4864x1665', '24c9', 'spec ids'],
  ['RTX 3080 Ti 20GB', 'GA102', 2022, 20, '320x19', 350, '4x16', '10240x1665', '2205', 'spec ids'],
  ['RTX 4090 D', 'AD102', 2023, 24, '384x21', 425, '4x16', '14592x2520', '2685', 'spec ids'],
  ['RTX 5050', 'GB207', 2025, 8, '128x20', 130, '5x8', '2560x2572', '2d83', 'spec ids'],
  ['RTX 5060', 'GB206', 2025, 8, '128x28', 145, '5x8', '3840x2497', '2d05', 'spec ids'],
  ['RTX 5060 Ti 8GB', 'GB206', 2025, 8, '128x28', 180, '5x8', '4608x2572', '2d04', 'spec ids'],
  ['RTX 5060 Ti 16GB', 'GB206', 2025, 16, '128x28', 180, '5x8', '4608x2572', '2d04', 'spec ids'],
  ['RTX 5070', 'GB205', 2025, 12, '192x28', 250, '5x16', '6144x2512', '2f04', 'spec ids'],
  ['RTX 5070 Ti', 'GB203', 2025, 16, '256x28', 300, '5x16', '8960x2452', '2c05', 'spec ids'],
  ['RTX 5080', 'GB203', 2025, 16, '256x30', 360, '5x16', '10752x2617', '2c02', 'spec ids'],
  ['RTX 5090', 'GB202', 2025, 32, '512x28', 575, '5x16', '21760x2407', '2b85', 'spec ids'],
  ['RTX PRO 2000 Blackwell', 'GB206', 2025, 16, '128x18', 70, '5x8', '4352x1950', '2d30', 'spec ids'],
  ['RTX PRO 4000 Blackwell', 'GB203', 2025, 24, '192x28', 140, '5x16', '8960x2617', '2c34', 'spec ids'],
  ['RTX PRO 4500 Blackwell', 'GB203', 2025, 32, '256x28', 200, '5x16', '10496x2617', '2c31', 'spec ids'],
  ['RTX PRO 5000 Blackwell', 'GB202', 2025, 48, '384x28', 300, '5x16', '14080x2617', '2bb3', 'spec ids'],
  ['RTX PRO 6000 Blackwell Workstation', 'GB202', 2025, 96, '512x28', 600, '5x16', '24064x2617', '2bb1', 'spec ids'],
  ['RTX PRO 6000 Blackwell Max-Q', 'GB202', 2025, 96, '512x28', 300, '5x16', '24064x2280', '2bb4', 'spec ids'],
  ['RTX PRO 6000 Blackwell Server', 'GB202', 2025, 96, '512x25', 600, '5x16', '24064x2430', '2bb5', 'spec ids'],
];
