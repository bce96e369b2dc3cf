import type { CardCapacityView } from '@rerig/api/agent';
import { formatBytes } from '@rerig/domain/quantity';
import { printable, shortened } from '../printable.ts';
import { textTable } from '../text-table.ts';

const NAME_COLUMNS_MAX = 22;
const ID_COLUMNS_MAX = 24;

/** A table of cards for a terminal of so many columns. Ends in a new line. */
export function renderCards(cards: readonly CardCapacityView[], columnCount: number): string {
  if (cards.length === 0) return 'There is no card here that work can run on. "rerig probe" says what there is.\n';
  const rows = cards.map((card) => [
    shortened(card.cardId, ID_COLUMNS_MAX),
    shortened(card.features.cardModelName, NAME_COLUMNS_MAX),
    card.features.vramBytes === 0 ? '-' : formatBytes(card.features.vramBytes),
    card.features.grade ?? '-',
    rateText(card.features.linkBytesPerSecond),
    printable(stateText(card)),
  ]);
  const heads = ['CARD', 'MODEL', 'VRAM', 'GRADE', 'LINK', 'STATE'];
  const columns = heads.map(
    (head) => ({ head, align: head === 'VRAM' || head === 'LINK' ? 'right' : 'left' }) as const,
  );
  return `${textTable(columns, rows, { columnCount }).join('\n')}\n`;
}

function rateText(bytesPerSecond: number | undefined): string {
  return bytesPerSecond === undefined ? '-' : `${Number((bytesPerSecond / 1e9).toPrecision(2))} GB/s`;
}

function stateText({ workloadId, standing, standingWhy }: CardCapacityView): string {
  const held = workloadId === null ? '' : ` (${workloadId})`;
  if (standing !== 'in-service') return `${standing}${held}${standingWhy === undefined ? '' : `: ${standingWhy}`}`;
  return workloadId ?? 'free';
}
