import { type Fault, isFault } from '@rerig/domain/fault';
import { type ExecutorFault, executorFault } from '../faults.ts';
import type { DrainTarget } from '../port.ts';
import type { CardHolds } from './card-holds.ts';
import type { SlurmCard, SlurmRig } from './config.ts';
import type { RigStanding, RigWatch } from './rig-watch.ts';
import type { SlurmCommands } from './slurm-commands.ts';

const REASON_CHARS_MAX = 300;

/** What a desk works with. */
export interface DrainParts {
  readonly commands: SlurmCommands;
  readonly rigs: readonly SlurmRig[];
  readonly rigWatch: RigWatch;
  readonly holds: CardHolds;
}

/** Takes rigs out of service by Slurm's own word, and single cards of a rig with several by holds. */
export class DrainDesk {
  readonly #parts: DrainParts;

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  /** How a card stands: as its rig does, and where that is in service, by itself. */
  standingOf({ cardId }: SlurmCard, ofRig: RigStanding, isBusy: boolean): RigStanding {
    const why = this.#parts.holds.whyOf(cardId);
    if (ofRig.standing !== 'in-service' || why === undefined) return ofRig;
    return { standing: isBusy ? 'draining' : 'drained', why };
  }

  async drain(target: DrainTarget, why: string): Promise<Fault | null> {
    const rig = this.#rigOf(target);
    if (isFault(rig)) return rig;
    const reason = oneLine(why);
    const cardId = loneCard(target, rig);
    if (cardId !== null) return this.#parts.holds.drain([{ cardId, why: reason }]);
    const told = await this.#parts.commands.updateRig(rig.nodeName, 'State=DRAIN', `Reason=${reason}`);
    return isFault(told) ? told : this.#parts.rigWatch.refresh();
  }

  /** A rig comes back with all its cards; of a drained rig, a card comes back alone, and the others stay out. */
  async resume(target: DrainTarget): Promise<Fault | null> {
    const rig = this.#rigOf(target);
    if (isFault(rig)) return rig;
    const { rigWatch, holds, commands } = this.#parts;
    const stale = await rigWatch.refresh();
    if (stale !== null) return stale;
    const { standing, why = standing } = rigWatch.standingOf(rig, false);
    const lone = loneCard(target, rig);
    if (lone !== null && standing === 'drained') {
      const others = rig.cards.filter(({ cardId }) => cardId !== lone && holds.whyOf(cardId) === undefined);
      const refused = await holds.drain(others.map(({ cardId }) => ({ cardId, why })));
      if (refused !== null) return refused;
    }
    const freed = await holds.resume(lone === null ? rig.cards.map(({ cardId }) => cardId) : [lone]);
    if (freed !== null) return freed;
    if (standing === 'in-service' || (lone !== null && standing !== 'drained')) return null;
    const told = await commands.updateRig(rig.nodeName, 'State=RESUME');
    if (isFault(told)) return told;
    const unseen = await rigWatch.refresh();
    holds.settleSoon();
    return unseen;
  }

  #rigOf(target: DrainTarget): SlurmRig | ExecutorFault {
    const { rigs } = this.#parts;
    const { kind } = target;
    const id = kind === 'rig' ? target.rigId : target.cardId;
    const found = rigs.find(({ rigId, cards }) =>
      kind === 'rig' ? rigId === id : cards.some(({ cardId }) => cardId === id),
    );
    if (found !== undefined) return found;
    return executorFault(kind === 'rig' ? 'rig-unknown' : 'card-unknown', {
      what: `There is no ${kind} ${id} here.`,
      why: `The farm has ${rigs.length} rigs, and it is of none.`,
      mend: 'Ask for the list of cards.',
    });
  }
}

/** The card that is taken out alone; null for a whole rig, which is taken out also with its only card. */
function loneCard(target: DrainTarget, { cards }: SlurmRig): string | null {
  return target.kind === 'rig' || cards.length === 1 ? null : target.cardId;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').slice(0, REASON_CHARS_MAX);
}
