import { gradeRig } from '@rerig/domain/grading';
import type { Rig } from '@rerig/domain/inventory';
import type { PlacementCard, ReplicaRoute } from '@rerig/domain/placement';

/** A card of a live rig: what it is called, and what a plan must know of it beside what it does. */
export interface LiveCard extends Omit<PlacementCard, 'holder'> {
  /** The catalogue's name where it is known, else the driver's, else the card's id. */
  readonly cardModel: string;
}

/** The cards of rigs on which an agent runs, graded once for each probe. */
export class LiveCards {
  readonly #cardsByRig = new Map<string, readonly LiveCard[]>();
  #all: readonly LiveCard[] = [];

  /** Replaces what is known of a rig. */
  setRig(rig: Rig): void {
    this.#cardsByRig.set(rig.rigId, liveCardsOf(rig));
    this.#all = [...this.#cardsByRig.values()].flat();
  }

  all(): readonly LiveCard[] {
    return this.#all;
  }

  get(cardId: string): LiveCard | undefined {
    return this.#all.find((card) => card.cardId === cardId);
  }
}

function liveCardsOf(rig: Rig): readonly LiveCard[] {
  return gradeRig(rig).cards.map(({ card, modelNames, grade, vram, findings }) => {
    const [modelName, ...others] = modelNames;
    const isBlocked = findings.some(({ severity }) => severity === 'blocking');
    return {
      cardId: card.cardId,
      rigId: rig.rigId,
      cardModel: modelName !== undefined && others.length === 0 ? modelName : (card.name ?? card.cardId),
      vramBytes: vram?.usableBytes ?? card.vramBytes ?? null,
      routes: isBlocked ? [] : [routeOf(card.kind)],
      grade,
    };
  });
}

/** Graphics cards are driven by Vulkan, the one route that all of them have. */
function routeOf(kind: 'cpu' | 'gpu'): ReplicaRoute {
  return kind === 'cpu' ? 'cpu' : 'vulkan';
}
