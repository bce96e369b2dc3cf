import { type CardModel, compareVram } from '../cards.ts';
import { type Bytes, MIB } from '../quantity.ts';

/**
 * What NVIDIA's driver reserves of a card. Branches before R510 take it off what they report (5934 of 6144 MiB, 7973 of
 * 8192, 24267 of 24576), later ones report all of it and reserve the same: so it is taken off the model's VRAM.
 * Source: rig-outputs, hiveos-agent (drivers 455 and 470) and nvidia-smi-text (530, 610: 8192 MiB of 8192).
 */
const NVIDIA_RESERVED_BYTES = 256 * MIB;

/** What workloads may use of a card's VRAM. More reported VRAM never gives less. */
export function usableVramBytes(reportedBytes: Bytes, model: CardModel): Bytes {
  if (model.vendor !== 'nvidia' || model.vramBytes === undefined) return reportedBytes;
  switch (compareVram(reportedBytes, model.vramBytes)) {
    case 'agrees':
      return Math.min(reportedBytes, model.vramBytes - NVIDIA_RESERVED_BYTES);
    case 'larger':
      return reportedBytes - NVIDIA_RESERVED_BYTES;
    case 'smaller':
    case 'not-observed':
      return reportedBytes;
  }
}
