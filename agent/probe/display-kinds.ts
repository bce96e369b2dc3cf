import { type Bytes, formatBytes, GIB } from '@rerig/domain/quantity';
import type { PciGraphics } from './pci.ts';
import type { Display } from './report.ts';

/** Graphics that hypervisors draw, by PCI vendor. Source: the PCI ID database of 2023-04-10; 1234 is QEMU's own choice. */
const virtualVendors: Readonly<Record<string, string>> = {
  '1013': 'Cirrus Logic, as QEMU draws it',
  '1234': 'QEMU standard VGA',
  '1414': 'Microsoft Hyper-V',
  '15ad': 'VMware SVGA',
  '1ab8': 'Parallels',
  '1af4': 'virtio',
  '1b36': 'QXL',
  '5853': 'Xen',
  '80ee': 'VirtualBox',
};

/** Graphics of a server board's remote console. */
const boardVendors: Readonly<Record<string, string>> = {
  '102b': 'Matrox',
  '18ca': 'XGI',
  '1a03': 'ASPEED',
};

const cardVendors = { nvidia: '10de', amd: '1002', intel: '8086' } as const;

/** AMD cards were sold with 2 GB and more since 2012; processors lend their graphics 512 MB as shipped. */
const LEAST_CARD_VRAM_BYTES = 1.5 * GIB;

/** Who made the chip of a card; undefined for a maker of whom no cards are known that could work. */
export function vendorOf(vendorId: string): 'nvidia' | 'amd' | 'intel' | undefined {
  const names = ['nvidia', 'amd', 'intel'] as const;
  return names.find((name) => cardVendors[name] === vendorId);
}

/** Tells why graphics on the bus are no card; null for a card. `vramBytes` is what the driver tells, if anything. */
export function displayOf(graphics: PciGraphics, vramBytes: Bytes | undefined): Display | null {
  const { busId, vendorId, modelId } = graphics;
  const about = { busId, pciId: `${vendorId}:${modelId}` };
  const virtual = virtualVendors[vendorId];
  if (virtual !== undefined) return { ...about, name: `${virtual} graphics`, why: 'A hypervisor draws it.' };
  const board = boardVendors[vendorId];
  if (board !== undefined) return { ...about, name: `${board} graphics`, why: 'It is the board’s own console.' };
  if (vendorId === cardVendors.intel && busId === '00:02.0') {
    return { ...about, name: 'Intel graphics', why: 'It is part of the processor: Intel’s always sits at 00:02.0.' };
  }
  if (vendorId === cardVendors.amd) return amdDisplayOf(graphics, about, vramBytes);
  if (vendorOf(vendorId) !== undefined) return null;
  return { ...about, name: `graphics of the maker ${vendorId}`, why: 'It is not by NVIDIA, AMD or Intel.' };
}

function amdDisplayOf(
  { neighbourVendorIds }: PciGraphics,
  about: Pick<Display, 'busId' | 'pciId'>,
  vramBytes: Bytes | undefined,
): Display | null {
  const name = 'AMD graphics';
  if (neighbourVendorIds.includes('1022')) {
    return { ...about, name, why: 'It shares its slot with parts of an AMD processor, so it is part of one.' };
  }
  if (vramBytes === undefined || vramBytes >= LEAST_CARD_VRAM_BYTES) return null;
  const why = `It has ${formatBytes(vramBytes)} of VRAM, less than any AMD card that is worth work: most likely it is part of the processor.`;
  return { ...about, name, why };
}
