import type { Vendor } from '@rerig/domain/cards';
import type { CardFeatures } from '@rerig/domain/workloads';

/** A card as Slurm has it: a generic resource with a type and a file. */
export interface SlurmCard {
  /** As the inventory has it: `rig07/02:00.0`. */
  readonly cardId: string;
  /** Its model, in letters, digits and `_`: `rx_580_8gb`. */
  readonly gresType: string;
  /** By which the kernel gives it to a process: `/dev/nvidia0`, `/dev/dri/renderD128`. On one rig, each card has its own. */
  readonly file: string;
  readonly vendor?: Vendor;
  /** By which drivers know it, whatever the order. */
  readonly uuid?: string;
  /** `02:00.0`. */
  readonly busId?: string;
  readonly features: CardFeatures;
}

/** A rig as Slurm has it: a node. */
export interface SlurmRig {
  readonly rigId: string;
  /** For people. */
  readonly name: string;
  /** What Slurm calls it: `nodeNameOf(rigId)`. */
  readonly nodeName: string;
  /**
   * `joins`: it makes itself known when its slurmd starts, so that nobody's daemon has to be started anew. `listed`: it
   * stands in slurm.conf with its address; another port than the usual lets several share a machine.
   */
  readonly place:
    | { readonly kind: 'joins' }
    | { readonly kind: 'listed'; readonly address: string; readonly port?: number };
  /** Threads of its processor: 1 and more. */
  readonly coreCount: number;
  /** 0: not known, and Slurm then grants no memory on it. */
  readonly ramBytes: number;
  /** In the order of Slurm's indexes: `inSlurmOrder`. */
  readonly cards: readonly SlurmCard[];
}

/** Slurm's name of a rig: 1 to 63 letters, digits and `-`, the same for the same id; two ids may meet in one. */
export function nodeNameOf(rigId: string): string {
  const safe = rigId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return safe === '' ? 'rig' : safe;
}

/** Slurm's name of a type of card, from the catalogue's id or, for a card that it does not know, its name. */
export function gresTypeOf(modelName: string): string {
  const safe = modelName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return safe === '' ? 'card' : safe;
}

/**
 * Cards in the order by which Slurm numbers them: those of a type together, types as they first appear. Slurm numbers them
 * so whatever the order of lines in gres.conf and whatever number their files end in (22.05, seen with control groups on).
 */
export function inSlurmOrder(cards: readonly SlurmCard[]): readonly SlurmCard[] {
  return [...Map.groupBy(cards, ({ gresType }) => gresType).values()].flat();
}
