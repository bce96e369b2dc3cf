/**
 * Families by the board's own id, `PCI device/subsystem`, where one PCI id is shared. A board maker may reuse an id, so
 * this only chooses among what the rest leaves. Source: pci.ids of 2023-04-11.
 */
const boards: Readonly<Record<string, string>> = {
  'HD 7970':
    '6798/1002:3000 6798/1043:041c 6798/1043:0420 6798/1043:0444 6798/1043:0448 6798/1043:044a 6798/1043:044c ' +
    '6798/1092:3000 6798/1458:2261 6798/1462:2774 6798/1682:3211 6798/1682:3213 6798/1682:3214 6798/1787:201c ' +
    '6798/1787:3000',
  'R9 280X': '6798/1002:3001 6798/1043:3001 6798/1043:3006 6798/1458:3001 6798/1682:3001',
  'R9 280': '679a/174b:a003',
  'R9 390X':
    '67b0/1028:0b00 67b0/103c:6566 67b0/1043:04d7 67b0/1043:04db 67b0/1043:04df 67b0/1043:04e9 67b0/1458:22bc ' +
    '67b0/1462:2015 67b0/148c:2357 67b0/1682:9395 67b0/174b:0e34 67b0/174b:e324 67b0/1787:2357',
  'R9 290X':
    '67b0/1043:046a 67b0/1043:046c 67b0/1043:0474 67b0/1458:227c 67b0/1458:2281 67b0/1458:228c 67b0/1458:228d ' +
    '67b0/1458:2290 67b0/1462:3070 67b0/1462:3071 67b0/1462:3072 67b0/1462:3080 67b0/1462:3082 67b0/148c:2347 ' +
    '67b0/1682:9290 67b0/174b:e282 67b0/174b:e285 67b0/1787:2020',
  'R9 390': '67b0/1458:22c1 67b1/1043:04dd 67b1/148c:2358 67b1/174b:e324',
  'RX 480':
    '67df/1002:0b37 67df/1043:04a8 67df/1043:04fb 67df/1043:04fd 67df/1462:3413 67df/1462:809e 67df/148c:2372 ' +
    '67df/1682:9480 67df/1787:a480',
  'RX 580':
    '67df/103c:840e 67df/1462:3418 67df/1462:8a92 67df/148c:2377 67df/148c:2378 67df/1682:9588 67df/1682:c580 ' +
    '67df/1849:5001 67df/1849:5030 67df/1da2:e387',
  'RX 470': '67df/1043:04b0 67df/1462:3411 67df/148c:2373 67df/1682:9470 67df/174b:e349 67df/1787:a470',
  'RX 590': '67df/1043:056a 67df/148c:2391 67df/1682:9587',
  'RX 570':
    '67df/1458:22f0 67df/1458:22f7 67df/1462:3416 67df/1462:341b 67df/1462:341e 67df/148c:2379 67df/1682:c570 ' +
    '67df/1da2:e353',
  'RX 460': '67ef/103c:3421',
  'RX 560':
    '67ef/1043:0561 67ff/1002:0b04 67ff/1043:04bc 67ff/1043:052f 67ff/1458:22ed 67ff/148c:2381 67ff/1682:9560 ' +
    '67ff/1da2:e348',
  'RX 550 640SP': '67ff/1da2:e367',
  'RX Vega 64': '687f/1002:0b36 687f/1002:6b76 687f/1043:04c4',
  'RX Vega 56': '687f/1458:230c 687f/1da2:e376',
  'R9 380X': '6938/1043:04f5 6938/1043:04f7 6938/1458:22c8 6938/148c:2350 6938/1682:9385 6938/174b:e308 6938/17af:2006',
  'R9 380': '6939/1462:2015 6939/148c:9380 6939/174b:e308',
  'R9 285': '6939/174b:e315',
  'RX 550': '699f/148c:2380 699f/1da2:e367',
  'R9 Fury': '7300/1043:049e 7300/174b:e329',
  'R9 Fury X': '7300/1043:04a0',
  'RX 5700 XT': '731f/1002:0b36 731f/1458:2313 731f/148c:2398 731f/1682:5701 731f/1da2:e410',
  'RX 5600 XT': '731f/1458:231d 731f/1849:5120 731f/1da2:e411',
  'RX 6900 XT': '73bf/1002:0e3a 73bf/148c:2408 73bf/1da2:440f 73bf/1eae:6901',
  'RX 6800 XT': '73bf/1da2:438e 73bf/1eae:6701',
  'RX 6800': '73bf/1da2:e437',
  'RX 6750 XT': '73df/1458:2408',
  'RX 6700 XT': '73df/1849:5219 73df/1eae:6601',
  'RX 6700': '73df/1da2:e445',
  'RX 6600': '73ff/1462:5022 73ff/1849:5218',
  'RX 6600 XT': '73ff/148c:2412',
};

const familyByBoard: ReadonlyMap<string, string> = new Map(
  Object.entries(boards).flatMap(([family, ids]) => ids.split(' ').map((id) => [id, family] as const)),
);

/** NVIDIA's own list of boards, open-gpu-kernel-modules README of 2026. */
const nvidiaBoards: Readonly<Record<string, string>> = {
  '25b6/14a9': 'A16',
  '25b6/157e': 'A2',
  '2bb3/204d': 'RTX PRO 5000 Blackwell 48GB',
  '2bb3/227a': 'RTX PRO 5000 Blackwell 72GB',
};

/** The family or model of a board, or undefined where the tables lack it. Both ids as `vvvv:dddd` in lower case. */
export function familyOfBoard(pciId: string, subsystemId: string): string | undefined {
  if (pciId.startsWith('10de:')) return nvidiaBoards[`${pciId.slice(5)}/${subsystemId.slice(5)}`];
  return pciId.startsWith('1002:') ? familyByBoard.get(`${pciId.slice(5)}/${subsystemId}`) : undefined;
}
