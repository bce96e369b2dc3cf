import { cardModels } from './catalogue.ts';
import type { CardModel } from './model.ts';
import { keyOf } from './name.ts';

/** Rare beside the card of the same printed name: told by their PCI id, or by a name that says all of it. */
const RARE: ReadonlySet<string> = new Set(['RTX 3060 Ti GDDR6X', 'RTX 3080 Ti 20GB']);

/** What drivers print for a model of another name. */
const printedAs: Readonly<Record<string, string>> = {
  'RX 550 640SP': 'RX 550',
  'RX 590 GME': 'RX 590',
  'RX 580 2048SP': 'RX 580',
  'RTX 4090 D': 'RTX 4090',
  'RX 6750 GRE': 'RX 6750',
  A16: 'A2',
};

/** Chips that are one die under several names. */
const sameDie: Readonly<Record<string, string>> = {
  'Polaris 20': 'polaris10 polaris20 ellesmere',
  'Polaris 30': 'polaris10 polaris30 ellesmere',
  Ellesmere: 'polaris10 polaris20 ellesmere',
  Baffin: 'polaris11 polaris21 baffin',
  'Polaris 21': 'polaris11 polaris21 baffin',
  Lexa: 'polaris12 lexa',
  Grenada: 'hawaii grenada',
  Pitcairn: 'pitcairn curacao',
  Aldebaran: 'aldebaran mi200',
};

/** The catalogue by what tells a card. */
export interface ModelIndex {
  readonly byPciId: ReadonlyMap<string, readonly CardModel[]>;
  /** By the keys of names that make a model a candidate. */
  readonly byKey: ReadonlyMap<string, readonly CardModel[]>;
  /** By the names of chips and targets: `navi22`, `gfx1030`. */
  readonly byChip: ReadonlyMap<string, readonly CardModel[]>;
  /** Every key that a driver may print for a model, the names of other models included. */
  readonly printedKeys: ReadonlyMap<CardModel, ReadonlySet<string>>;
}

let built: ModelIndex | undefined;

/** The index, built at its first use so that a start that matches no card does not pay for it. */
export function modelIndex(): ModelIndex {
  built ??= {
    byPciId: groupBy((model) => model.pciIds),
    byKey: groupBy(nameKeysOf),
    byChip: groupBy(chipKeysOf),
    printedKeys: new Map(cardModels.map((model) => [model, new Set(printedKeysOf(model))])),
  };
  return built;
}

function groupBy(keysOf: (model: CardModel) => readonly string[]): ReadonlyMap<string, readonly CardModel[]> {
  const groups = new Map<string, CardModel[]>();
  for (const model of cardModels) {
    for (const key of keysOf(model)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [model]);
      else group.push(model);
    }
  }
  return groups;
}

function nameKeysOf(model: CardModel): readonly string[] {
  if (RARE.has(model.name)) return [model.name.toLowerCase()];
  return [...new Set([keyOf(model.family), keyOf(model.name)])];
}

/** A laptop's chip is often printed as the desktop card of the same name; Max-Q is always said. */
function printedKeysOf(model: CardModel): readonly string[] {
  const own = [keyOf(model.family), keyOf(model.name)];
  const other = printedAs[model.family];
  const desktop = model.isMobile === true ? own.map((key) => key.replace(/ mobile$/, '')) : [];
  return [...own, ...(other === undefined ? [] : [keyOf(other)]), ...desktop];
}

function chipKeysOf({ chip, amdGfxTarget }: CardModel): readonly string[] {
  const names = (sameDie[chip] ?? chip.toLowerCase().replace(/ /g, '')).split(' ');
  return amdGfxTarget === undefined ? names : [...names, amdGfxTarget];
}
