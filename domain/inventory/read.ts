import type { Farm, Rig } from './farm.ts';
import type { InventoryFault } from './faults.ts';
import { mergeRig } from './merge.ts';
import { type FileReport, type InventoryFile, readFile } from './read-file.ts';
import { rigsOfSightings } from './rigs-of-sightings.ts';
import type { RigSighting } from './sighting.ts';

/** What was read, and what could not be: one bad file never hides the others. */
export interface InventoryRead {
  readonly farm: Farm;
  readonly faults: readonly InventoryFault[];
  /** What each file was, by name. */
  readonly files: readonly FileReport[];
}

/**
 * Reads the output of rig tools, several kinds in one file or one in several; told by content, never by the file's
 * name. Sightings of one rig are merged by its key and by bus, in any order. Nothing is guessed and nothing throws: what
 * cannot be read becomes a fault with what, why and mend. Passwords and network addresses are not kept. A file that is
 * given twice counts once.
 */
export function readInventory(files: readonly InventoryFile[]): InventoryRead {
  const faults: InventoryFault[] = [];
  const sightings: RigSighting[] = [];
  const reports: FileReport[] = [];
  for (const file of withoutRepeats(files)) {
    const read = readFile(file);
    for (const sighting of read.sightings) sightings.push(sighting);
    faults.push(...read.faults);
    reports.push(read.report);
  }
  return { ...readSightings(sightings, faults), files: reports.sort((one, other) => compare(one.name, other.name)) };
}

/** Merges sightings to a farm; `faults` of reading come first, then those of merging. */
export function readSightings(
  sightings: readonly RigSighting[],
  faults: readonly InventoryFault[] = [],
): { readonly farm: Farm; readonly faults: readonly InventoryFault[] } {
  const merged = rigsOfSightings(sightings).map(mergeRig);
  const rigs = merged.map(({ rig }) => rig);
  return { farm: { rigs: sortedRigs(rigs) }, faults: [...faults, ...merged.flatMap((each) => each.faults)] };
}

function withoutRepeats(files: readonly InventoryFile[]): readonly InventoryFile[] {
  const textsByName = new Map<string, string>();
  return files.filter(({ name, text }) => {
    const isRepeat = textsByName.get(name) === text;
    textsByName.set(name, text);
    return !isRepeat;
  });
}

/** By what stands before the last number, then by that number: `hive-2` before `hive-10`. */
function sortedRigs(rigs: readonly Rig[]): readonly Rig[] {
  return rigs
    .map((rig) => {
      const [, stem = rig.rigId, digits] = /^(.*?)(\d{1,15})$/s.exec(rig.rigId) ?? [];
      return { rig, stem, number: Number(digits ?? -1) };
    })
    .sort(
      (one, other) =>
        compare(one.stem, other.stem) || one.number - other.number || compare(one.rig.rigId, other.rig.rigId),
    )
    .map(({ rig }) => rig);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
