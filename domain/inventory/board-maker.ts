/** Who builds boards around others' chips, by PCI vendor of the subsystem. Source: the PCI ID database of 2023-04-10. */
const makers: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '1002': 'AMD',
    '1028': 'Dell',
    '103c': 'HP',
    '1043': 'ASUS',
    '10b0': 'Gainward',
    '10de': 'NVIDIA',
    '1458': 'Gigabyte',
    '1462': 'MSI',
    '148c': 'PowerColor',
    '1569': 'Palit',
    '1642': 'Bitland',
    '1682': 'XFX',
    '174b': 'Sapphire',
    '1787': 'HIS',
    '17aa': 'Lenovo',
    '1849': 'ASRock',
    '1854': 'LG',
    '1b4c': 'KFA2',
    '1da2': 'Sapphire',
    '1eae': 'XFX',
    '196e': 'PNY',
    '19da': 'Zotac',
    '1acc': 'Point of View',
    '3842': 'EVGA',
    '7377': 'Colorful',
  }),
);

/** Who built a card's board, by its subsystem `vvvv:dddd`; undefined for a maker that is not known. */
export function boardMakerOf(subsystemId: string | undefined): string | undefined {
  return subsystemId === undefined ? undefined : makers.get(subsystemId.slice(0, 4));
}

/** How lists of PCI vendors, and tools that use them, write these makers. */
const written: readonly (readonly [RegExp, string])[] = [
  [/\bsapphire\b|pc partner/i, 'Sapphire'],
  [/micro-star|\bmsi\b/i, 'MSI'],
  [/asustek|\basus\b/i, 'ASUS'],
  [/giga-?byte/i, 'Gigabyte'],
  [/\btul corp|powercolor/i, 'PowerColor'],
  [/\bxfx\b|pine technology/i, 'XFX'],
  [/\bzotac\b/i, 'Zotac'],
  [/\bpalit\b/i, 'Palit'],
  [/\bevga\b/i, 'EVGA'],
  [/\bgainward\b/i, 'Gainward'],
  [/\bcolorful\b/i, 'Colorful'],
  [/\basrock\b/i, 'ASRock'],
  [/\bpny\b/i, 'PNY'],
  [/hightech information/i, 'HIS'],
];

/** Who built a card's board, by a label such as `Sapphire Technology Limited Nitro+ RX 580`. */
export function boardMakerOfLabel(label: string | undefined): string | undefined {
  return label === undefined ? undefined : written.find(([pattern]) => pattern.test(label.slice(0, 200)))?.[1];
}
