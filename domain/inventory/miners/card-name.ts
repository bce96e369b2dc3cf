import type { Vendor } from '../../cards.ts';
import { type Bytes, GIB, MIB } from '../../quantity.ts';
import { known, textOf } from '../fields.ts';

/** A card's name as a miner prints it, taken apart. */
export interface CardName {
  readonly name: string;
  readonly boardMaker?: string;
  /** Where the name ends in it: `GeForce GTX 1080 Ti 11178 MB`. */
  readonly vramBytes?: Bytes;
  readonly vendor?: Vendor;
}

/** Makers of boards, as GMiner and others put them before the chip's name. */
const MAKER = new RegExp(
  `^(${[
    'EVGA|ASUS|ASUSTeK|MSI|Micro-Star|Gigabyte|Zotac|Palit|Gainward|PNY|Inno3D|Galax|Galaxy|KFA2|Colorful|Leadtek',
    'Manli|Maxsun|Yeston|Sapphire|PowerColor|PC Partner|XFX|ASRock|HIS|VisionTek|BIOSTAR|Afox|Club 3D|Point of View',
    'Dell|HP|Lenovo|Hewlett-Packard|Acer|Elsa|Onda|Soyo|51RISC|Pine|Tul|Mllse|Jieshuo',
  ].join('|')})\\s+(?=.*(geforce|radeon|\\b[rg]tx?\\b|\\brx\\b|quadro|tesla|titan|\\bp10\\d|\\bcmp\\b|arc))`,
  'i',
);

/** `GeForce GTX 1080 Ti 11178 MB`: the driver's figure, which is no part of the name. */
const TRAILING_MIB = /\s+\(?(\d{3,6})\s?MB?\)?$/i;

/** `Radeon RX 580 8GB`, `P102-100 9.92 GB`: the driver's figure in GB; whole ones are part of some models' names. */
const TRAILING_GIB = /\s\(?(\d{1,3}(?:\.\d{1,2})?)\s?GB\)?$/i;

/** `(RADV POLARIS10)`, `(NVIDIA)`: the driver, as Vulkan's programs print it after the name. */
const DRIVER = /\s+\((?:radv|amdvlk|anv|nvk|llvm|aco|gfx|radeonsi|nvidia\)|amd |polaris|navi|vega)[^)]{0,80}\)?/gi;

/** Takes a printed name apart; undefined where there is none, or where it names a chip's target alone (`gfx900`). */
export function cardNameOf(value: unknown): CardName | undefined {
  const text = textOf(textOf(value)?.replace(DRIVER, ''));
  if (text === undefined || typeof value !== 'string' || /^(gfx[0-9a-f]{3,4}\S*|gpu\s?\d*|unknown)$/i.test(text)) {
    return undefined;
  }
  const maker = MAKER.exec(text)?.[1];
  const chip = maker === undefined ? text : text.slice(maker.length).trim();
  const mib = TRAILING_MIB.exec(chip);
  const gib = TRAILING_GIB.exec(chip);
  const isPart = mib === null && gib?.[1]?.includes('.') !== true;
  const name = isPart ? chip : chip.slice(0, (mib ?? gib)?.index).trim();
  return known({
    name,
    boardMaker: maker,
    vramBytes: amountOf(mib?.[1], MIB) ?? amountOf(gib?.[1], GIB),
    vendor: vendorOf(name),
  });
}

function amountOf(digits: string | undefined, unitBytes: Bytes): Bytes | undefined {
  return digits === undefined ? undefined : Math.round(Number(digits) * unitBytes);
}

const vendors: readonly (readonly [RegExp, Vendor])[] = [
  [/nvidia|geforce|quadro|tesla|titan|\b[rg]tx\b|\bp10\d-\d|\bcmp\b/i, 'nvidia'],
  [/\bamd\b|\bati\b|radeon|\brx[ _]?\d|vega|ellesmere|baffin|lexa|fiji|hawaii|tahiti|tonga|navi|instinct/i, 'amd'],
  [/\bintel\b|\barc\b/i, 'intel'],
];

/** Who made the chip, by the name that its driver prints. */
export function vendorOf(name: string): Vendor | undefined {
  return vendors.find(([pattern]) => pattern.test(name))?.[1];
}
