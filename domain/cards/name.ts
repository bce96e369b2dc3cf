/** What a card's printed name says: the names that it may mean, and the VRAM where the name tells it. */
export interface ParsedName {
  /** Keys of families, `rtx 3060 ti`; several where the name lists several (`RX 470/480/570`). */
  readonly keys: readonly string[];
  readonly vramGib?: number;
}

/** Words that vendors, drivers and shops put around a model's name, and that tell no model from another. */
const NOISE =
  /\b(nvidia|geforce|amd|ati|radeon|intel|corporation|advanced micro devices|inc|tesla|instinct|graphics|series|lite hash rate|lhr|tm|r)\b/g;

/** The longest name that is read; anything longer is no card's name. */
const LONGEST_NAME_CHARACTERS = 200;

/** Reads a card's name as drivers, HiveOS, lspci and shops print it: `GA106 [GeForce RTX 3060 Lite Hash Rate]`. */
export function parseName(name: string): ParsedName {
  const text = name.slice(0, LONGEST_NAME_CHARACTERS).toLowerCase();
  const bracketed = /\[([^\]]*)\]/.exec(text)?.[1];
  const outside = text.replace(/\[[^\]]*\]?/g, ' ');
  const vramGib = /\b(\d{1,3})\s?g[bi]b?\b/.exec(text)?.[1];
  const keys = [keyOf(outside), ...(bracketed === undefined ? [] : listedNames(bracketed).map(keyOf))];
  const named = { keys: [...new Set(keys)].filter((key) => key !== '') };
  return vramGib === undefined ? named : { ...named, vramGib: Number(vramGib) };
}

/** A name's key: lower case, without noise, VRAM and punctuation: `NVIDIA GeForce RTX 3060Ti` → `rtx 3060 ti`. */
export function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/\(r\)|\(tm\)|®|™/g, ' ')
    .replace(/[^a-z0-9]+/g, ' ')
    .replace(/\b(gtx|rtx|rx|cmp)(\d)/g, '$1 $2')
    .replace(/\b(\d{3,4})(ti|xtx|xt|super)\b/g, '$1 $2')
    .replace(/\b\d{1,3}\s?g[bi]b?\b/g, ' ')
    .replace(NOISE, ' ')
    .trim()
    .replace(/\s+/g, ' ');
}

/** `Radeon RX 470/480/570` → each name in full: what stands before the first number holds for those that follow. */
function listedNames(text: string): readonly string[] {
  const [first = '', ...others] = text.split('/');
  const prefix = /^\D*(?=\d)/.exec(first.replace(/\s+/g, ' '))?.[0] ?? '';
  return [first, ...others.map((other) => (/^\s*\d/.test(other) ? `${prefix}${other}` : other))];
}
