import { type Bytes, GIB } from '../quantity.ts';
import type { CardClue, CardMatch, MatchBasis, VramAgreement } from './clue.ts';
import { evidenceOfId, evidenceOfName, isPrintedAs } from './match-evidence.ts';
import { ambiguousWhy, contradictionWhy, unknownWhy } from './match-why.ts';
import type { CardModel } from './model.ts';
import { type ParsedName, parseName } from './name.ts';

/**
 * A driver keeps a part of VRAM for itself, and ECC another: 6 GiB cards report 5934 MiB (96.6 %), a Tesla P40 with
 * ECC 93.3 %. 9 % below and 2 % above tells every pair of the catalogue's variants apart (the closest are 10 and 12).
 */
const LEAST_SHARE = 0.91;
const MOST_SHARE = 1.02;

/** How many answers are kept: a farm of any size has few kinds of card. */
const REMEMBERED_MOST = 4096;

const remembered = new Map<string, CardMatch>();

/**
 * Tells a card's model by its PCI id (with revision and board), its name and its VRAM. It never guesses: where several
 * models remain, all are given with the reason, and a PCI id that contradicts the name gives both (a flashed VBIOS can
 * print a false name). Any string is read; none throws. The same clue gives the same answer, the very same object.
 */
export function matchCard(clue: CardClue): CardMatch {
  const { name, pciId, subsystemId, pciRevision, vramBytes, vendor } = clue;
  const key = [name, pciId, subsystemId, pciRevision, vramBytes, vendor].join('\n');
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const match = decide(clue);
  if (remembered.size >= REMEMBERED_MOST) remembered.clear();
  remembered.set(key, match);
  return match;
}

/** Whether an amount of VRAM that a driver reports is that of a card sold with `soldBytes`. */
export function compareVram(observedBytes: Bytes | undefined, soldBytes: Bytes | undefined): VramAgreement {
  if (observedBytes === undefined || soldBytes === undefined) return 'not-observed';
  if (observedBytes < soldBytes * LEAST_SHARE) return 'smaller';
  return observedBytes > soldBytes * MOST_SHARE ? 'larger' : 'agrees';
}

function decide(clue: CardClue): CardMatch {
  const named = clue.name === undefined ? undefined : parseName(clue.name);
  const byId = evidenceOfId(clue, named?.pciId);
  const byName = named === undefined ? [] : evidenceOfName(named, clue.vendor);
  if (byId.models.length === 0) {
    return decideByVram({ models: byName, by: byName.length > 0 ? ['name'] : [] }, clue, named);
  }
  const exact = named?.isLookedUp === true ? withLookedUp(byId, byName) : sharedOf(byId, byName);
  const both =
    exact.length > 0 || named === undefined ? exact : byId.models.filter((model) => isPrintedAs(model, named));
  if (both.length > 0) return decideByVram({ models: both, by: [...byId.by, 'name'] }, clue, named);
  if (byName.length === 0) return decideByVram(byId, clue, named);
  const models = [...new Set([...byId.models, ...byName])];
  return { kind: 'ambiguous', models, why: contradictionWhy(clue, byId.models) };
}

function sharedOf(byId: Candidates, byName: readonly CardModel[]): readonly CardModel[] {
  return byId.models.filter((model) => byName.includes(model));
}

/** A name that was looked up by the PCI id adds nothing to it, and may be older than a model that shares the id. */
function withLookedUp(byId: Candidates, byName: readonly CardModel[]): readonly CardModel[] {
  return sharedOf(byId, byName).length > 0 ? byId.models : [];
}

interface Candidates {
  readonly models: readonly CardModel[];
  readonly by: readonly MatchBasis[];
}

function decideByVram({ models, by }: Candidates, clue: CardClue, named: ParsedName | undefined): CardMatch {
  const agreeing = models.filter((model) => compareVram(clue.vramBytes, model.vramBytes) === 'agrees');
  const observed = agreeing.length > 0 ? agreeing : models;
  const printed = observed.filter((model) => isPrintedVram(model, named));
  const remaining = printed.length > 0 ? printed : observed;
  const [model, ...others] = remaining;
  if (model === undefined) return { kind: 'unknown', why: unknownWhy(clue) };
  if (others.length > 0) return { kind: 'ambiguous', models: remaining, why: ambiguousWhy(remaining, clue) };
  return {
    kind: 'matched',
    model,
    by: models.length > 1 ? [...by, 'vram'] : by,
    vram: compareVram(clue.vramBytes, model.vramBytes),
    ...(named?.firmware === undefined ? {} : { firmware: named.firmware }),
  };
}

function isPrintedVram({ vramBytes }: CardModel, named: ParsedName | undefined): boolean {
  return named?.cards.some(({ vramGib }) => vramGib !== undefined && vramGib * GIB === vramBytes) ?? false;
}
