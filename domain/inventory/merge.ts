import type { Vendor } from '../cards.ts';
import { formatBytes, MIB } from '../quantity.ts';
import type { Contradiction, Host, ObservedCard, Ram, Rig, Statement } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { known } from './fields.ts';
import { type IdentifiedCard, identifyCards, type UnplacedCards } from './identify-cards.ts';
import { mergeCard } from './merge-card.ts';
import { miningBoardOf } from './mining-boards.ts';
import { cardText } from './plausible.ts';
import type { DatedSighting, RigSightings } from './rigs-of-sightings.ts';
import type { FormatName } from './sighting.ts';
import { placeSlotReadings } from './slot-readings.ts';
import { sourceText } from './source-text.ts';

/** A rig, and what of its cards could not be placed. */
export interface MergedRig {
  readonly rig: Rig;
  readonly faults: readonly InventoryFault[];
}

/** Makes one rig of all its sightings; of two that differ the more trusted is taken, of equal ones the newer. */
export function mergeRig({ rigKey, sightings }: RigSightings): MergedRig {
  const slots = sightings.findLast(({ sighting }) => sighting.slots !== undefined)?.sighting.slots;
  const current = currentSightings(sightings).map((dated) => ({
    ...dated,
    sighting: placeSlotReadings(dated.sighting, slots),
  }));
  const { cards: identified, unplaced } = identifyCards(current);
  const cards: ObservedCard[] = [];
  const cardContradictions: Contradiction[] = [];
  const cardIds = new Set<string>();
  for (const each of identified) {
    const merged = mergeCard(each, newCardId(rigKey, each, cardIds));
    cards.push(merged.card);
    cardContradictions.push(...merged.contradictions);
  }
  const host = mergedHost(sightings);
  const newest = sightings.at(-1)?.sighting;
  const rig = known({
    rigId: rigKey,
    name: newest?.rigName ?? rigKey,
    source: sourceOf(sightings),
    host,
    cards,
    contradictions: [
      ...ramContradictions(sightings),
      ...driverContradictions(sightings),
      ...listContradictions(sightings),
      ...countContradictions(sightings),
      ...coverageContradictions(current, identified),
      ...cardContradictions,
    ],
    observedAt: sightings.findLast(({ time }) => time !== '')?.sighting.sentAt,
  });
  return { rig, faults: unplaced.map((each) => unplacedFault(rig.name, each)) };
}

function newCardId(
  rigKey: string,
  { busId, position }: { readonly busId?: string; readonly position: number },
  cardIds: Set<string>,
): string {
  const wanted = `${rigKey}/${busId ?? `card-${position}`}`;
  let cardId = wanted;
  for (let count = 2; cardIds.has(cardId); count += 1) cardId = `${wanted}-${count}`;
  cardIds.add(cardId);
  return cardId;
}

/**
 * Without lists that are out of date: a newer one of the same tool lists all cards. Within one file, tools' outputs are
 * of one sitting, and a card that the second does not list any more has been lost meanwhile: it stays.
 */
function currentSightings(sightings: readonly DatedSighting[]): readonly DatedSighting[] {
  const newest = new Map<FormatName, DatedSighting>();
  for (const dated of sightings) if (dated.sighting.isWholeList === true) newest.set(dated.sighting.format, dated);
  return sightings.filter(({ sighting, time }) => {
    const newer = sighting.isWholeList === true ? newest.get(sighting.format) : undefined;
    if (newer === undefined || time >= newer.time) return true;
    return !sighting.format.startsWith('hiveos-') && sighting.source === newer.sighting.source;
  });
}

function sourceOf(sightings: readonly DatedSighting[]): Rig['source'] {
  if (sightings.some(({ sighting }) => sighting.format === 'rerig-probe')) return 'agent';
  return sightings.some(({ sighting }) => sighting.format.startsWith('hiveos-')) ? 'hiveos' : 'files';
}

/** What a newer source does not tell is kept of the older ones. */
function mergedHost(sightings: readonly DatedSighting[]): Host {
  let host: Host = {};
  for (const { sighting } of sightings) host = { ...host, ...sighting.host };
  if (host.ram !== undefined) return host;
  const ram = typicalRam(host);
  return ram === undefined ? host : { ...host, ram };
}

function typicalRam({ board }: Host): Ram | undefined {
  const known = board === undefined ? undefined : miningBoardOf(board.product);
  if (known === undefined) return undefined;
  return { bytes: known.typicalRamBytes, basis: 'typical-of-board', source: `${known.name}: ${known.source}` };
}

function ramContradictions(sightings: readonly DatedSighting[]): readonly Contradiction[] {
  const bytesOf = ({ sighting }: DatedSighting) => sighting.host.ram?.bytes;
  const textOf = (bytes: number) => `${bytes / MIB} MB (${formatBytes(bytes)})`;
  return contradictionsOf('ram', undefined, sightings, bytesOf, textOf);
}

function driverContradictions(sightings: readonly DatedSighting[]): readonly Contradiction[] {
  return [
    ...contradictionsOf('driver', 'NVIDIA driver', sightings, nvidiaDriverOf, String),
    ...contradictionsOf('driver', 'AMD driver', sightings, amdDriverOf, String),
  ];
}

function nvidiaDriverOf({ sighting }: DatedSighting): string | undefined {
  return sighting.host.nvidiaDriverVersion;
}

function amdDriverOf({ sighting }: DatedSighting): string | undefined {
  return sighting.host.amdDriverVersion;
}

/** Lists of one tool that differ: cards were moved between two of them. */
function listContradictions(sightings: readonly DatedSighting[]): readonly Contradiction[] {
  const listing = sightings.filter(({ sighting }) => sighting.isWholeList === true);
  const formats = [...new Set(listing.map(({ sighting }) => sighting.format))];
  return formats.flatMap((format) => {
    const ofFormat = listing.filter(({ sighting }) => sighting.format === format);
    return ofFormat.length < 2 ? [] : contradictionsOf('cards', undefined, ofFormat, listText, String);
  });
}

/** Tools that say that there are more cards than they list. */
function countContradictions(sightings: readonly DatedSighting[]): readonly Contradiction[] {
  const claims = new Map<string, Contradiction>();
  for (const { sighting } of sightings) {
    const { claimedCardCount = 0, cards } = sighting;
    if (claimedCardCount <= cards.length) continue;
    const source = sourceText(sighting.source, sighting.sentAt);
    const taken = { text: `${cards.length} listed`, source };
    const other = { text: `${claimedCardCount} attached`, source };
    claims.set(`${taken.text} ${other.text}`, { subject: 'cards', aspect: 'count', taken, others: [other] });
  }
  return [...claims.values()];
}

/** Whose cards a tool lists, all of them; what the bus lists besides is dead, or has no driver. */
const listedVendors: Readonly<Partial<Record<FormatName, readonly Vendor[]>>> = {
  'nvidia-smi-xml': ['nvidia'],
  'nvidia-smi-query': ['nvidia'],
  'nvidia-smi-table': ['nvidia'],
  'hiveos-hello': ['nvidia', 'amd'],
};

/** Cards that one tool lists and another, which should, does not. */
function coverageContradictions(
  sightings: readonly DatedSighting[],
  cards: readonly IdentifiedCard[],
): readonly Contradiction[] {
  return sightings.flatMap((dated, order): readonly Contradiction[] => {
    const vendors = dated.sighting.isWholeList === true ? listedVendors[dated.sighting.format] : undefined;
    if (vendors === undefined || sightings.length < 2) return [];
    const missing = cards.filter(({ seen }) => {
      const vendor = seen.find(({ card }) => card.vendor !== undefined)?.card.vendor;
      return vendor !== undefined && vendors.includes(vendor) && seen.every((each) => each.order !== order);
    });
    const [first] = missing;
    const [firstSeen] = first?.seen ?? [];
    if (firstSeen === undefined) return [];
    const names = missing.map(({ busId, position }) => busId ?? `card ${position}`).join(', ');
    const taken = statementOf(firstSeen.dated, `${names} listed`);
    return [{ subject: 'cards', aspect: 'listed', taken, others: [statementOf(dated, `${names} not listed`)] }];
  });
}

function listText({ sighting }: DatedSighting): string {
  const cards = sighting.cards.map(({ busId = '?', name = 'a card without a name' }) => `${busId} ${name}`);
  return cards.toSorted().join(', ') || 'no cards';
}

/** So many other statements of one thing are kept, the newest. */
const MOST_OTHERS = 5;

/** The last statement is taken; each other is kept once. */
function contradictionsOf<Figure extends string | number>(
  subject: Contradiction['subject'],
  aspect: string | undefined,
  sightings: readonly DatedSighting[],
  figureOf: (dated: DatedSighting) => Figure | undefined,
  textOf: (figure: Figure) => string,
): readonly Contradiction[] {
  const last = sightings.findLast((dated) => figureOf(dated) !== undefined);
  const taken = last === undefined ? undefined : figureOf(last);
  if (last === undefined || taken === undefined) return [];
  const others = new Map<Figure, DatedSighting>();
  for (const dated of sightings) {
    const figure = figureOf(dated);
    if (figure !== undefined && figure !== taken) others.set(figure, dated);
  }
  if (others.size === 0) return [];
  const told = [...others].slice(-MOST_OTHERS).map(([figure, dated]) => statementOf(dated, textOf(figure)));
  return [known({ subject, aspect, taken: statementOf(last, textOf(taken)), others: told })];
}

function statementOf({ sighting }: DatedSighting, text: string): Statement {
  return { text, source: sourceText(sighting.source, sighting.sentAt) };
}

function unplacedFault(rigName: string, { dated, cards, candidateCount }: UnplacedCards): InventoryFault {
  const listed = cards.slice(0, 8).map(cardText).join(', ');
  const more = cards.length > 8 ? ` and ${cards.length - 8} more` : '';
  return inventoryFault('inventory-unplaced-cards', {
    what: `${sourceText(dated.sighting.source)} lists cards of ${rigName} that cannot be told apart: ${listed}${more}.`,
    why: `It gives no bus, and other sources list ${candidateCount} cards that they could be; what it says of them was left out.`,
    mend: 'Save output that shows the bus, such as nvidia-smi, or of all tools at one time.',
  });
}
