import { type Bytes, GIB } from '../quantity.ts';

/** A motherboard made for mining, and what rigs of it usually have: shown as typical, never as reported. */
export interface MiningBoard {
  /** Tells the board by the product name in its firmware, in lower case. */
  readonly pattern: RegExp;
  readonly name: string;
  /** What it is usually sold with. */
  readonly typicalRamBytes: Bytes;
  readonly source: string;
}

/** Boards with a processor soldered on are sold as they are; those with a socket have no usual fit, and are not here. */
const boards: readonly MiningBoard[] = [
  {
    pattern: /\bonda d1800\b/,
    name: 'ONDA D1800 BTC',
    typicalRamBytes: 4 * GIB,
    source:
      'usually sold with 4 GB, by general knowledge; a rig of it reported 3821 MB in May 2022, and 7847 MB a month ' +
      'later (HiveOS messages in ezminer/local_hiveos_server@9d21284b)',
  },
];

/** The mining board of a product name, or undefined where the board is not known as one. */
export function miningBoardOf(product: string): MiningBoard | undefined {
  const name = product.slice(0, 200).toLowerCase().replace(/\s+/g, ' ');
  return boards.find(({ pattern }) => pattern.test(name));
}
