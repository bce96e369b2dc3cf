import type { Bytes } from '../quantity.ts';
import type { CardModel, Vendor } from './model.ts';

/** What was observed of a card; an `ObservedCard` is one. Everything may be absent, and nothing is trusted to be well formed. */
export interface CardClue {
  readonly name?: string;
  /** `vvvv:dddd`. */
  readonly pciId?: string;
  /** The board's own id, `vvvv:dddd`, and the PCI revision, `e7`: both tell models that share a PCI id. */
  readonly subsystemId?: string;
  readonly pciRevision?: string;
  /** As the driver reports it. */
  readonly vramBytes?: Bytes;
  readonly vendor?: Vendor;
}

/** By what a card was told. */
export type MatchBasis = 'pci-id' | 'revision' | 'board' | 'name' | 'vram';

/** Which catalogue model a card is: one, several that cannot be told apart, or none that is known. */
export type CardMatch =
  | {
      readonly kind: 'matched';
      readonly model: CardModel;
      readonly by: readonly MatchBasis[];
      /** How the observed VRAM compares with the model's; `not-observed` where either is not known. */
      readonly vram: VramAgreement;
      /** What the name itself says of a mining card's firmware: `CMP 40HX (unlocked)`. A claim, not a measurement. */
      readonly firmware?: 'stock' | 'unlocked';
    }
  | { readonly kind: 'ambiguous'; readonly models: readonly CardModel[]; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** How an observed amount of VRAM compares with a model's. */
export type VramAgreement = 'agrees' | 'smaller' | 'larger' | 'not-observed';
