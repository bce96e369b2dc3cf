/** What a card of a group is taken by, as Slurm has it: `job` is the job of a workload of ours, `other` is not known. */
export type CardOccupant =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'job'; readonly jobId: number }
  | { readonly kind: 'other' };

/** A card that is one of several equal ones: Slurm tells them apart by their index alone. */
export interface GroupedCard {
  readonly index: number;
  /** Whether it is out of service, and thus to be held. */
  readonly isDrained: boolean;
  /** Holds aside, which say themselves where they are. */
  readonly occupant: CardOccupant;
}

/** A hold: a job that does nothing but keep a card from others. Slurm chooses which of its type. */
export interface CardHold {
  readonly jobId: number;
  /** The job whose end it waits for; null for one that hunts: that takes any card that nobody has. */
  readonly afterJobId: number | null;
  /**
   * `waits`: `isDue` once it waits for a card alone, and no more for the end of a job. `settling`: it has a card, and Slurm has
   * not yet said which.
   */
  readonly place:
    | { readonly kind: 'waits'; readonly isDue: boolean }
    | { readonly kind: 'settling' }
    | { readonly kind: 'on'; readonly index: number };
}

/** The equal cards of one rig, and the holds on them. */
export interface CardGroup {
  readonly cards: readonly GroupedCard[];
  readonly holds: readonly CardHold[];
  /** Whether free cards can be hunted for: not while the rig takes no work, nor for a while after it was in vain. */
  readonly mayHunt: boolean;
}

/** What is to be done for a group. */
export interface HoldPlan {
  readonly cancelledIds: readonly number[];
  /** Holds to submit: what each waits for, null to hunt. */
  readonly submitted: readonly (number | null)[];
  /** Whether every drained card is held, or waits for the end of a job that is known. */
  readonly isSettled: boolean;
}

/**
 * What brings each drained card under a hold. One that is busy gets a hold that waits for the end of its job, and is the
 * first that Slurm then serves. One that is free is hunted: Slurm chooses the card, so that as many holds are submitted as
 * there are free cards of its type; the one that gets it stays, and the others go only then, lest the next get theirs again.
 */
export function planHolds({ cards, holds, mayHunt }: CardGroup): HoldPlan {
  const drained = new Set(cards.flatMap(({ index, isDrained }) => (isDrained ? [index] : [])));
  const held = new Set(holds.flatMap(({ place }) => (place.kind === 'on' ? [place.index] : [])));
  const unheld = cards.filter(({ index, isDrained }) => isDrained && !held.has(index));
  const isHunting = mayHunt && unheld.some(({ occupant }) => occupant.kind === 'nobody');
  const isFree = ({ index, occupant }: GroupedCard) => occupant.kind === 'nobody' && !held.has(index);
  const settlingCount = holds.filter(({ place }) => place.kind === 'settling').length;
  const huntedCount = isHunting ? Math.max(0, cards.filter(isFree).length - settlingCount) : 0;

  const wanted = new Map<number | null, number>([[null, huntedCount]]);
  for (const { occupant } of unheld) {
    if (occupant.kind === 'job') wanted.set(occupant.jobId, (wanted.get(occupant.jobId) ?? 0) + 1);
  }
  const kinds = unheld.map(({ occupant }) => occupant.kind);
  const left = {
    free: kinds.filter((kind) => kind === 'nobody').length,
    unknown: kinds.filter((kind) => kind === 'other').length,
  };
  const cancelledIds = holds.flatMap(({ jobId, afterJobId, place }) => {
    if (place.kind === 'settling') return [];
    if (place.kind === 'on') return drained.has(place.index) || isHunting ? [] : [jobId];
    const isWanted = takeOne(wanted, afterJobId) || (afterJobId !== null && takeLeft(left, place.isDue));
    return isWanted ? [] : [jobId];
  });
  const submitted = [...wanted].flatMap(([afterJobId, count]) => Array.from({ length: count }, () => afterJobId));
  return { cancelledIds, submitted, isSettled: unheld.every(({ occupant }) => occupant.kind === 'job') };
}

function takeOne(wanted: Map<number | null, number>, afterJobId: number | null): boolean {
  const count = wanted.get(afterJobId) ?? 0;
  if (count > 0) wanted.set(afterJobId, count - 1);
  return count > 0;
}

/**
 * Whether a hold stays whose job is no more known to be on the card: Slurm is about to give it that. One that is due and
 * finds no free card would end the work of others for one, and goes.
 */
function takeLeft(left: { free: number; unknown: number }, isDue: boolean): boolean {
  if (left.free > 0) left.free -= 1;
  else if (!isDue && left.unknown > 0) left.unknown -= 1;
  else return false;
  return true;
}
