import type { Grade } from '@rerig/domain/grading';
import type { CardFeatures } from '@rerig/domain/workloads';
import { gresTypeOf, inSlurmOrder, nodeNameOf, type SlurmRig } from '../config.ts';

const GIB = 1024 ** 3;

/** So many equal cards of a rig that is made up. */
export interface FakeCards {
  /** As the catalogue has it: `rx-580-8gb`. */
  readonly cardModelId: string;
  readonly count: number;
  readonly vendor: 'nvidia' | 'amd';
  readonly vramBytes: number;
  readonly grade?: Grade;
  readonly routes?: CardFeatures['routes'];
  readonly tokensPerSecond?: number;
}

/** Usual cards of mining farms, for rigs that are made up. */
export const fakeCards = {
  rx580: (count: number): FakeCards => ({
    cardModelId: 'rx-580-8gb',
    count,
    vendor: 'amd',
    vramBytes: 8 * GIB,
    grade: 'C',
  }),
  rtx3060: (count: number): FakeCards => ({
    ...{ cardModelId: 'rtx-3060-12gb', count, vendor: 'nvidia', vramBytes: 12 * GIB, grade: 'A' },
    ...{ routes: ['cuda-13', 'cuda-12', 'vulkan'] },
  }),
  p106: (count: number): FakeCards => ({
    ...{ cardModelId: 'p106-100', count, vendor: 'nvidia', vramBytes: 6 * GIB, grade: 'D' },
    ...{ routes: ['cuda-12', 'vulkan'] },
  }),
} as const;

/** A rig that is made up; `startSlurmFarm` gives it its address, and its cards their files. */
export function fakeRig(name: string, cards: readonly FakeCards[], coreCount = 12): SlurmRig {
  const each = cards.flatMap((kind) => Array.from({ length: kind.count }, () => kind));
  return {
    rigId: name,
    name,
    nodeName: nodeNameOf(name),
    place: { kind: 'joins' },
    coreCount,
    ramBytes: 16 * GIB,
    cards: inSlurmOrder(
      each.map(({ cardModelId, vendor, vramBytes, grade, routes = ['vulkan'], tokensPerSecond }, index) => {
        const busId = `${(index + 1).toString(16).padStart(2, '0')}:00.0`;
        return {
          cardId: `${name}/${busId}`,
          gresType: gresTypeOf(cardModelId),
          file: `/dev/null`,
          vendor,
          uuid: `GPU-${name}-${index}`,
          busId,
          features: {
            ...{ cardModelId, cardModelName: cardModelId, vramBytes, routes },
            ...(grade === undefined ? {} : { grade }),
            ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
          },
        };
      }),
    ),
  };
}
