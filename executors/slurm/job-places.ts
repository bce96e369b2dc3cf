import type { RankPlace } from '../port.ts';
import type { SlurmRig } from './config.ts';
import { expandHostList } from './host-list.ts';

/** What Slurm tells of where a job runs. */
export interface JobPlacement {
  /** A list of Slurm's. */
  readonly nodes: string;
  /** By rig, in the order of `nodes`: `gpu:rx580:2(IDX:0-1)`; several types between commas. Empty where it has no card. */
  readonly gresDetail: readonly string[];
}

/** The indexes of cards in Slurm's words, in order: `gpu:a:1(IDX:0),gpu:b:2(IDX:2,4)` is 0, 2 and 4. */
export function cardIndexes(detail: string): readonly number[] {
  const ranges = [...detail.matchAll(/\(IDX:([\d,-]+)\)/g)].flatMap(([, text = '']) => text.split(','));
  const indexes = ranges.flatMap((range) => {
    const [first = '', last = first] = range.split('-');
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, step) => Number(first) + step);
  });
  return indexes.toSorted((one, other) => one - other);
}

/**
 * Where each rank runs, as `srun` deals them out: rig by rig in the order of the list, and on a rig by the indexes of its
 * cards. Ranks without cards are told by themselves: `rigNameByRank`.
 */
export function placesOf(
  placement: JobPlacement,
  rigs: ReadonlyMap<string, SlurmRig>,
  cardCountOfRank: number,
  rankCount: number,
  rigNameByRank: ReadonlyMap<number, string> = new Map(),
): readonly RankPlace[] {
  const names = expandHostList(placement.nodes);
  const rigIdOf = (name: string) => rigs.get(name)?.rigId ?? name;
  if (cardCountOfRank === 0) {
    return Array.from({ length: rankCount }, (_, rank) => {
      const name = rigNameByRank.get(rank) ?? names[Math.min(rank, names.length - 1)] ?? '';
      return { rank, rigId: rigIdOf(name), cardIds: [] };
    });
  }
  const places: RankPlace[] = [];
  for (const [index, name] of names.entries()) {
    const cards = rigs.get(name)?.cards ?? [];
    const indexes = cardIndexes(placement.gresDetail[index] ?? '');
    for (let from = 0; from + cardCountOfRank <= indexes.length; from += cardCountOfRank) {
      const own = indexes.slice(from, from + cardCountOfRank);
      const cardIds = own.map((number) => cards[number]?.cardId ?? `${name}/${number}`);
      places.push({ rank: places.length, rigId: rigIdOf(name), cardIds });
    }
  }
  return places;
}
