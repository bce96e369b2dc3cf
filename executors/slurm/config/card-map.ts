import type { SlurmRig } from './slurm-rig.ts';

/**
 * A rig's cards for the scripts that run on it, a line a card, without any program to read it but `awk`:
 * Slurm's index, card id, vendor, uuid, file and PCI bus id, between tabs; `-` for what is not known.
 */
export function cardMapText(rig: SlurmRig): string {
  const lines = rig.cards.map(({ cardId, vendor, uuid, file, busId }, index) =>
    [index, cardId, vendor ?? '-', uuid ?? '-', file, busId ?? '-'].join('\t'),
  );
  return lines.map((line) => `${line}\n`).join('');
}
