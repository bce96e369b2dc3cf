import { type Bytes, formatBytes, GIB } from '../quantity.ts';
import { cardModels } from './catalogue.ts';
import type { CardModel, Vendor } from './model.ts';
import { keyOf, parseName } from './name.ts';

/** What was observed of a card. Everything may be absent; `pciId` is `vvvv:dddd`, `vramBytes` what the driver reports. */
export interface CardClue {
  readonly name?: string;
  readonly pciId?: string;
  readonly vramBytes?: Bytes;
  readonly vendor?: Vendor;
}

/** By what a card was told. */
export type MatchBasis = 'pci-id' | 'name' | 'vram';

/** Which catalogue model a card is: one, several that cannot be told apart, or none that is known. */
export type CardMatch =
  | {
      readonly kind: 'matched';
      readonly model: CardModel;
      readonly by: readonly MatchBasis[];
      /** How the observed VRAM compares with the model's; `not-observed` where either is not known. */
      readonly vram: VramAgreement;
    }
  | { readonly kind: 'ambiguous'; readonly models: readonly CardModel[]; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** How an observed amount of VRAM compares with a model's. */
export type VramAgreement = 'agrees' | 'smaller' | 'larger' | 'not-observed';

/**
 * A driver keeps a part of VRAM for itself, and ECC another: 6 GiB cards report 5934 MiB (96.6 %), a Tesla P40 with
 * ECC 93.3 %. 9 % below and 2 % above tells every pair of the catalogue's variants apart (the closest are 10 and 12).
 */
const LEAST_SHARE = 0.91;
const MOST_SHARE = 1.02;

/**
 * Tells a card's model by its PCI id, its name and its VRAM. It never guesses: where several models remain, all are
 * given with the reason, and a PCI id that contradicts the name gives both (a flashed VBIOS can print a false name).
 */
export function matchCard(clue: CardClue): CardMatch {
  const byId = clue.pciId === undefined ? [] : modelsByPciId(clue.pciId);
  const named = clue.name === undefined ? undefined : parseName(clue.name);
  const byName = named === undefined ? [] : modelsByKeys(named.keys).filter((model) => isOfVendor(model, clue));
  if (byId.length === 0 && byName.length === 0) return { kind: 'unknown', why: unknownWhy(clue) };
  const both = byId.filter((model) => byName.includes(model));
  if (byId.length > 0 && byName.length > 0 && both.length === 0)
    return { kind: 'ambiguous', models: [...byId, ...byName], why: contradictionWhy(clue, byId) };
  const candidates = both.length > 0 ? both : byId.length > 0 ? byId : byName;
  const by: readonly MatchBasis[] = [
    ...(byId.length > 0 ? (['pci-id'] as const) : []),
    ...(byName.length > 0 ? (['name'] as const) : []),
  ];
  return decideByVram(candidates, by, clue, named?.vramGib === undefined ? undefined : named.vramGib * GIB);
}

/** Whether an amount of VRAM that a driver reports is that of a card sold with `soldBytes`. */
export function compareVram(observedBytes: Bytes | undefined, soldBytes: Bytes | undefined): VramAgreement {
  if (observedBytes === undefined || soldBytes === undefined) return 'not-observed';
  if (observedBytes < soldBytes * LEAST_SHARE) return 'smaller';
  return observedBytes > soldBytes * MOST_SHARE ? 'larger' : 'agrees';
}

function decideByVram(
  candidates: readonly CardModel[],
  by: readonly MatchBasis[],
  clue: CardClue,
  namedBytes: Bytes | undefined,
): CardMatch {
  const vramBytes = clue.vramBytes ?? namedBytes;
  const agreeing = candidates.filter((model) => compareVram(vramBytes, model.vramBytes) === 'agrees');
  const remaining = agreeing.length > 0 ? agreeing : candidates;
  const [model, ...others] = remaining;
  if (model === undefined) return { kind: 'unknown', why: unknownWhy(clue) };
  if (others.length > 0) return { kind: 'ambiguous', models: remaining, why: ambiguousWhy(remaining, clue) };
  const isTold = agreeing.length === 1 && candidates.length > 1;
  return {
    kind: 'matched',
    model,
    by: isTold ? [...by, 'vram'] : by,
    vram: compareVram(clue.vramBytes, model.vramBytes),
  };
}

const familyKeys: ReadonlyMap<CardModel, string> = new Map(cardModels.map((model) => [model, keyOf(model.family)]));

/** Names that drivers print for a whole family. */
const collectiveNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['rx vega', ['rx vega 56', 'rx vega 64']],
  ['vega', ['rx vega 56', 'rx vega 64']],
]);

function modelsByKeys(keys: readonly string[]): readonly CardModel[] {
  const wanted = new Set(keys.flatMap((key) => collectiveNames.get(key) ?? [key]));
  return cardModels.filter((model) => wanted.has(familyKeys.get(model) ?? ''));
}

function modelsByPciId(pciId: string): readonly CardModel[] {
  const wanted = pciId.trim().toLowerCase();
  return cardModels.filter((model) => model.pciIds.includes(wanted));
}

function isOfVendor(model: CardModel, clue: CardClue): boolean {
  return clue.vendor === undefined || clue.vendor === model.vendor;
}

function unknownWhy({ name, pciId, vendor }: CardClue): string {
  const seen = [
    name === undefined ? undefined : `the name "${name.slice(0, 80)}"`,
    pciId === undefined ? undefined : `the PCI id ${pciId.slice(0, 20)}`,
  ].filter((part) => part !== undefined);
  if (seen.length === 0) return 'Neither its name nor its PCI id was reported.';
  return `The catalogue has no ${vendor === undefined ? '' : `${vendor} `}card with ${seen.join(' or ')}.`;
}

function contradictionWhy({ name = '', pciId = '' }: CardClue, byId: readonly CardModel[]): string {
  const owners = familiesOf(byId).join(', ');
  return `Its PCI id ${pciId} belongs to ${owners}, its name says "${name.slice(0, 80)}": a flashed VBIOS can print a false name.`;
}

function ambiguousWhy(models: readonly CardModel[], { vramBytes }: CardClue): string {
  const families = familiesOf(models);
  const amount = vramBytes === undefined ? 'its VRAM was not reported' : `it reports ${formatBytes(vramBytes)}`;
  return families.length === 1
    ? `${families[0]} was sold with several amounts of VRAM, and ${amount}.`
    : `${families.join(', ')} share what was reported, and ${amount}.`;
}

function familiesOf(models: readonly CardModel[]): readonly string[] {
  return [...new Set(models.map((model) => model.family))];
}
