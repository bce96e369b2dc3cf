import { haveOneName } from './card-names.ts';
import { rigOfFile } from './rig-key.ts';
import type { RigSighting, SightedCard } from './sighting.ts';
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
 * Sightings by rig. A rig that is named by its file alone is the same as another that has all of its cards by UUID:
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

/** Joins rigs that only their files name to those that have all of their cards, by UUID, bus and name. */
function joinByUuid(byKey: Map<string, DatedSighting[]>): void {
  const isNamedByFile = makeFileNamed();
  const nameless = [...byKey]
    .filter(([, rig]) => rig.every(isNamedByFile))
    .toSorted(([one], [other]) => compare(one, other));
  if (nameless.length === 0 || byKey.size === 1) return;
  const cardsByUuid = new Map<string, Map<string, SightedCard>>();
  for (const [rigKey, rig] of byKey) {
    for (const [uuid, card] of cardsOf(rig)) {
      const cards = cardsByUuid.get(uuid) ?? new Map<string, SightedCard>();
      cardsByUuid.set(uuid, cards.set(rigKey, card));
    }
  }
  for (const [rigKey, rig] of nameless) {
    const candidates = homesOf(rigKey, rig, cardsByUuid).filter((key) => byKey.has(key));
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

/** The other rigs that have all cards of this one; a UUID on another bus, or of another name, is no proof. */
function homesOf(
  rigKey: string,
  rig: readonly DatedSighting[],
  cardsByUuid: ReadonlyMap<string, ReadonlyMap<string, SightedCard>>,
): readonly string[] {
  const cards = [...cardsOf(rig)];
  const [first] = cards;
  if (first === undefined) return [];
  return [...(cardsByUuid.get(first[0])?.keys() ?? [])].filter(
    (key) => key !== rigKey && cards.every(([uuid, card]) => isSameCard(card, cardsByUuid.get(uuid)?.get(key))),
  );
}

function isSameCard(one: SightedCard, other: SightedCard | undefined): boolean {
  if (other === undefined) return false;
  const isOneBus = one.busId === undefined || other.busId === undefined || one.busId === other.busId;
  return isOneBus && haveOneName(one.name, other.name);
}

function cardsOf(rig: readonly DatedSighting[]): ReadonlyMap<string, SightedCard> {
  const cards = new Map<string, SightedCard>();
  for (const { sighting } of rig) {
    for (const card of sighting.cards) if (card.uuid !== undefined) cards.set(card.uuid.toLowerCase(), card);
  }
  return cards;
}
