import { compareVram } from '../cards.ts';
import { formatBytes, MIB } from '../quantity.ts';
import { haveOneName, isCutName } from './card-names.ts';
import type { Contradiction, Measurement, ObservedCard, Reading, Statement } from './farm.ts';
import type { IdentifiedCard, SeenCard } from './identify-cards.ts';
import { cardText } from './plausible.ts';
import type { SightedCard } from './sighting.ts';
import { sourceText } from './source-text.ts';
import { timeKey } from './time-key.ts';
import { type TrustSubject, trustOf } from './trust.ts';

/** A card as merged, and where its sources differ. */
export interface MergedCard {
  readonly card: ObservedCard;
  readonly contradictions: readonly Contradiction[];
}

/** Which subject's trust decides on a field; fields that are not here are the driver's. */
const subjects: Readonly<Partial<Record<keyof SightedCard, TrustSubject>>> = {
  name: 'name',
  pciId: 'pci',
  subsystemId: 'pci',
  pciRevision: 'pci',
};

/** Any name that is whole tells more than one that a table cut. */
const CUT_NAME_TRUST = 0;

/** Merges what was seen of one card: each field of the most trusted source, of equal ones the newest. */
export function mergeCard(identified: IdentifiedCard, cardId: string): MergedCard {
  const [first, ...others] = identified.seen;
  if (first !== undefined && others.every(({ card }) => isReadingOnly(card)))
    return { card: parseCard(cardId, first.card, mergedReading(identified.seen)), contradictions: [] };
  const { seen, contradictions: replaced } = withoutReplaced(identified, cardId);
  const card = parseMerged(cardId, mergedFields(seen));
  return { card, contradictions: [...replaced, ...contradictionsOf(seen, cardId)] };
}

/** One pass over the fields, as a farm has many cards. */
function parseCard(cardId: string, seen: SightedCard, reading: Reading | undefined): ObservedCard {
  const card: Record<string, unknown> = { cardId };
  for (const key in seen) if (key !== 'position') card[key] = seen[parseField(key)];
  if (reading !== undefined) card.reading = reading;
  return card as unknown as ObservedCard;
}

/** Whether a source says nothing of a card but its bus and readings, as HiveOS's "stats" do. */
function isReadingOnly(card: SightedCard): boolean {
  for (const key in card) {
    if (key !== 'position' && key !== 'kind' && key !== 'busId' && key !== 'reading') return false;
  }
  return true;
}

function parseMerged(cardId: string, fields: object): ObservedCard {
  return { cardId, ...fields } as ObservedCard;
}

function mergedFields(seen: readonly SeenCard[]): object {
  const fields: Record<string, unknown> = {};
  const trusts: Record<string, number> = {};
  for (const { card, dated } of seen) {
    for (const key in card) {
      const field = parseField(key);
      const value = card[field];
      if (value === undefined || field === 'position' || field === 'reading' || field === 'measurements') continue;
      const isCut = field === 'name' && typeof value === 'string' && isCutName(value);
      const trust = isCut ? CUT_NAME_TRUST : trustOf(dated.sighting.format, subjects[field] ?? 'driver');
      if (trust < (trusts[field] ?? -1)) continue;
      fields[field] = value;
      trusts[field] = trust;
    }
  }
  const reading = mergedReading(seen);
  const measurements = mergedMeasurements(seen);
  if (reading !== undefined) fields.reading = reading;
  if (measurements.length > 0) fields.measurements = measurements;
  return fields;
}

function parseField(key: string): keyof SightedCard {
  return key as keyof SightedCard;
}

interface DatedReading {
  readonly reading: Reading;
  readonly time: string;
}

/** Of each format the newest reading, whole; then figure by figure the newest, of equal times the most trusted. */
function mergedReading(seen: readonly SeenCard[]): Reading | undefined {
  const reading = seen.filter(({ card }) => card.reading !== undefined);
  if (reading.length <= 1) return reading[0]?.card.reading;
  const byFormat = new Map<string, DatedReading>();
  for (const { card, dated } of seen) {
    if (card.reading === undefined) continue;
    const { format, sentAt } = dated.sighting;
    const { observedAt } = card.reading;
    const time = observedAt === undefined || observedAt === sentAt ? dated.time : timeKey(observedAt);
    const known = byFormat.get(format);
    if (known === undefined || time > known.time) byFormat.set(format, { reading: card.reading, time });
    else if (time === known.time) byFormat.set(format, { reading: { ...known.reading, ...card.reading }, time });
  }
  const readings = [...byFormat.values()];
  if (readings.length <= 1) return readings[0]?.reading;
  const merged: Reading = Object.assign({}, ...readings.toSorted(byTime).map(({ reading }) => reading));
  return merged;
}

function byTime(one: DatedReading, other: DatedReading): number {
  return one.time < other.time ? -1 : one.time > other.time ? 1 : 0;
}

function mergedMeasurements(seen: readonly SeenCard[]): readonly Measurement[] {
  const all = seen.flatMap(({ card }) => card.measurements ?? []);
  if (all.length === 0) return all;
  return [...new Map(all.map((measurement) => [JSON.stringify(measurement), measurement])).values()];
}

/** A slot whose card was replaced: what was seen of the older card is no more of this one. */
function withoutReplaced(
  { seen }: IdentifiedCard,
  cardId: string,
): { readonly seen: readonly SeenCard[]; readonly contradictions: readonly Contradiction[] } {
  const newest = seen.findLast(({ card }) => card.uuid !== undefined);
  const uuid = newest?.card.uuid?.toLowerCase();
  if (newest === undefined || uuid === undefined) return { seen, contradictions: [] };
  const older = seen.filter(({ card }) => card.uuid !== undefined && card.uuid.toLowerCase() !== uuid);
  if (older.length === 0) return { seen, contradictions: [] };
  const statements = [...older, newest].map((each) => statementOf(each, `${cardText(each.card)} ${each.card.uuid}`));
  return {
    seen: seen.filter((each) => !older.includes(each)),
    contradictions: contradiction(cardId, 'UUID', statements, statements.length - 1),
  };
}

function statementOf({ dated }: SeenCard, text: string): Statement {
  return { text, source: sourceText(dated.sighting.source, dated.sighting.sentAt) };
}

/** Amounts of VRAM of one card differ a little from tool to tool: some leave out what the driver keeps. */
const vramAspect: Aspect<number> = {
  aspect: 'VRAM',
  subject: 'driver',
  figureOf: ({ vramBytes }) => vramBytes,
  textOf: (vramBytes) => `${Math.round(vramBytes / MIB)} MB (${formatBytes(vramBytes)})`,
  isSame: (one, other) => compareVram(Math.min(one, other), Math.max(one, other)) === 'agrees',
};

const nameAspect: Aspect<string> = {
  aspect: 'name',
  subject: 'name',
  figureOf: ({ name }) => name,
  textOf: (name) => name,
  isSame: haveOneName,
};

const pciAspect: Aspect<string> = {
  aspect: 'PCI id',
  subject: 'pci',
  figureOf: ({ pciId }) => pciId,
  textOf: (pciId) => pciId,
  isSame: (one, other) => one === other,
};

function contradictionsOf(seen: readonly SeenCard[], cardId: string): readonly Contradiction[] {
  return [
    ...differing(seen, cardId, vramAspect),
    ...differing(seen, cardId, nameAspect),
    ...differing(seen, cardId, pciAspect),
  ];
}

interface Aspect<Value> {
  readonly aspect: string;
  readonly subject: TrustSubject;
  readonly figureOf: (card: SightedCard) => Value | undefined;
  readonly textOf: (value: Value) => string;
  readonly isSame: (one: Value, other: Value) => boolean;
}

function differing<Value>(
  seen: readonly SeenCard[],
  cardId: string,
  { aspect, subject, figureOf, textOf, isSame }: Aspect<Value>,
): readonly Contradiction[] {
  let taken: { readonly value: Value; readonly seen: SeenCard; readonly trust: number } | undefined;
  let hasOther = false;
  for (const each of seen) {
    const value = figureOf(each.card);
    if (value === undefined) continue;
    hasOther ||= taken !== undefined && !isSame(value, taken.value);
    const isCut = typeof value === 'string' && isCutName(value);
    const trust = isCut ? CUT_NAME_TRUST : trustOf(each.dated.sighting.format, subject);
    if (taken === undefined || trust >= taken.trust) taken = { value, seen: each, trust };
  }
  if (!hasOther || taken === undefined) return [];
  const { value: takenValue, seen: takenSeen } = taken;
  const others = seen.flatMap((each) => {
    const value = figureOf(each.card);
    return value === undefined || isSame(value, takenValue) ? [] : [statementOf(each, textOf(value))];
  });
  return contradiction(cardId, aspect, [...others, statementOf(takenSeen, textOf(takenValue))], others.length);
}

/** So many other statements of one thing are kept, the newest. */
const MOST_OTHERS = 5;

function contradiction(
  cardId: string,
  aspect: string,
  statements: readonly Statement[],
  takenIndex: number,
): readonly Contradiction[] {
  const taken = statements[takenIndex];
  if (taken === undefined) return [];
  const others = new Map(statements.filter(({ text }) => text !== taken.text).map((other) => [other.text, other]));
  if (others.size === 0) return [];
  return [{ subject: 'card', cardId, aspect, taken, others: [...others.values()].slice(-MOST_OTHERS) }];
}
