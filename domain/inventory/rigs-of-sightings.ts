import { rigOfFile } from './rig-key.ts';
import type { RigSighting } from './sighting.ts';
import { timeKey } from './time-key.ts';
import { trustOf } from './trust.ts';

/** A sighting with what it is sorted by. */
export interface DatedSighting {
  readonly sighting: RigSighting;
  /** As `timeKey` gives it. */
  readonly time: string;
}

/** All sightings of one rig, oldest first; of one time, the least trusted first, so that what comes later is taken. */
export interface RigSightings {
  readonly rigKey: string;
  readonly sightings: readonly DatedSighting[];
}

/**
 * Sightings by rig. A rig that is named by its file alone is the same as another whose cards' UUIDs include all of its:
 * `nvidia-smi.xml` of a rig that HiveOS calls 4 is of `hive-4`. The order in which files were given changes nothing.
 */
export function rigsOfSightings(sightings: readonly RigSighting[]): readonly RigSightings[] {
  const byKey = new Map<string, DatedSighting[]>();
  for (const sighting of sightings) {
    const dated = { sighting, time: timeKey(sighting.sentAt) };
    const rig = byKey.get(sighting.rigKey);
    if (rig === undefined) byKey.set(sighting.rigKey, [dated]);
    else rig.push(dated);
  }
  joinByUuid(byKey);
  return [...byKey].map(([rigKey, rig]) => ({ rigKey, sightings: rig.sort(byAge) }));
}

function byAge(one: DatedSighting, other: DatedSighting): number {
  return (
    compare(one.time, other.time) ||
    trustOf(one.sighting.format, 'driver') - trustOf(other.sighting.format, 'driver') ||
    compare(one.sighting.format, other.sighting.format) ||
    compare(one.sighting.source, other.sighting.source)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Joins rigs that only their files name to those that have all of their UUIDs. */
function joinByUuid(byKey: Map<string, DatedSighting[]>): void {
  const isNamedByFile = makeFileNamed();
  const nameless = [...byKey]
    .filter(([, rig]) => rig.every(isNamedByFile))
    .toSorted(([one], [other]) => compare(one, other));
  if (nameless.length === 0 || byKey.size === 1) return;
  const keysByUuid = new Map<string, Set<string>>();
  for (const [rigKey, rig] of byKey) {
    for (const uuid of uuidsOf(rig)) keysByUuid.set(uuid, (keysByUuid.get(uuid) ?? new Set()).add(rigKey));
  }
  for (const [rigKey, rig] of nameless) {
    const candidates = homesOf(rigKey, rig, keysByUuid).filter((key) => byKey.has(key));
    const named = candidates.filter((key) => byKey.get(key)?.every(isNamedByFile) === false);
    const [home, second] = named.length > 0 ? named : candidates.toSorted(compare).slice(0, 1);
    if (home === undefined || second !== undefined) continue;
    byKey.get(home)?.push(...rig.map(({ sighting, time }) => ({ time, sighting: { ...sighting, rigKey: home } })));
    byKey.delete(rigKey);
  }
}

/** Remembers what each file's name gives: a large file has thousands of sightings. */
function makeFileNamed(): (dated: DatedSighting) => boolean {
  const keys = new Map<string, string>();
  return ({ sighting }) => {
    const key = keys.get(sighting.source) ?? rigOfFile(sighting.source).rigKey;
    keys.set(sighting.source, key);
    return sighting.rigKey === key;
  };
}

/** The other rigs that have all UUIDs of this one. */
function homesOf(
  rigKey: string,
  rig: readonly DatedSighting[],
  keysByUuid: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const [first, ...others] = uuidsOf(rig);
  if (first === undefined) return [];
  return [...(keysByUuid.get(first) ?? [])].filter(
    (key) => key !== rigKey && others.every((uuid) => keysByUuid.get(uuid)?.has(key) === true),
  );
}

function uuidsOf(rig: readonly DatedSighting[]): ReadonlySet<string> {
  return new Set(
    rig.flatMap(({ sighting }) =>
      sighting.cards.flatMap(({ uuid }) => (uuid === undefined ? [] : [uuid.toLowerCase()])),
    ),
  );
}
