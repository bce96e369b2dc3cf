import type { PcieLink } from '../cards.ts';

/** Transfers a second and lane, in 10⁹, of each generation of PCI Express. */
const generations: readonly (readonly [gigatransfers: number, generation: number])[] = [
  [2.5, 1],
  [5, 2],
  [8, 3],
  [16, 4],
  [32, 5],
  [64, 6],
];

/** A link by its speed and width: 16 GT/s and 16 lanes → generation 4, 16 lanes. */
export function linkOfSpeed(gigatransfers: number | undefined, laneCount: number | undefined): PcieLink | undefined {
  const generation = generations.find(([speed]) => speed === gigatransfers)?.[1];
  if (generation === undefined || laneCount === undefined || laneCount < 1) return undefined;
  return { generation, laneCount };
}

/** `16.0GT/s x16`, or `Speed 2.5GT/s (downgraded), Width x1 (downgraded)` as lspci has it. */
export function linkOfText(text: string | undefined): PcieLink | undefined {
  const speed = /(\d{1,3}(?:\.\d)?)\s?GT\/s/.exec(text ?? '')?.[1];
  const width = /\bx(\d{1,2})\b/.exec(text ?? '')?.[1];
  return speed === undefined || width === undefined ? undefined : linkOfSpeed(Number(speed), Number(width));
}

/** The widest and fastest of links, each on its own. */
export function mostOfLinks(links: readonly PcieLink[]): PcieLink | undefined {
  if (links.length === 0) return undefined;
  return {
    generation: Math.max(...links.map(({ generation }) => generation)),
    laneCount: Math.max(...links.map(({ laneCount }) => laneCount)),
  };
}
