import { writeFileSync } from 'node:fs';

/** Cards that farms had, as HiveOS's agent names them, with VRAM in MiB and the bus-powered vendor. */
const cards = [
  ['Radeon RX 580', 'amd', 8192],
  ['Radeon RX 570', 'amd', 4096],
  ['GeForce GTX 1060', 'nvidia', 6072],
  ['GeForce GTX 1660 SUPER', 'nvidia', 5944],
  ['GeForce RTX 2060', 'nvidia', 5934],
  ['GeForce RTX 3060', 'nvidia', 12053],
  ['GeForce RTX 3060 Ti', 'nvidia', 7973],
  ['GeForce RTX 3070', 'nvidia', 7973],
  ['GeForce RTX 3080', 'nvidia', 10014],
  ['GeForce RTX 3090', 'nvidia', 24267],
  ['P104-100', 'nvidia', 4042],
  ['CMP 40HX', 'nvidia', 7979],
] as const;

/** The next number of a linear congruential generator (Numerical Recipes), 0 to 1. */
function nextOf(seed: { value: number }): number {
  seed.value = (Math.imul(seed.value, 1_664_525) + 1_013_904_223) >>> 0;
  return seed.value / 2 ** 32;
}

function rigMessages(rigNumber: number, cardCount: number, seed: { value: number }): readonly object[] {
  const own = Array.from({ length: cardCount }, (_, index) => {
    const [name, brand, mib] = cards[Math.floor(nextOf(seed) * cards.length)] ?? cards[0];
    return { busid: `${(index + 1).toString(16).padStart(2, '0')}:00.0`, name, brand, mem: `${mib} MB` };
  });
  const reading = (least: number, span: number) => own.map(() => String(least + Math.floor(nextOf(seed) * span)));
  const hello = {
    rig_id: rigNumber,
    addtime: '2026-11-01 08:00:00',
    gpu: own.map((card, index) => ({ ...card, uuid: `GPU-${rigNumber}-${index}`, plim_def: '200 W' })),
    cpu: { model: 'Intel(R) Celeron(R) CPU  J1800  @ 2.41GHz', cores: '2', aes: '0' },
    mb: { manufacturer: 'Onda', product: 'ONDA D1800 BTC V2.02' },
    disk_model: 'SanDisk Ultra Fit USB 30.8GB',
    nvidia_version: '535.129.03',
    amd_version: '5.11.0825',
  };
  const stats = {
    rig_id: rigNumber,
    temp: reading(50, 30),
    fan: reading(40, 50),
    power: reading(80, 120),
    mem: ['3821', '2402'],
    miner_stats: {
      hs: reading(25_000, 60_000),
      hs_units: 'khs',
      algo: 'ethash',
      bus_numbers: own.map((_, index) => String(index + 1)),
    },
    updatetime: '2026-11-01 08:05:00',
  };
  return [
    { method: 'hello', params: hello },
    { method: 'stats', params: stats },
  ];
}

/** Writes a farm of like rigs as HiveOS messages, one a line, from a seed; gives the file's size in bytes. */
export function writeMadeUpFarm(path: string, rigCount: number, cardsPerRig: number): number {
  const seed = { value: 1 };
  const lines = Array.from({ length: rigCount }, (_, index) => rigMessages(index + 1, cardsPerRig, seed))
    .flat()
    .map((message) => JSON.stringify(message));
  const text = `${lines.join('\n')}\n`;
  writeFileSync(path, text);
  return Buffer.byteLength(text);
}
