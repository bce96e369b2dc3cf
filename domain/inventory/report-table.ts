import type { PcieLink, Vendor } from '../cards.ts';
import { MIB } from '../quantity.ts';
import { countOf, known, memoryBytesOf, positiveOf, textOf } from './fields.ts';
import type { TextFormat } from './format.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';
import { linesOf } from './text-lines.ts';

/**
 * Tables of cards in a report, with a column for the card's number, its `name`, and its `PCIe` link (`Gen2 x1`) or VRAM,
 * as benchmarks of rigs with several cards have them. Of several tables of one card, the fastest link is taken: an idle
 * card lowers its own.
 */
export const reportTable: TextFormat = {
  kind: 'text',
  name: 'report-table',
  title: 'table of a report',
  read(text, source) {
    if (!/\|\s{0,20}name\s{0,20}\|/i.test(text)) return undefined;
    const cards = readCards(text);
    if (cards.size === 0) return undefined;
    const sighting = {
      format: 'report-table' as const,
      source,
      ...rigOfFile(source),
      host: {},
      cards: [...cards.values()],
    };
    return { sightings: [sighting], faults: [] };
  },
};

/** Which column is which, by number. */
interface Columns {
  readonly index: number;
  readonly name: number;
  readonly link: number;
  readonly vramColumn: number;
}

/** The most cards of one rig that a table has. */
const MOST_CARDS = 256;

function readCards(text: string): ReadonlyMap<number, SightedCard> {
  const cards = new Map<number, SightedCard>();
  let columns: Columns | undefined;
  for (const { line } of linesOf(text)) {
    if (!line.includes('|')) {
      columns = undefined;
      continue;
    }
    const cells = line
      .slice(line.indexOf('|') + 1)
      .split('|', 40)
      .map((cell) => cell.trim());
    const heading = columnsOf(cells);
    if (heading !== undefined) columns = heading;
    else if (columns !== undefined) addCard(cells, columns, cards);
  }
  return cards;
}

function columnsOf(cells: readonly string[]): Columns | undefined {
  const names = cells.map((cell) => cell.toLowerCase());
  const index = names.findIndex((name) => /^(gpu|card|#|id|index)$/.test(name));
  const name = names.findIndex((each) => /^(name|model)$/.test(each));
  const link = names.findIndex((each) => /^(pcie|pci-e|link|pcie link)$/.test(each));
  const vram = names.findIndex((each) => /^(vram|memory)( ?\(?(mib|mb|gib|gb)\)?)?$/.test(each));
  return index < 0 || name < 0 || (link < 0 && vram < 0) ? undefined : { index, name, link, vramColumn: vram };
}

function addCard(cells: readonly string[], columns: Columns, cards: Map<number, SightedCard>): void {
  const position = countOf(cells[columns.index]?.replace(/^(GPU|CUDA|card) ?/i, ''));
  const name = textOf(cells[columns.name]);
  const vendor = vendorOf(name);
  if (position === undefined || name === undefined || vendor === undefined) return;
  const seen = cards.get(position);
  if (seen === undefined && cards.size >= MOST_CARDS) return;
  const link = fasterLink(seen?.pcieLink, linkOf(cells[columns.link]));
  const vramBytes = bytesOf(cells[columns.vramColumn]) ?? seen?.vramBytes;
  cards.set(position, known({ position, kind: 'gpu' as const, name, vendor, vramBytes, pcieLink: link }));
}

function vendorOf(name: string | undefined): Vendor | undefined {
  if (name === undefined) return undefined;
  if (/nvidia|geforce|quadro|tesla|\b[rg]tx\b|\bcmp\b|\bp10[2-6]-/i.test(name)) return 'nvidia';
  if (/\bamd\b|radeon|instinct|\brx ?\d/i.test(name)) return 'amd';
  return /intel|\barc\b/i.test(name) ? 'intel' : undefined;
}

/** `Gen3 x16`. */
function linkOf(text: string | undefined): PcieLink | undefined {
  const [, generation, width] = /^(?:PCIe ?)?Gen ?(\d)(?:\.0)? ?x(\d{1,2})$/i.exec(text ?? '') ?? [];
  return generation === undefined || width === undefined
    ? undefined
    : { generation: Number(generation), laneCount: Number(width) };
}

function fasterLink(one: PcieLink | undefined, other: PcieLink | undefined): PcieLink | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.laneCount * 2 ** one.generation >= other.laneCount * 2 ** other.generation ? one : other;
}

function bytesOf(text: string | undefined): number | undefined {
  const mebibytes = /^\d{3,6}$/.test(text ?? '') ? positiveOf(text) : undefined;
  return memoryBytesOf(text) ?? (mebibytes === undefined ? undefined : mebibytes * MIB);
}
