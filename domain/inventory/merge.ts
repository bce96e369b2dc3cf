import { formatBytes, MIB } from '../quantity.ts';
import type { Contradiction, Host, ObservedCard, Ram, Reading, Rig, Statement } from './farm.ts';
import { known } from './fields.ts';
import { type HiveHello, rigIdOf } from './hive-hello.ts';
import { busReadings, type HiveStats } from './hive-stats.ts';
import { miningBoardOf } from './mining-boards.ts';

/** Makes one rig of all messages that name it, in whatever order they came; of two that differ the newer is taken. */
export function mergeRig(hiveRigId: string, hellos: readonly HiveHello[], stats: readonly HiveStats[]): Rig {
  const helloByAge = hellos.toSorted(byAge);
  const statsByAge = stats.toSorted(byAge);
  const newest = helloByAge.at(-1);
  const host = mergeHosts(helloByAge);
  const ram = ramOf(statsByAge, host);
  return known({
    rigId: rigIdOf(hiveRigId),
    name: `rig ${hiveRigId}`,
    source: 'hiveos' as const,
    host: ram === undefined ? host : { ...host, ram },
    cards: mergeCards(hiveRigId, newest, statsByAge),
    contradictions: [...ramContradictions(statsByAge), ...cardContradictions(helloByAge)],
    observedAt: statsByAge.at(-1)?.sentAt ?? newest?.sentAt,
  });
}

/** What a newer message does not tell is kept of the older ones. */
function mergeHosts(helloByAge: readonly HiveHello[]): Host {
  let host: Host = {};
  for (const hello of helloByAge) host = { ...host, ...hello.host };
  return host;
}

interface Dated {
  readonly sentAt?: string;
}

/** Oldest first; those without a time are older than all others, in the order in which they came. */
function byAge(one: Dated, other: Dated): number {
  const [oneKey, otherKey] = [ageKey(one.sentAt), ageKey(other.sentAt)];
  return oneKey < otherKey ? -1 : oneKey > otherKey ? 1 : 0;
}

/** `2022/5/1 0:04:43` and `2022-06-05 17:54:03.18` → texts that sort by time. */
function ageKey(sentAt: string | undefined): string {
  const [year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = sentAt?.match(/\d+/g) ?? [];
  if (year === undefined || month === undefined || day === undefined) return '';
  const parts = [year.padStart(4, '0'), ...[month, day, hour, minute, second].map((part) => part.padStart(2, '0'))];
  return `${parts.join('')}.${fraction}`;
}

function ramOf(statsByAge: readonly HiveStats[], host: Host): Ram | undefined {
  const reporting = statsByAge.findLast(({ ramBytes }) => ramBytes !== undefined);
  if (reporting?.ramBytes !== undefined)
    return { bytes: reporting.ramBytes, basis: 'reported', source: sourceOf(reporting) };
  const board = host.board === undefined ? undefined : miningBoardOf(host.board.product);
  if (board === undefined) return undefined;
  return { bytes: board.typicalRamBytes, basis: 'typical-of-board', source: `${board.name}: ${board.source}` };
}

/** The file's own name, without its folders, and the message's own time. */
function sourceOf({ source, sentAt }: HiveHello | HiveStats): string {
  const fileName = source.slice(Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1);
  return sentAt === undefined ? fileName : `${fileName}, ${sentAt.replace(/\.\d+$/, '')}`;
}

function ramContradictions(statsByAge: readonly HiveStats[]): readonly Contradiction[] {
  const statements = statsByAge.flatMap((stats): readonly Statement[] =>
    stats.ramBytes === undefined
      ? []
      : [{ text: `${stats.ramBytes / MIB} MB (${formatBytes(stats.ramBytes)})`, source: sourceOf(stats) }],
  );
  return contradictionsOf('ram', statements);
}

function cardContradictions(helloByAge: readonly HiveHello[]): readonly Contradiction[] {
  const statements = helloByAge.map((hello): Statement => {
    const cards = hello.cards.map(({ busId = '?', name = 'a card without a name' }) => `${busId} ${name}`);
    return { text: cards.toSorted().join(', ') || 'no cards', source: sourceOf(hello) };
  });
  return contradictionsOf('cards', statements);
}

/** So many other statements of one thing are kept, the newest. */
const MOST_OTHERS = 5;

/** The last statement is taken; each other text is kept once. */
function contradictionsOf(
  subject: Contradiction['subject'],
  statements: readonly Statement[],
): readonly Contradiction[] {
  const taken = statements.at(-1);
  if (taken === undefined) return [];
  const others = new Map(statements.filter(({ text }) => text !== taken.text).map((other) => [other.text, other]));
  return others.size === 0 ? [] : [{ subject, taken, others: [...others.values()].slice(-MOST_OTHERS) }];
}

/** The cards of the newest "hello", each with its newest reading; then those that only a "stats" knows, by their bus. */
function mergeCards(
  hiveRigId: string,
  hello: HiveHello | undefined,
  statsByAge: readonly HiveStats[],
): readonly ObservedCard[] {
  const readings = new Map<string, Reading>();
  for (const stats of statsByAge) {
    for (const { busId, reading } of busReadings(stats, hello?.slots)) readings.set(busId, reading);
  }
  const cards = (hello?.cards ?? []).map((card): ObservedCard => {
    const reading = card.busId === undefined ? undefined : readings.get(card.busId);
    return reading === undefined ? card : { ...card, reading };
  });
  const listed = new Set(cards.map(({ busId }) => busId));
  const unlisted = [...readings].filter(([busId]) => !listed.has(busId));
  return [
    ...cards,
    ...unlisted.map(
      ([busId, reading]): ObservedCard => ({
        cardId: `${rigIdOf(hiveRigId)}/${busId}`,
        kind: 'gpu',
        busId,
        reading,
      }),
    ),
  ];
}
