/** A count of bytes, ≥ 0. */
export type Bytes = number;

/** 2¹⁰, 2²⁰ and 2³⁰ bytes: VRAM and RAM are sold in "GB" that are these (JEDEC 100B.01). */
export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Writes bytes for a person, in binary units with one decimal below 100: `5.8 GiB`, `512 MiB`, `17 B`. */
export function formatBytes(bytes: Bytes): string {
  for (const [unitBytes, unit] of [
    [GIB, 'GiB'],
    [MIB, 'MiB'],
    [KIB, 'KiB'],
  ] as const) {
    if (bytes >= unitBytes) {
      const count = bytes / unitBytes;
      return `${count < 100 && !Number.isInteger(count) ? count.toFixed(1) : Math.round(count)} ${unit}`;
    }
  }
  return `${bytes} B`;
}
