import { formatBytes } from '../quantity.ts';
import type { CardClue } from './clue.ts';
import type { CardModel } from './model.ts';

/** Why no model was found, for people. */
export function unknownWhy({ name, pciId, pciRevision, vendor }: CardClue): string {
  const revision = pciRevision === undefined ? '' : ` at revision ${pciRevision.slice(0, 8)}`;
  const seen = [
    name === undefined ? undefined : `the name "${name.slice(0, 80)}"`,
    pciId === undefined ? undefined : `the PCI id ${pciId.slice(0, 20)}${revision}`,
  ].filter((part) => part !== undefined);
  if (seen.length === 0) return 'Neither its name nor its PCI id was reported.';
  return `The catalogue has no ${vendor === undefined ? '' : `${vendor} `}card with ${seen.join(' or ')}.`;
}

/** Why a PCI id and a name that exclude one another are both shown. */
export function contradictionWhy({ name = '', pciId = '' }: CardClue, byId: readonly CardModel[]): string {
  const owners = familiesOf(byId).join(', ');
  return `Its PCI id ${pciId} belongs to ${owners}, its name says "${name.slice(0, 80)}": a flashed VBIOS can print a false name.`;
}

/** Why several models remain. */
export function ambiguousWhy(models: readonly CardModel[], { vramBytes }: CardClue): string {
  const families = familiesOf(models);
  const amount = vramBytes === undefined ? 'its VRAM was not reported' : `it reports ${formatBytes(vramBytes)}`;
  const isOneAmount = new Set(models.map((model) => model.vramBytes)).size === 1;
  if (families.length > 1) return `${families.join(', ')} share what was reported, and ${amount}.`;
  return isOneAmount
    ? `${families[0]} was sold with several kinds of memory or chip, which what was reported does not tell apart.`
    : `${families[0]} was sold with several amounts of VRAM, and ${amount}.`;
}

function familiesOf(models: readonly CardModel[]): readonly string[] {
  return [...new Set(models.map((model) => model.family))];
}
