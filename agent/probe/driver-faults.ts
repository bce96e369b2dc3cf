import { vendorOf } from './display-kinds.ts';
import { type ProbeFault, probeFault } from './faults.ts';
import type { PciGraphics } from './pci.ts';

/** The kernel drivers that can put a vendor's cards to work. */
const workingDrivers: Readonly<Record<string, readonly string[]>> = {
  nvidia: ['nvidia'],
  amd: ['amdgpu'],
  intel: ['i915', 'xe'],
};

const mends: Readonly<Record<string, string>> = {
  nvidia: 'Install NVIDIA’s driver and restart the machine.',
  amd: 'Load the kernel’s amdgpu (its firmware comes with the package firmware-amd-graphics) and restart the machine.',
  intel: 'Use a kernel whose i915 or xe knows this card.',
};

/** What is wrong with a card's driver; null where it can work. */
export function driverFault({ busId, vendorId, modelId, driver }: PciGraphics): ProbeFault | null {
  const vendor = vendorOf(vendorId) ?? '';
  if (driver !== undefined && workingDrivers[vendor]?.includes(driver) === true) return null;
  return probeFault('card-without-driver', {
    what: `The card at ${busId} (${vendorId}:${modelId}) can’t be used.`,
    why: whyUnused(driver),
    mend: isReserved(driver) ? 'Take it back from the virtual machine that it is kept for.' : (mends[vendor] ?? ''),
  });
}

/** A card that its driver has and that does not answer. */
export function silentFault(busId: string): ProbeFault {
  return probeFault('card-silent', {
    what: `The card at ${busId} does not answer.`,
    why: 'It is on the bus with NVIDIA’s driver, and nvidia-smi does not tell of it.',
    mend: 'Look for its address in dmesg, reseat its riser and power, and restart the machine.',
  });
}

function whyUnused(driver: string | undefined): string {
  if (driver === undefined) return 'No driver of the kernel has it.';
  if (isReserved(driver)) return `The driver ${driver} keeps it for a virtual machine.`;
  return `The driver ${driver} has it, which only draws pictures.`;
}

function isReserved(driver: string | undefined): boolean {
  return driver === 'vfio-pci' || driver === 'pci-stub';
}
