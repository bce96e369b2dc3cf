/** Who builds boards around others' chips, by PCI vendor of the subsystem. Source: the PCI ID database of 2023-04-10. */
const makers: Readonly<Record<string, string>> = {
  '1002': 'AMD',
  '1043': 'ASUS',
  '10de': 'NVIDIA',
  '1458': 'Gigabyte',
  '1462': 'MSI',
  '148c': 'PowerColor',
  '1569': 'Palit',
  '1682': 'XFX',
  '174b': 'Sapphire',
  '1787': 'HIS',
  '1849': 'ASRock',
  '196e': 'PNY',
  '19da': 'Zotac',
  '1da2': 'Sapphire',
  '3842': 'EVGA',
  '7377': 'Colorful',
};

/** Who built a card's board; undefined for a maker that is not known. */
export function boardMakerOf(subsystemVendorId: string | undefined): string | undefined {
  return subsystemVendorId === undefined ? undefined : makers[subsystemVendorId];
}
