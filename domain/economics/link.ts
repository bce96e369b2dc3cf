import type { ObservedCard } from '../inventory.ts';

/** What one lane moves at most, by generation, after its line code (PCI Express Base: 2.5, 5, 8, 16, 32 GT/s). */
const laneBytesPerSecond: readonly number[] = [0, 0.25e9, 0.5e9, 0.985e9, 1.969e9, 3.938e9];

/** PCIe 3.0 x4. */
const WIDE_BYTES_PER_SECOND = 3.9e9;

/** PCIe 1.0 or 2.0 x1. */
const SLOW_BYTES_PER_SECOND = 0.6e9;

/** How a card's link bears on what renters pay for it. */
export type LinkClass = 'wide' | 'narrow' | 'slow' | 'unknown';

/**
 * The class of a card's link: its lanes as negotiated, at the fastest generation that the slot gives, for idle cards
 * lower theirs. A faster link is never of a lower class.
 */
export function linkClassOf({ pcieLink, pcieLinkMost }: Pick<ObservedCard, 'pcieLink' | 'pcieLinkMost'>): LinkClass {
  if (pcieLink === undefined) return 'unknown';
  const generation = Math.max(pcieLink.generation, pcieLinkMost?.generation ?? 0);
  const lane = laneBytesPerSecond[Math.min(generation, laneBytesPerSecond.length - 1)] ?? 0;
  const bytesPerSecond = lane * pcieLink.laneCount;
  if (bytesPerSecond >= WIDE_BYTES_PER_SECOND) return 'wide';
  return bytesPerSecond >= SLOW_BYTES_PER_SECOND ? 'narrow' : 'slow';
}
