import type { CardLine } from './card-lines.ts';

/**
 * The cards that a person means: by id (`hive-1/02:00.0`), by bus, by rig, by model, else by any part of a name; the
 * strictest way that finds any. Case and blanks do not matter.
 */
export function findCards(lines: readonly CardLine[], asked: string): readonly CardLine[] {
  const wanted = folded(asked);
  if (wanted === '') return [];
  const ways: readonly ((line: CardLine) => boolean)[] = [
    ({ valued }) => folded(valued.assessed.card.cardId) === wanted,
    ({ valued }) => folded(valued.assessed.card.busId ?? '') === wanted,
    ({ valued }) => [valued.assessed.card.uuid, valued.assessed.card.serial].some((id) => folded(id ?? '') === wanted),
    ({ rigId, rigName }) => folded(rigId) === wanted || folded(rigName) === wanted,
    ({ modelName }) => folded(modelName) === wanted,
    (line) => namesOf(line).some((name) => folded(name).includes(wanted)),
  ];
  for (const isMeant of ways) {
    const found = lines.filter(isMeant);
    if (found.length > 0) return found;
  }
  return [];
}

function namesOf({ modelName, valued }: CardLine): readonly string[] {
  const { card, modelNames } = valued.assessed;
  return [modelName, card.name ?? '', card.cardId, ...modelNames];
}

function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/g, '');
}

/** Cards that are explained by the same words, but for which they are; by money. */
export function alikeCards(lines: readonly CardLine[]): readonly (readonly CardLine[])[] {
  const numbers = new Map<unknown, number>();
  return [...Map.groupBy(lines, (line) => keyOf(line, numbers)).values()];
}

function keyOf({ modelName, valued: { assessed, valuation } }: CardLine, numbers: Map<unknown, number>): string {
  const number = numbers.get(valuation) ?? numbers.size;
  numbers.set(valuation, number);
  return [modelName, number, ...assessed.findings.map(({ code, what }) => `${code} ${what}`)].join('\n');
}
