/** What a display adapter is: a card, graphics of the processor or board, or a virtual machine's. */
export type DisplayKind =
  | { readonly kind: 'card' }
  | { readonly kind: 'integrated' }
  | { readonly kind: 'virtual'; readonly machine: string };

/** Adapters of virtual machines, by vendor or by vendor and adapter. Source: the PCI ID database of 2023-04-10. */
const virtualMachines: readonly (readonly [RegExp, string])[] = [
  [/^15ad:/, 'VMware'],
  [/^80ee:/, 'VirtualBox'],
  [/^(1b36:0100|1234:1111|1af4:10[15]\d|1013:00b8)$/, 'QEMU'],
  [/^1414:/, 'Hyper-V'],
  [/^1ab8:/, 'Parallels'],
];

const virtualNames: readonly (readonly [RegExp, string])[] = [
  [/\bvmware\b|svga ii/i, 'VMware'],
  [/\bvirtualbox\b|innotek/i, 'VirtualBox'],
  [/\bqxl\b|\bbochs\b|virtio|\bcirrus logic gd 5446\b/i, 'QEMU'],
  [/hyper-v/i, 'Hyper-V'],
];

/** Intel's cards; all else of Intel that draws is part of a processor. DG1, Arc of Alchemist and Battlemage, Flex, Max. */
const INTEL_CARD_IDS = /^8086:(490[5-8]|56[abc]\d|569\d|e20[0-9a-f]|0bd\w|e21\w)$/;

/** AMD's processors with graphics, Kaveri to Strix Halo. Source: the PCI ID database of 2023-04-10 and the amdgpu driver. */
const AMD_INTEGRATED_IDS =
  /^1002:(130[4-9a-f]|131\w|1506|150e|1586|15bf|15c8|15d8|15dd|15e7|1636|1638|163f|164[1-9c-f]|1681|13c0|1900|1901|1114|96\w\w|98\w\w|99\w\w|987\w)$/;

const INTEGRATED_NAMES =
  /\b(raven ridge|raven2|picasso|renoir|lucienne|cezanne|barcelo|rembrandt|raphael|phoenix\d?|mendocino|granite ridge|strix( halo)?|van ?gogh|kaveri|kabini|mullins|carrizo|stoney|wani|bristol ridge|beavercreek|sumo|trinity|richland|nforce|mcp\d\w|c61|u?hd graphics|iris|gma)\b|processor .*graphics|integrated graphics/i;

/** Makers of cards that compute; others (ASPEED, Matrox) draw a server's console. */
const CARD_VENDORS = /^(10de|1002|8086):/;

/** Tells what a display adapter is, by its PCI id `vvvv:dddd` and its name, either of which may be unknown. */
export function displayKindOf(pciId: string | undefined, name: string | undefined): DisplayKind {
  const virtual =
    virtualMachines.find(([pattern]) => pattern.test(pciId ?? '')) ??
    virtualNames.find(([pattern]) => pattern.test(name ?? ''));
  if (virtual !== undefined) return { kind: 'virtual', machine: virtual[1] };
  if (pciId === undefined) return { kind: INTEGRATED_NAMES.test(name ?? '') ? 'integrated' : 'card' };
  if (!CARD_VENDORS.test(pciId) || AMD_INTEGRATED_IDS.test(pciId)) return { kind: 'integrated' };
  if (pciId.startsWith('8086:')) return { kind: INTEL_CARD_IDS.test(pciId) ? 'card' : 'integrated' };
  return { kind: INTEGRATED_NAMES.test(name ?? '') ? 'integrated' : 'card' };
}
