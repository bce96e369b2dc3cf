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
