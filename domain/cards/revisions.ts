/**
 * Families by PCI revision, where one PCI id is shared: `e7 RX 580` is revision e7. A revision without a name is a
 * product that the catalogue lacks (a laptop's chip, a board for one maker). Source: amdgpu.ids of libdrm, November
 * 2026; Vega 56 and 64, Fury X, Fury and Nano, which it prints alike, by board makers' listings.
 */
const revisions: Readonly<Record<string, string>> = {
  '66a1': '02 Instinct MI50|02 Instinct MI60|06 Pro VII',
  '66af': 'c1 Radeon VII',
  '67b0': '00 R9 290X|80 R9 390X',
  '67b1': '00 R9 290|80 R9 390',
  '67df':
    'c0|c1 RX 580|c2 RX 570|c3 RX 580|c4 RX 480|c5 RX 470|c6 RX 570|c7 RX 480|cf RX 470|d7 RX 470|e0 RX 470|e1 RX 590|' +
    'e7 RX 580|eb|ef RX 570|f7|ff RX 470',
  '67ef': 'c1 RX 460|c2|c5 RX 460|cf RX 460|e0 RX 560|e2|e5 RX 560|e7 RX 560|ef RX 550 640SP|ff RX 460',
  '67ff': 'c0|c1 RX 560|cf RX 560|ef RX 560|ff RX 550 640SP',
  '6810': '00 R9 270X|81',
  '6811': '00 R9 270|81',
  '6863': '00 Vega Frontier Edition',
  '687f': 'c0 RX Vega 64|c1 RX Vega 64|c3 RX Vega 56',
  '6938': 'f1 R9 380X',
  '6939': '00 R9 285|f0 R9 285|f1 R9 380',
  '699f': '81|c0|c1|c3|c7 RX 550|c9',
  '6fdf': 'e7 RX 590 GME|ef RX 580 2048SP',
  '7300': 'c1|c8 R9 Fury X|c9|ca R9 Nano|cb R9 Fury',
  '731f': 'c0 RX 5700 XT|c1 RX 5700 XT|c2|c3|c4 RX 5700|c5 RX 5700 XT|ca RX 5600 XT|cb',
  '7340': 'c1|c3|c5 RX 5500 XT|c7 RX 5500|c9 RX 5500 XT|cf RX 5300',
  '73bf': 'c0 RX 6900 XT|c1 RX 6800 XT|c3 RX 6800',
  '73df':
    'c0 RX 6750 XT|c1 RX 6700 XT|c2|c3|c5 RX 6700 XT|cf|d5 RX 6750 GRE 12GB|d7|df RX 6700|e5 RX 6750 GRE 12GB|ff RX 6700',
  '73ef': 'c0|c1 RX 6650 XT|c2|c3|c4',
  '73ff': 'c1 RX 6600 XT|c3|c7 RX 6600|cb|cf|df RX 6750 GRE 10GB',
  '740c': '01 Instinct MI250|01 Instinct MI250X',
  '743f': 'c1 RX 6500 XT|c3|c7 RX 6400|c8|cc|ce|cf|d3|d7 RX 6400',
  '744c': 'c8 RX 7900 XTX|cc RX 7900 XT|ce RX 7900 GRE|cf',
  '747e': 'c8 RX 7800 XT|d8|db|ff RX 7700 XT',
  '7480': '00 Pro W7600|c0 RX 7600 XT|c1|c2|c3|c7|cf RX 7600',
  '7550': 'c0 RX 9070 XT|c2 RX 9070 GRE|c3 RX 9070',
  '7551': 'c0 AI PRO R9700|c8',
  '7590': 'c0 RX 9060 XT|c1 RX 9060 XT|c7 RX 9060',
};

/**
 * The families that a PCI id has at a revision: none where it is another product, undefined where the revision does
 * not tell. Both in lower case, `1002:67df` and `e7`.
 */
export function familiesAtRevision(pciId: string, revision: string): readonly string[] | undefined {
  const listed = pciId.startsWith('1002:') ? revisions[pciId.slice(5)] : undefined;
  const entries = (listed ?? '').split('|').filter((entry) => entry.startsWith(revision) && revision.length === 2);
  if (entries.length === 0) return undefined;
  return entries.map((entry) => entry.slice(3)).filter((family) => family !== '');
}
