import type { SlurmRig } from '@rerig/executors/slurm';
import type { KeptRig } from './farm-record.ts';

/**
 * A farm's rigs after its inventory was read again: those that have joined stay as they told themselves, the others are as
 * the inventory has them. Names in Slurm that are taken are not given twice.
 */
export function mergeRigs(kept: readonly KeptRig[], inventory: readonly SlurmRig[]): readonly KeptRig[] {
  const joined = kept.filter((rig) => rig.joined !== null);
  const joinedIds = new Set(joined.map(({ rigId }) => rigId));
  const merged = [...joined];
  for (const rig of inventory) {
    if (joinedIds.has(rig.rigId)) continue;
    const nodeName = freeNodeName(
      rig.nodeName,
      merged.map((each) => each.nodeName),
    );
    merged.push({ ...rig, nodeName, joined: null });
  }
  return merged.toSorted((one, other) => (one.nodeName < other.nodeName ? -1 : 1));
}

/** The name, or the first of it with a number that is not taken. */
export function freeNodeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  for (let number = 2; ; number += 1) {
    const numbered = `${name.slice(0, 55)}-x${number}`;
    if (!taken.includes(numbered)) return numbered;
  }
}
