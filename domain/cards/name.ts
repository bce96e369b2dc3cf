/** A card that a name may mean: its key, and the VRAM where the name tells it. */
export interface NamedCard {
  /** `rtx 3060 ti`. */
  readonly key: string;
  readonly vramGib?: number;
  /** Cut by the tool that printed it, as nvidia-smi's table cuts `GeForce RTX 2080 ...`: the key only begins as the name does. */
  readonly isCut?: boolean;
}

/** What a card's printed name says. */
export interface ParsedName {
  /** Keys by which two printed names are compared: a laptop's chip has also the key of the desktop card. */
  readonly keys: readonly string[];
  /** Several where the name lists several: `RX 470/480/570`. */
  readonly cards: readonly NamedCard[];
  /** What stands in parentheses or is the chip's own name: read only where nothing else tells the card. */
  readonly asides: readonly string[];
  /** `10de:1c07`, where the name carries it as lspci prints it. */
  readonly pciId?: string;
  /** Printed as pci.ids has it, `GP106 [P106-100]`: looked up by the PCI id, in a table as old as the system. */
  readonly isLookedUp: boolean;
  /** What the name says of a mining card's firmware. */
  readonly firmware?: 'stock' | 'unlocked';
}

/** Words that vendors, drivers and shops put around a model's name, and that tell no model from another. */
const NOISE =
  /\b(nvidia|geforce|amd|ati|radeon|intel|corporation|advanced micro devices|inc|tesla|instinct|graphics|series|generation|edition|adapter|card|gpu|radv|lite hash rate|lhr|oem|dual slot|rev( [a2])?|hbm2e?|tm|r)\b/g;

/** Makers of boards and their lines, which tell no model either. */
const BOARDS =
  /\b(asus|msi|gigabyte|evga|zotac|palit|gainward|inno3d|pny|galax|kfa2|colorful|manli|sapphire|powercolor|xfx|asrock|his|yeston|biostar|nitro|pulse|red (devil|dragon)|rog|strix|tuf|dual|ventus|gaming( (x|z|pro))?( trio)?|aorus|eagle|windforce|ftw3|xc3|armor|mech|challenger|hellhound|fighter|merc|swft|qick|speedster|founders|[123]x|oc)\b/g;

/** The longest name that is read; anything longer is no card's name. */
const LONGEST_NAME_CHARACTERS = 200;

const PCI_ID = /^[0-9a-f]{4}:[0-9a-f]{4}$/;
const AMOUNT = /(?<![\da-z.])(\d{1,3})\s?g(?:i?b)?\b/g;

/** Reads a card's name as drivers, HiveOS, lspci and shops print it: `GA106 [GeForce RTX 3060 Lite Hash Rate]`. */
export function parseName(name: string): ParsedName {
  const text = name
    .slice(0, LONGEST_NAME_CHARACTERS)
    .toLowerCase()
    .replace(/^\s*\d+\s?x\s+/, '')
    .replace(/\(r\)|\(tm\)|®|™/g, ' ');
  const bracketed = [...text.matchAll(/\[([^\]]*)\]/g)].map(([, inside = '']) => inside.trim());
  const asides = [...text.matchAll(/\(([^)]*)\)/g)].map(([, inside = '']) => inside);
  const outside = text.replace(/\[[^\]]*\]?/g, ' ').replace(/\((?!(?:pascal|maxwell)\))[^)]*\)?/g, ' ');
  const inside = bracketed.filter((part) => !/^[0-9a-f]{4}(:|$)/.test(part));
  const listed = [outside, ...inside].flatMap(listedNames);
  const pciId = bracketed.find((part) => PCI_ID.test(part));
  const firmware = firmwareOf(asides);
  const isCut = /(\.\.\.|…)\s*$/.test(text);
  const cards = listed
    .map(namedCardOf)
    .filter(({ key }) => key !== '')
    .map((card) => (isCut ? { ...card, isCut } : card));
  return {
    keys: [...new Set(cards.flatMap(({ key }) => comparedKeysOf(key)))],
    cards,
    asides: asides.flatMap((aside) => aside.split(/[,/]/)).map(keyOf),
    isLookedUp: inside.length > 0,
    ...(pciId === undefined ? {} : { pciId }),
    ...(firmware === undefined ? {} : { firmware }),
  };
}

function comparedKeysOf(key: string): readonly string[] {
  const bare = key.replace(/ series$/, '');
  return [bare, bare.replace(/ (mobile|max q)$/, '')];
}

function firmwareOf(asides: readonly string[]): ParsedName['firmware'] {
  if (asides.some((aside) => aside.includes('unlock'))) return 'unlocked';
  return asides.some((aside) => /\bstock\b/.test(aside)) ? 'stock' : undefined;
}

function namedCardOf(text: string): NamedCard {
  const amounts = new Set([...text.matchAll(AMOUNT)].map(([, amount]) => Number(amount)));
  const [vramGib] = amounts;
  const isSeries = /\bseries\b/.test(text);
  const bare = keyOf(text);
  const key = isSeries && bare !== '' ? `${bare} series` : bare;
  return vramGib === undefined || amounts.size > 1 ? { key } : { key, vramGib };
}

/** A name's key: lower case, without noise, VRAM and punctuation: `NVIDIA GeForce RTX 3060Ti` → `rtx 3060 ti`. */
export function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/\(r\)|\(tm\)|®|™/g, ' ')
    .replace(AMOUNT, ' ')
    .replace(/[^a-z0-9]+/g, ' ')
    .replace(/\b(gtx|rtx|rx|cmp|vega|arc|quadro|radeon|geforce)(\d)/g, '$1 $2')
    .replace(/\b(\d{3,4})(ti|xtx|xt|super|gre)(?=super|\b)/g, '$1 $2 ')
    .replace(/\b(16[56]0|20[678]0)s\b/g, '$1 super')
    .replace(/\b(laptop gpu|laptop|notebook)\b/g, 'mobile')
    .replace(/\b(with )?max q( design)?\b/g, 'max q')
    .replace(/\bquadro (?!rtx)/g, ' ')
    .replace(NOISE, ' ')
    .replace(BOARDS, ' ')
    .trim()
    .replace(/\s+/g, ' ');
}

/** `480` after `RX 470` → `RX 480`; `Ti` after `GTX 1070` → `GTX 1070 Ti`; `090` after `P106-100` → `P106-090`. */
function inFull(first: string, prefix: string, other: string): string {
  const dashed = /^(.*?p\d{3}-)\d{3}\s*$/.exec(first)?.[1];
  if (dashed !== undefined && /^\s*\d{3}\s*$/.test(other)) return `${dashed}${other.trim()}`;
  if (/^\s*\d/.test(other)) return `${prefix} ${other}`;
  return /^\s*(ti|super|xt|xtx)\b/.test(other) ? `${first} ${other}` : other;
}

/**
 * `Radeon RX 470/480/570` → each name in full: what stands before the first word that begins with a digit holds for
 * those that follow and begin with one. `A + B` are two cards.
 */
function listedNames(text: string): readonly string[] {
  const [first = '', ...others] = text.split(/\/|\s\+\s/);
  const prefix = /^.*?(?=(?:^|\s)\d)/.exec(first)?.[0] ?? '';
  const laptop = /^(.*?)\s+(?:mobile|max-q)\s*\/\s*(?:mobile|max-q)\b/.exec(text)?.[1];
  if (laptop !== undefined) return [`${laptop} mobile`, `${laptop} max-q`];
  const isSeries = /\bseries\b/.test(text);
  const names = [first, ...others.map((other) => inFull(first, prefix, other))];
  return isSeries ? names.map((name) => (name.includes('series') ? name : `${name} series`)) : names;
}
