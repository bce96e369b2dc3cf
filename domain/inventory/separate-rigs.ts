import { rigOfFile } from './rig-key.ts';
import type { RigSighting, SightedCard } from './sighting.ts';

/** A rig of a file, by what its cards are told by. */
interface KnownRig {
  readonly cards: Map<string, SightedCard>;
  readonly uuids: Set<string>;
  readonly index: number;
}

/**
 * The sightings of one file. Outputs of several rigs, saved to it without a word of which is whose: where the same bus has another card, the
 * second is another rig, and gets a number after the file's name. A rig that was read twice stays one.
 */
export function separateRigs(sightings: readonly RigSighting[]): readonly RigSighting[] {
  const rigs: KnownRig[] = [];
  const [first] = sightings;
  const fileKey = first === undefined ? undefined : rigOfFile(first.source).rigKey;
  return sightings.map((sighting) => {
    if (sighting.cards.length === 0 || sighting.rigKey !== fileKey) return sighting;
    let rig = rigs.find((known) => !isOther(sighting, known));
    if (rig === undefined) {
      rig = { cards: new Map(), uuids: new Set(), index: rigs.length };
      rigs.push(rig);
    }
    learn(sighting, rig);
    if (rig.index === 0) return sighting;
    const suffix = `-${rig.index + 1}`;
    return { ...sighting, rigKey: `${sighting.rigKey}${suffix}`, rigName: `${sighting.rigName}${suffix}` };
  });
}

function isOther({ cards }: RigSighting, { cards: known, uuids }: KnownRig): boolean {
  if (cards.some(({ uuid }) => uuid !== undefined && uuids.has(uuid))) return false;
  return cards.some((card) => {
    const there = known.get(placeOf(card));
    return there !== undefined && (differ(card.uuid, there.uuid) || differ(card.serial, there.serial));
  });
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function learn({ cards }: RigSighting, rig: KnownRig): void {
  for (const card of cards) {
    const place = placeOf(card);
    rig.cards.set(place, { ...card, ...rig.cards.get(place) });
    if (card.uuid !== undefined) rig.uuids.add(card.uuid);
  }
}

function placeOf({ busId, position, vendor }: SightedCard): string {
  return busId ?? `${vendor ?? ''} ${position}`;
}
