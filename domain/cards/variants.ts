import type { VramVariant } from './row.ts';

const WIKIPEDIA = 'vendors’ product lists as in Wikipedia’s tables of GPUs; not re-read for this catalogue';

function sold(name: string, vramGib: number, source = WIKIPEDIA, bandwidthGigabytesPerSecond?: number): VramVariant {
  const variant = { name, vramGib, basis: 'sold', source } as const;
  return bandwidthGigabytesPerSecond === undefined ? variant : { ...variant, bandwidthGigabytesPerSecond };
}

/** Names that were sold, flashed or unlocked with another amount of VRAM than the catalogue's row has. */
export const vramVariants: readonly VramVariant[] = [
  sold('GTX 960', 4),
  sold('RTX 3060', 8, WIKIPEDIA, 240),
  sold('P106-090', 6, 'gpus.csv: "a Manli 6 GB variant exists"'),
  { name: 'P104-100', vramGib: 8, basis: 'vbios-flash', source: 'gpus.csv; nvidia-smi capture 530.41 shows 8192 MiB' },
  { name: 'P102-100', vramGib: 10, basis: 'vbios-flash', source: 'gpus.csv; nvidia-smi shows 10156 MiB' },
  sold('CMP 170HX', 10, 'gpus.csv: "10 GB variant exists"'),
  { name: 'CMP 170HX', vramGib: 64, basis: 'firmware-unlock', source: 'It-Still-Boots/cmp-170hx-docs@1c1e8ea6' },
  sold('Tesla M40', 24),
  sold('RX 460', 4),
  sold('RX 470', 8, 'rig-outputs/hiveos-agent: a Sapphire RX 470 reports 8192 MB'),
  sold('RX 480', 4, WIKIPEDIA, 224),
  sold('RX 560', 2),
  sold('RX 570', 8),
  sold('RX 580', 4),
  sold('RX 5500 XT', 8),
  sold('Instinct MI50', 32),
  sold('R9 290X', 8),
];
