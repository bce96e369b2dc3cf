import { GIB } from '../quantity.ts';
import { readingsOf } from './aliases.ts';
import type { CardClue, MatchBasis } from './clue.ts';
import type { CardModel, Vendor } from './model.ts';
import { modelIndex } from './model-index.ts';
import type { NamedCard, ParsedName } from './name.ts';
import { familiesAtRevision } from './revisions.ts';
import { familyOfBoard } from './subsystems.ts';

/** What the PCI id, its revision and its board say: none where the catalogue lacks the product. */
export interface IdEvidence {
  readonly models: readonly CardModel[];
  readonly by: readonly MatchBasis[];
}

/** The models of a card's PCI id, fewer where its revision or its board tells. */
export function evidenceOfId(clue: CardClue, printedPciId: string | undefined): IdEvidence {
  const pciId = (clue.pciId ?? printedPciId ?? '').trim().toLowerCase();
  const sharing = modelIndex().byPciId.get(pciId) ?? [];
  const revision = (clue.pciRevision ?? '').trim().toLowerCase().replace(/^0x/, '');
  const families = familiesAtRevision(pciId, revision);
  const revised = families === undefined ? sharing : sharing.filter((model) => isOfFamily(model, families));
  const isRevised = revised.length < sharing.length;
  const board = familyOfBoard(pciId, (clue.subsystemId ?? '').trim().toLowerCase());
  const boarded = board === undefined ? [] : revised.filter((model) => isOfFamily(model, [board]));
  const isBoarded = boarded.length > 0 && boarded.length < revised.length;
  return {
    models: isBoarded ? boarded : revised,
    by: ['pci-id', ...(isRevised ? (['revision'] as const) : []), ...(isBoarded ? (['board'] as const) : [])],
  };
}

function isOfFamily(model: CardModel, families: readonly string[]): boolean {
  return families.includes(model.family) || families.includes(model.name);
}

/** The models that a name may mean; by the chip that it names where it names no card. */
export function evidenceOfName(named: ParsedName, vendor: Vendor | undefined): readonly CardModel[] {
  const models = named.cards.flatMap(modelsOfName);
  const told = models.length > 0 ? models : chipModels([...named.cards.map(({ key }) => key), ...named.asides]);
  return [...new Set(told)].filter((model) => vendor === undefined || model.vendor === vendor);
}

function modelsOfName({ key, vramGib, isCut }: NamedCard): readonly CardModel[] {
  if (isCut === true) return modelsBeginning(key);
  const { byKey } = modelIndex();
  const whole = vramGib === undefined ? undefined : byKey.get(`${key} ${vramGib}gb`);
  if (whole !== undefined) return whole;
  for (const group of readingsOf(key)) {
    const models = group.flatMap((reading) => byKey.get(reading) ?? []);
    const agreeing = models.filter(({ vramBytes }) => vramGib !== undefined && vramBytes === vramGib * GIB);
    if (models.length > 0) return agreeing.length > 0 ? agreeing : models;
  }
  return [];
}

/** The models whose names begin so; where none does, without the last word, which may be cut within. */
function modelsBeginning(key: string): readonly CardModel[] {
  const { byKey } = modelIndex();
  for (const beginning of [key, key.slice(0, Math.max(0, key.lastIndexOf(' ')))]) {
    const models = [...byKey].flatMap(([name, named]) => (beginning !== '' && name.startsWith(beginning) ? named : []));
    if (models.length > 0) return [...new Set(models)];
  }
  return [];
}

function chipModels(keys: readonly string[]): readonly CardModel[] {
  const { byChip } = modelIndex();
  return keys.flatMap((key) => byChip.get(key.replace(/ /g, '')) ?? byChip.get(key.split(' ')[0] ?? '') ?? []);
}

/** Whether a driver may print this name for a model, though it is the name of another. */
export function isPrintedAs(model: CardModel, named: ParsedName): boolean {
  const printed = modelIndex().printedKeys.get(model);
  return named.cards.some(({ key }) => readingsOf(key).some((group) => group.some((other) => printed?.has(other))));
}
